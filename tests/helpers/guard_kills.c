/*
 * guard_kills COUNT JOBS SHMTOOL [OPTION...]: runs `SHMTOOL guard OPTION... -- itself` COUNT times,
 * JOBS of them at once, kills each guard with SIGKILL at a random moment before, while or after the
 * program ends, and checks whether a process of the program remains. Prints one line:
 *
 *	killed N (M of them after the program's end), ended by themselves N, survivors N
 *
 * Every process of the program inherits the write end of a pipe: the read end does not hang up
 * while one of them lives. Status 1 if it has not hung up after SURVIVE_SECONDS.
 *
 * The program randomly chooses the processes that it starts, see start_one(), what it does to its
 * parent, and when it ends. An alarm ends all its processes after three minutes in any case.
 * GUARD_KILLS_SEED makes runs reproducible.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The grace period of guard is five seconds, and can apply twice. */
enum { SURVIVE_SECONDS = 40, ALARM_SECONDS = 180, JOBS_MAX = 64, ARGUMENTS_MAX = 16 };

/* In milliseconds. */
enum { CHAIN_MAX = 20, PROGRAM_MAX = 150, SOON = 20, WHILE_IT_RUNS = 200, GRACE = 5500 };

enum { MARK = 60 }; /* descriptor of the pipe in the program */

struct job {
	pid_t guard; /* 0: reaped */
	int pipe;    /* -1: no job */
	bool killed;
	bool *over; /* shared: the program has ended or is about to end */
	long long kill_at;
	long long wait_until;
};

static long long now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1000LL + at.tv_nsec / 1000000;
}

static void sleep_for(long milliseconds)
{
	const struct timespec moment = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	nanosleep(&moment, NULL);
}

static int chance(int below)
{
	return (int)(random() % below);
}

/* Continues in a child, again and again. */
static _Noreturn void be_chain(void)
{
	while (true) {
		sleep_for(chance(CHAIN_MAX));
		alarm(ALARM_SECONDS);
		if (fork() > 0)
			_exit(0);
	}
}

static _Noreturn void sleep_on(void)
{
	while (true)
		pause();
}

