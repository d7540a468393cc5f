/*
 * Make many events of segments in little time. The calls must succeed.
 *
 * usage: segment_rounds rounds PROCESSES ROUNDS: each process creates, attaches, detaches and removes
 *                                                a segment, ROUNDS times
 *        segment_rounds kills ROUNDS:            a child attaches a segment and is killed
 *        segment_rounds unmap:                   a segment is attached, unmapped with munmap(2) and
 *                                                removed after 60 seconds
 *        segment_rounds contest PROCESSES ROUNDS: all processes ask for the same new key at the same
 *                                                 time; prints "created id:ID PID" for the one
 *                                                 that the kernel names as the creator; the
 *                                                 segments remain
 *        segment_rounds spawns ROUNDS:           a process that has a segment attached starts others
 *                                                by vfork(2), which exit or execute a program
 *        segment_rounds shared PROCESSES ROUNDS: all processes attach and detach the same segment
 *
 * "rounds" and "shared" print the nanoseconds that a call of one process took on average.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 4096, SECOND = 1000000000 };

static void fail(const char *call)
{
	fprintf(stderr, "segment_rounds: %s: %s\n", call, strerror(errno));
	exit(EXIT_FAILURE);
}

static int make(void)
{
	const int id = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600);

	if (id < 0)
		fail("shmget");
	return id;
}

static void *attach(int id)
{
	void *address = shmat(id, NULL, 0);

	if (address == (void *)-1)
		fail("shmat");
	return address;
}

static void detach(const void *address)
{
	if (shmdt(address) < 0)
		fail("shmdt");
}

static void destroy(int id)
{
	if (shmctl(id, IPC_RMID, NULL) < 0)
		fail("shmctl");
}

/* Returns the time of all calls in nanoseconds. */
static long run(int id, long rounds)
{
	struct timespec begin;
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (long i = 0; i < rounds; i++) {
		const int mine = id >= 0 ? id : make();

		detach(attach(mine));
		if (id < 0)
			destroy(mine);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (end.tv_sec - begin.tv_sec) * SECOND + (end.tv_nsec - begin.tv_nsec);
}

static int wait_all(long processes)
{
	int result = EXIT_SUCCESS;
	int status;

	for (long i = 0; i < processes; i++) {
		if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
			result = EXIT_FAILURE;
	}
	return result;
}

/* Run processes, and wait for them. */
static int run_all(int id, long processes, long rounds)
{
	for (long i = 0; i < processes; i++) {
		const pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (child == 0) {
			const long calls = rounds * (id >= 0 ? 2 : 4);
			const long time = run(id, rounds);

			if (i == 0)
				printf("%ld\n", calls > 0 ? time / calls : 0);
			fflush(stdout);
			_exit(EXIT_SUCCESS);
		}
	}
	return wait_all(processes);
}

/* One of the processes of a contest. */
static void contend(pthread_barrier_t *barrier, long rounds)
{
	enum { FIRST_KEY = 0x5e600000 };

	/* The processes share the output. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (long i = 0; i < rounds; i++) {
		struct shmid_ds status;
		int id;

		pthread_barrier_wait(barrier);
		id = shmget(FIRST_KEY + (key_t)i, SIZE, IPC_CREAT | 0600);
		if (id < 0 || shmctl(id, IPC_STAT, &status) < 0)
			fail("shmget");
		if (status.shm_cpid == getpid())
			printf("created id:%d %d\n", id, getpid());
	}
	_exit(EXIT_SUCCESS);
}

static int run_contest(long processes, long rounds)
{
	pthread_barrier_t *barrier =
	    mmap(NULL, sizeof(*barrier), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t shared;

	if (barrier == MAP_FAILED)
		fail("mmap");
	pthread_barrierattr_init(&shared);
	pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(barrier, &shared, (unsigned int)processes);
	for (long i = 0; i < processes; i++) {
		const pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (child == 0)
			contend(barrier, rounds);
	}
	return wait_all(processes);
}

static int run_kills(long rounds)
{
	const int id = make();

	for (long i = 0; i < rounds; i++) {
		int ready[2];
		char byte;
		pid_t child;

		if (pipe(ready) < 0 || (child = fork()) < 0)
			fail("fork");
		if (child == 0) {
			(void)attach(id);
			(void)!write(ready[1], "", 1);
			for (;;)
				pause();
		}
		if (read(ready[0], &byte, 1) != 1)
			fail("read");
		kill(child, SIGKILL);
		(void)waitpid(child, NULL, 0);
		close(ready[0]);
		close(ready[1]);
	}
	destroy(id);
	return EXIT_SUCCESS;
}

static int run_spawns(long rounds)
{
	static char *const nothing[] = { "true", NULL };
	const int id = make();
	const void *address = attach(id);

	for (long i = 0; i < rounds; i++) {
		/* cppcheck-suppress vforkCalled ; the memory is shared on purpose */
		/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork) */
		const pid_t child = vfork();

		if (child < 0)
			fail("vfork");
		if (child == 0) {
			if (i % 2 != 0)
				execv("/bin/true", nothing);
			_exit(EXIT_SUCCESS);
		}
		(void)waitpid(child, NULL, 0);
	}
	detach(address);
	destroy(id);
	return EXIT_SUCCESS;
}

static int run_unmap(void)
{
	enum { LIMIT = 60 };
	const int id = make();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (munmap(attach(id), SIZE) < 0)
		fail("munmap");
	sleep(LIMIT);
	destroy(id);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int result;
	int id;

	if (argc == 2 && strcmp(argv[1], "unmap") == 0)
		return run_unmap();
	if (argc == 3 && strcmp(argv[1], "kills") == 0)
		return run_kills(atol(argv[2]));
	if (argc == 3 && strcmp(argv[1], "spawns") == 0)
		return run_spawns(atol(argv[2]));
	if (argc == 4 && strcmp(argv[1], "rounds") == 0)
		return run_all(-1, atol(argv[2]), atol(argv[3]));
	if (argc == 4 && strcmp(argv[1], "contest") == 0)
		return run_contest(atol(argv[2]), atol(argv[3]));
	if (argc != 4 || strcmp(argv[1], "shared") != 0)
		return 2;
	id = make();
	result = run_all(id, atol(argv[2]), atol(argv[3]));
	destroy(id);
	return result;
}
