/*
 * make_at [threads:N] [under-timer] [times:N] KIND...: creates objects and does not remove them, each
 * kind in a function of its own. The line of each call has the comment "made here: KIND".
 *
 *	shm, sem, msg              System V, with IPC_PRIVATE
 *	pshm, psem, pmsg           POSIX, named after the pid
 *	inlined                    shm, in a function that is inlined into another one
 *	raw                        shm, by syscall(2)
 *
 *	threads:N                  in each of N threads, at the same time
 *	under-timer                while signals arrive; they are counted at the end
 *	times:N                    each N times
 *
 * Status 1 if a call fails, with the reason.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { THREADS_MAX = 64 };

#define APART __attribute__((noinline, noclone))

static char name[64];
static volatile int calls; /* prevents tail calls, which leave no frame */
static volatile sig_atomic_t signals;
static int times = 1;

APART static int make_shm(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600); /* made here: shm */

	calls++;
	return id;
}

APART static int make_sem(void)
{
	int id = semget(IPC_PRIVATE, 2, IPC_CREAT | 0600); /* made here: sem */

	calls++;
	return id;
}

APART static int make_msg(void)
{
	int id = msgget(IPC_PRIVATE, IPC_CREAT | 0600); /* made here: msg */

	calls++;
	return id;
}

APART static int make_pshm(void)
{
	int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600); /* made here: pshm */

	calls++;
	return fd;
}

APART static int make_psem(void)
{
	sem_t *sem = sem_open(name, O_CREAT | O_EXCL, 0600, 1); /* made here: psem */

	calls++;
	return sem == SEM_FAILED ? -1 : 0;
}

APART static int make_pmsg(void)
{
	mqd_t queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL); /* made here: pmsg */

	calls++;
	return queue;
}

__attribute__((always_inline)) static inline int make_within(void)
{
	return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600); /* made here: inlined */
}

APART static int make_inlined(void)
{
	int id = make_within(); /* inlined here */

	calls++;
	return id;
}

APART static int make_raw(void)
{
	int id = (int)syscall(SYS_shmget, IPC_PRIVATE, 4096, IPC_CREAT | 0600);

	calls++;
	return id;
}

static const struct {
	const char *word;
	int (*make)(void);
} kinds[] = {
	{ "shm", make_shm },         { "sem", make_sem },   { "msg", make_msg },
	{ "pshm", make_pshm },       { "psem", make_psem }, { "pmsg", make_pmsg },
	{ "inlined", make_inlined }, { "raw", make_raw },
};

APART static int make_all(char **words)
{
	for (int i = 0; words[i] != NULL; i++) {
		size_t kind = 0;

		while (strcmp(words[i], kinds[kind].word) != 0)
			kind++;
		for (int n = 0; n < times; n++) {
			snprintf(name, sizeof(name), "/made-%d-%d", (int)getpid(), n);
			if (kinds[kind].make() < 0) { /* one of them */
				perror(words[i]);
				return EXIT_FAILURE;
			}
		}
	}
	return EXIT_SUCCESS;
}

static void *run_thread(void *words)
{
	return (void *)(long)make_all(words);
}

static int run_threads(int count, char **words)
{
	pthread_t threads[THREADS_MAX];
	int status = EXIT_SUCCESS;

	for (int i = 0; i < count && i < THREADS_MAX; i++) {
		if (pthread_create(&threads[i], NULL, run_thread, words) != 0)
			return EXIT_FAILURE;
	}
	for (int i = 0; i < count && i < THREADS_MAX; i++) {
		void *result;

		if (pthread_join(threads[i], &result) != 0 || result != NULL)
			status = EXIT_FAILURE;
	}
	return status;
}

static void count(int number)
{
	(void)number;
	signals++;
}

static void start_timer(void)
{
	const struct sigaction action = { .sa_handler = count, .sa_flags = SA_RESTART };
	const struct itimerval often = { .it_interval.tv_usec = 500, .it_value.tv_usec = 500 };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

int main(int argc, char **argv)
{
	int threads = 0;
	int status;

	(void)argc;
	for (argv++; *argv != NULL; argv++) {
		if (strncmp(*argv, "threads:", 8) == 0)
			threads = atoi(*argv + 8);
		else if (strcmp(*argv, "under-timer") == 0)
			start_timer();
		else if (strncmp(*argv, "times:", 6) == 0)
			times = atoi(*argv + 6);
		else
			break;
	}
	status = threads > 0 ? run_threads(threads, argv) : make_all(argv);
	if (signals > 0)
		printf("%d signals\n", (int)signals);
	return status;
}
