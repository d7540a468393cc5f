/*
 * leak WHAT...: creates objects and processes, one after another, and does not remove them.
 *
 *	shm:SIZE          a System V segment, with shmget(2)
 *	held:SIZE         one that this process has attached
 *	msg, sem          a System V message queue, a semaphore set
 *	pshm:NAME         a POSIX object of 4096 bytes, with shm_open(3)
 *	psem:NAME         a POSIX named semaphore, with sem_open(3)
 *	pmsg:NAME         a POSIX message queue, with mq_open(3)
 *	segments          segments until the kernel refuses one; prints why, as errno
 *	daemon:FILE       a daemon, in a session of its own, without a parent; writes its pid to FILE
 *	stubborn:FILE     the same, and it ignores SIGTERM
 *
 * Daemons end by an alarm after two minutes in any case.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SEGMENTS_MAX = 10000, DAEMON_SECONDS = 120, OBJECT_SIZE = 4096, MOST_FILES = 256 };

static int fail(const char *what)
{
	perror(what);
	return -1;
}

static int make_segment(const char *size, bool attach)
{
	int id = shmget(IPC_PRIVATE, strtoul(size, NULL, 10), IPC_CREAT | 0600);

	if (id < 0 || (attach && shmat(id, NULL, 0) == (void *)-1))
		return fail("shmget");
	return 0;
}

static int make_object(const char *name)
{
	int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);

	if (fd < 0 || ftruncate(fd, OBJECT_SIZE) < 0)
		return fail(name);
	return close(fd);
}

static int make_segments(void)
{
	for (int i = 0; i < SEGMENTS_MAX; i++) {
		if (shmget(IPC_PRIVATE, 1, IPC_CREAT | 0600) < 0) {
			printf("%s\n", errno == ENOSPC ? "ENOSPC" : strerror(errno));
			return 0;
		}
	}
	return fail("no limit");
}

/* The parent may wait for the end of a pipe. */
static void close_files(void)
{
	int nothing = open("/dev/null", O_RDWR);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		(void)dup2(nothing, fd);
	for (int fd = STDERR_FILENO + 1; fd < MOST_FILES; fd++)
		close(fd);
}

/* Write the pid to a file, which appears with its whole content. Another one, such as a device, stays. */
static int write_pid(const char *file)
{
	struct stat st;
	FILE *stream;
	char temporary[4096];

	if (stat(file, &st) == 0 && !S_ISREG(st.st_mode))
		return 0;
	snprintf(temporary, sizeof(temporary), "%s.new", file);
	stream = fopen(temporary, "w");
	if (stream == NULL)
		return -1;
	fprintf(stream, "%d\n", (int)getpid());
	fclose(stream);
	return rename(temporary, file);
}

static void be_daemon(const char *file, bool stubborn)
{
	setsid();
	if (fork() != 0)
		_exit(0);
	if (stubborn)
		signal(SIGTERM, SIG_IGN);
	alarm(DAEMON_SECONDS);
	close_files();
	if (write_pid(file) < 0)
		_exit(1);
	while (true)
		pause();
}

static int start_daemon(const char *file, bool stubborn)
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	pid_t pid = fork();

	if (pid == 0)
		be_daemon(file, stubborn);
	if (pid < 0 || waitpid(pid, NULL, 0) < 0)
		return fail("fork");
	for (int i = 0; i < 2000 && access(file, F_OK) < 0; i++)
		nanosleep(&moment, NULL);
	return access(file, F_OK);
}

/* The text after a word and a colon; NULL for any other word. */
static const char *argument(const char *what, const char *word)
{
	size_t length = strlen(word);

	return strncmp(what, word, length) == 0 && what[length] == ':' ? what + length + 1 : NULL;
}

static int leak(const char *what)
{
	const char *name;

	if ((name = argument(what, "shm")) != NULL)
		return make_segment(name, false);
	if ((name = argument(what, "held")) != NULL)
		return make_segment(name, true);
	if ((name = argument(what, "pshm")) != NULL)
		return make_object(name);
	if ((name = argument(what, "psem")) != NULL)
		return sem_open(name, O_CREAT | O_EXCL, 0600, 1) == SEM_FAILED ? fail(name) : 0;
	if ((name = argument(what, "pmsg")) != NULL)
		return mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL) < 0 ? fail(name) : 0;
	if ((name = argument(what, "daemon")) != NULL)
		return start_daemon(name, false);
	if ((name = argument(what, "stubborn")) != NULL)
		return start_daemon(name, true);
	if (strcmp(what, "msg") == 0)
		return msgget(IPC_PRIVATE, IPC_CREAT | 0600) < 0 ? fail(what) : 0;
	if (strcmp(what, "sem") == 0)
		return semget(IPC_PRIVATE, 2, IPC_CREAT | 0600) < 0 ? fail(what) : 0;
	if (strcmp(what, "segments") == 0)
		return make_segments();
	fprintf(stderr, "leak: unknown argument '%s'\n", what);
	return -1;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (leak(argv[i]) < 0)
			return 1;
	}
	return 0;
}
