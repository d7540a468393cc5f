/*
 * many_makers HOW COUNT KIND...: makes COUNT objects of each kind, shm, key (a segment with a key), sem,
 * msg, pshm, plain (a POSIX object by open(2)), psem or pmsg, each in
 *
 *	self      this process
 *	vfork     a child that then exits at once, made by vfork(2)
 *	thread    a thread
 *	spawn     another program, by posix_spawn(3) and execve(2) twice
 *	signals   this process, while a timer interrupts it every 100 microseconds
 *	old       this process, by the system calls of 32-bit programs: shm, key, sem and msg only
 *
 * The names of objects begin with $PREFIX_NAME. With "clean" as a further argument, each object is
 * removed again. A call that fails is reported, and the status is 1.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_KEY = 0x5a000000, NAME_SIZE = 256 };

static bool clean;

/* shmget, semget and msgget by ipc(2) of i386: int $0x80. */
static int old_call(int call, int first, int second, int third)
{
#if defined(__x86_64__)
	long result = 117;

	__asm__ volatile("int $0x80"
	                 : "+a"(result)
	                 : "b"(call), "c"(first), "d"(second), "S"(third), "D"(0)
	                 : "memory", "r8", "r9", "r10", "r11");
	if (result >= 0)
		return (int)result;
	errno = (int)-result;
#else
	(void)call, (void)first, (void)second, (void)third;
	errno = ENOSYS;
#endif
	return -1;
}

static int make_segment(key_t key, bool old)
{
	const int id =
	    old ? old_call(23, key, 4096, IPC_CREAT | 0600) : shmget(key, 4096, IPC_CREAT | 0600);

	return id < 0 || (clean && shmctl(id, IPC_RMID, NULL) < 0) ? -1 : 0;
}

static int make_set(bool old)
{
	const int id = old ? old_call(2, IPC_PRIVATE, 2, IPC_CREAT | 0600)
	                   : semget(IPC_PRIVATE, 2, IPC_CREAT | 0600);

	return id < 0 || (clean && semctl(id, 0, IPC_RMID) < 0) ? -1 : 0;
}

static int make_queue(bool old)
{
	const int id = old ? old_call(13, IPC_PRIVATE, IPC_CREAT | 0600, 0)
	                   : msgget(IPC_PRIVATE, IPC_CREAT | 0600);

	return id < 0 || (clean && msgctl(id, IPC_RMID, NULL) < 0) ? -1 : 0;
}

static int close_made(int fd)
{
	return fd < 0 ? -1 : close(fd);
}

static int make_file(const char *kind, const char *name)
{
	struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	mqd_t queue;

	if (strcmp(kind, "pshm") == 0)
		return close_made(shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600)) < 0 ||
		               (clean && shm_unlink(name) < 0)
		           ? -1
		           : 0;
	if (strcmp(kind, "plain") == 0) {
		char path[NAME_SIZE + 16];

		snprintf(path, sizeof(path), "/dev/shm%s", name);
		return close_made(open(path, O_CREAT | O_WRONLY, 0600)) < 0 ||
		               (clean && unlink(path) < 0)
		           ? -1
		           : 0;
	}
	if (strcmp(kind, "psem") == 0) {
		sem_t *semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 1);

		if (semaphore == SEM_FAILED)
			return -1;
		sem_close(semaphore);
		return clean ? sem_unlink(name) : 0;
	}
	queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
	return queue < 0 || mq_close(queue) < 0 || (clean && mq_unlink(name) < 0) ? -1 : 0;
}

static int make(const char *kind, int number, bool old)
{
	const char *prefix = getenv("PREFIX_NAME");
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "/%s-%s%d", prefix != NULL ? prefix : "many", kind, number);
	if (strcmp(kind, "shm") == 0 || strcmp(kind, "key") == 0)
		return make_segment(*kind == 's' ? IPC_PRIVATE : FIRST_KEY + number, old);
	if (strcmp(kind, "sem") == 0)
		return make_set(old);
	if (strcmp(kind, "msg") == 0)
		return make_queue(old);
	return make_file(kind, name);
}

static int wait_for(pid_t child)
{
	int status;

	return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

struct task {
	const char *kind;
	int number;
	int result;
};

static void *run_thread(void *argument)
{
	struct task *task = argument;

	task->result = make(task->kind, task->number, false);
	return NULL;
}

static int make_in_thread(const char *kind, int number)
{
	struct task task = { .kind = kind, .number = number };
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_thread, &task) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return -1;
	return task.result;
}

static int make_in_program(const char *kind, int number)
{
	char text[16];
	char *arguments[] = { "many_makers",          "exec", text, (char *)kind,
		              clean ? "clean" : NULL, NULL };
	pid_t child;

	snprintf(text, sizeof(text), "%d", number);
	if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ) != 0)
		return -1;
	return wait_for(child);
}

static int make_in_child(const char *kind, int number)
{
	/* cppcheck-suppress vforkCalled ; the memory is shared on purpose */
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork) */
	const pid_t child = vfork();

	if (child == 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Vfork) */
		_exit(make(kind, number, false) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	return wait_for(child);
}

static int make_how(const char *how, const char *kind, int number)
{
	if (strcmp(how, "vfork") == 0)
		return make_in_child(kind, number);
	if (strcmp(how, "thread") == 0)
		return make_in_thread(kind, number);
	if (strcmp(how, "spawn") == 0)
		return make_in_program(kind, number);
	return make(kind, number, strcmp(how, "old") == 0);
}

static void on_alarm(int number)
{
	(void)number;
}

static void start_timer(void)
{
	const struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	const struct itimerval often = { { 0, 100 }, { 0, 100 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc < 4)
		return 2;
	if (strcmp(argv[argc - 1], "clean") == 0) {
		clean = true;
		argc--;
	}
	if (strcmp(argv[1], "exec") == 0) {
		argv[1] = "once";
		execv("/proc/self/exe", argv);
		return 1;
	}
	if (strcmp(argv[1], "once") == 0)
		return make(argv[3], atoi(argv[2]), false) < 0;
	if (strcmp(argv[1], "signals") == 0)
		start_timer();
	for (int i = 0; i < atoi(argv[2]); i++) {
		for (int kind = 3; kind < argc; kind++) {
			if (make_how(argv[1], argv[kind], i) < 0) {
				fprintf(stderr, "%s %d: %s\n", argv[kind], i, strerror(errno));
				status = 1;
			}
		}
	}
	return status;
}