static void enter_pid_namespace(void)
{
	if (unshare(CLONE_NEWPID) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
		return;
	if (fork() > 0) {
		/* Its first process is sometimes spared. */
		if (chance(2) == 0)
			_exit(0);
		sleep_on();
	}
	/* Another process, which ends with the first. */
	if (fork() == 0)
		sleep_on();
}

static void start_one(void)
{
	if (fork() != 0)
		return;
	srandom((unsigned int)getpid() ^ (unsigned int)now());
	alarm(ALARM_SECONDS);
	if (chance(2) == 0)
		signal(SIGTERM, SIG_IGN);
	if (chance(2) == 0)
		setsid();
	if (chance(2) == 0 && fork() != 0)
		_exit(0);
	alarm(ALARM_SECONDS);
	switch (chance(4)) {
	case 0:
		be_chain();
	case 1:
		raise(SIGSTOP);
		break;
	case 2:
		enter_pid_namespace();
		break;
	}
	sleep_on();
}

static int be_program(bool *over)
{
	const pid_t parent = getppid();

	srandom((unsigned int)getpid() ^ (unsigned int)now());
	alarm(ALARM_SECONDS);
	for (int left = 1 + chance(4); left > 0; left--)
		start_one();
	sleep_for(chance(PROGRAM_MAX));
	switch (chance(6)) {
	case 0:
	case 1:
		kill(parent, SIGKILL);
		break;
	case 2:
		kill(parent, SIGSTOP);
		break;
	case 3:
		*over = true;
		kill(0, SIGKILL);
		break;
	}
	for (int left = chance(3); left > 0; left--)
		start_one();
	sleep_for(chance(PROGRAM_MAX));
	*over = true;
	return chance(2);
}

static void start_job(struct job *job, const char *self, char **guard)
{
	char *arguments[ARGUMENTS_MAX + 4];
	int ends[2];
	size_t count = 0;
	int shared;
	char number[16];

	*job = (struct job){ .pipe = -1 };
	if (pipe2(ends, O_CLOEXEC) < 0 || (shared = memfd_create("over", 0)) < 0 ||
	    ftruncate(shared, sizeof(bool)) < 0) {
		perror("guard_kills");
		exit(2);
	}
	job->over = mmap(NULL, sizeof(bool), PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
	if (job->over == MAP_FAILED) {
		perror("guard_kills: mmap");
		exit(2);
	}
	snprintf(number, sizeof(number), "%d", shared);
	for (; count < ARGUMENTS_MAX && guard[count] != NULL; count++)
		arguments[count] = guard[count];
	arguments[count++] = (char *)"--";
	arguments[count++] = (char *)self;
	arguments[count++] = number;
	arguments[count] = NULL;
	job->guard = fork();
	if (job->guard == 0) {
		const int nothing = open("/dev/null", O_RDWR);

		/* A process group of its own, which the program may kill. */
		setpgid(0, 0);
		for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
			dup2(nothing, fd);
		dup2(ends[1], MARK);
		execv(arguments[0], arguments);
		_exit(127);
	}
	close(ends[1]);
	close(shared);
	if (job->guard < 0) {
		perror("guard_kills: fork");
		exit(2);
	}
	job->pipe = ends[0];
	switch (chance(3)) {
	case 0:
		job->kill_at = now() + chance(SOON);
		break;
	case 1:
		job->kill_at = now() + chance(WHILE_IT_RUNS);
		break;
	default:
		job->kill_at = now() + chance(GRACE);
		break;
	}
}

struct count {
	int killed;
	int after; /* after the program's end */
	int by_themselves;
	int survivors;
};

/* True once the job is over. */
static bool look_at_job(struct job *job, struct count *count)
{
	struct pollfd polled = { .fd = job->pipe };

	if (job->guard > 0 && !job->killed && now() >= job->kill_at) {
		count->after += *job->over;
		job->killed = true;
		kill(job->guard, SIGKILL);
	}
	if (job->guard > 0) {
		int status;

		if (waitpid(job->guard, &status, WNOHANG) == 0)
			return false;
		job->guard = 0;
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
			count->killed++;
		else
			count->by_themselves++;
		job->wait_until = now() + SURVIVE_SECONDS * 1000LL;
	}
	if (poll(&polled, 1, 0) == 0) {
		if (now() < job->wait_until)
			return false;
		count->survivors++;
	}
	close(job->pipe);
	munmap(job->over, sizeof(bool));
	return true;
}

static int run_all(int jobs_at_once, int left, const char *self, char **guard)
{
	struct job jobs[JOBS_MAX];
	struct count count = { 0 };
	int running = 0;

	for (int i = 0; i < jobs_at_once; i++)
		jobs[i].pipe = -1;
	while (left > 0 || running > 0) {
		for (int i = 0; i < jobs_at_once; i++) {
			if (jobs[i].pipe < 0 && left > 0) {
				start_job(&jobs[i], self, guard);
				left--;
				running++;
			} else if (jobs[i].pipe >= 0 && look_at_job(&jobs[i], &count)) {
				jobs[i].pipe = -1;
				running--;
			}
		}
		sleep_for(1);
	}
	printf(
	    "killed %d (%d of them after the program's end), ended by themselves %d, survivors %d\n",
	    count.killed, count.after, count.by_themselves, count.survivors);
	return count.survivors > 0;
}

int main(int argc, char **argv)
{
	const char *seed = getenv("GUARD_KILLS_SEED");
	char self[4096];
	char *guard[ARGUMENTS_MAX] = { NULL };
	int jobs;

	if (argc == 2) {
		bool *over =
		    mmap(NULL, sizeof(bool), PROT_READ | PROT_WRITE, MAP_SHARED, atoi(argv[1]), 0);

		return over == MAP_FAILED ? 2 : be_program(over);
	}
	if (argc < 4 || argc - 2 >= ARGUMENTS_MAX || realpath("/proc/self/exe", self) == NULL) {
		fputs("usage: guard_kills COUNT JOBS SHMTOOL [OPTION...]\n", stderr);
		return 2;
	}
	srandom(seed != NULL ? (unsigned int)atoi(seed) : (unsigned int)now());
	jobs = atoi(argv[2]);
	guard[0] = argv[3];
	guard[1] = (char *)"guard";
	for (int i = 4; i < argc; i++)
		guard[i - 2] = argv[i];
	return run_all(jobs < JOBS_MAX ? jobs : JOBS_MAX, atoi(argv[1]), self, guard);
}
