/*
 * Programs as in text books, which exchange texts through shared memory and know nothing of shmtool.
 *
 * text_turns flag-make KEY: creates the segment of struct shared, all zero; prints its id
 * text_turns flag-read KEY: spins until the flag is set, prints the text, clears the flag; ends after
 *     a text that begins with "end"
 * text_turns flag-check KEY COUNT: reads COUNT texts so, each of 2,047 equal bytes, and prints "torn"
 *     and the number of texts that are not; spins without any call
 * text_turns flag-write KEY: sends the lines of standard input, each when the flag is clear
 * text_turns fifo-read NAME FIFO: opens the FIFO, and after each byte prints the text of the object
 * text_turns fifo-write NAME FIFO: stores each line of standard input and writes a byte; waits for
 *     a newline on standard input in between
 * text_turns fifo-once NAME FIFO: the same as fifo-read, but opens the FIFO for each byte
 * text_turns sem-read NAME SENDER RECEIVER: waits for the semaphore RECEIVER, prints, posts SENDER
 *     (unless it is "-"); ends after "end"
 * text_turns sem-write NAME SENDER RECEIVER: the other side
 *
 * A process never outlives the test: the kernel kills it with its parent, and an alarm ends it in any
 * case.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

struct shared {
	int written_by_you;
	char some_text[2048];
};

static int fail(const char *what)
{
	fprintf(stderr, "text_turns: ");
	perror(what);
	return 1;
}

static struct shared *attach(const char *key)
{
	int id = shmget((key_t)strtoul(key, NULL, 0), sizeof(struct shared), 0);
	void *address = id == -1 ? (void *)-1 : shmat(id, NULL, 0);

	if (address == (void *)-1)
		exit(fail("the segment"));
	return address;
}

static int flag_read(const char *key)
{
	struct shared *shared = attach(key);
	volatile int *flag = &shared->written_by_you;
	int running = 1;

	while (running) {
		if (!*flag) {
			sched_yield();
			continue;
		}
		printf("You wrote: %s", shared->some_text);
		fflush(stdout);
		running = strncmp(shared->some_text, "end", 3) != 0;
		*flag = 0;
	}
	return 0;
}

static int flag_check(const char *key, long count)
{
	struct shared *shared = attach(key);
	volatile int *flag = &shared->written_by_you;
	int torn = 0;

	for (long i = 0; i < count; i++) {
		while (!*flag)
			;
		for (int byte = 0; byte < 2047; byte++) {
			if (shared->some_text[byte] != (char)('a' + i % 26)) {
				torn++;
				break;
			}
		}
		*flag = 0;
	}
	printf("torn %d\n", torn);
	return 0;
}

static int flag_write(const char *key)
{
	struct shared *shared = attach(key);
	volatile int *flag = &shared->written_by_you;
	char line[2048];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		while (*flag)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): as text books do */
		strcpy(shared->some_text, line);
		*flag = 1;
		if (strncmp(line, "end", 3) == 0)
			break;
	}
	return 0;
}

static char *map_object(const char *name)
{
	int fd = shm_open(name, O_RDWR, 0);
	void *address =
	    fd == -1 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (address == MAP_FAILED)
		exit(fail(name));
	return address;
}

static int fifo_read(const char *name, const char *path, int once)
{
	const char *text = map_object(name);
	int fifo = once ? -1 : open(path, O_RDONLY);
	char byte;

	for (;;) {
		if (once)
			fifo = open(path, O_RDONLY);
		if (read(fifo, &byte, 1) != 1)
			return 0;
		printf("got: %s", text);
		fflush(stdout);
		if (once)
			close(fifo);
		if (strncmp(text, "end", 3) == 0)
			return 0;
	}
}

static int fifo_write(const char *name, const char *path)
{
	char *text = map_object(name);
	int fifo = open(path, O_WRONLY);
	char line[1024];
	char next[8];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): as text books do */
		strcpy(text, line);
		if (write(fifo, "x", 1) != 1)
			return fail("write");
		if (fgets(next, sizeof(next), stdin) == NULL)
			break;
	}
	return 0;
}

static sem_t *open_semaphore(const char *name)
{
	sem_t *semaphore;

	if (strcmp(name, "-") == 0)
		return NULL;
	semaphore = sem_open(name, 0);
	if (semaphore == SEM_FAILED)
		exit(fail(name));
	return semaphore;
}

static int sem_read(char **argv)
{
	const char *text = map_object(argv[2]);
	sem_t *sender = open_semaphore(argv[3]);
	sem_t *receiver = open_semaphore(argv[4]);
	int running = 1;

	while (running) {
		sem_wait(receiver);
		printf("got: %s", text);
		fflush(stdout);
		running = strncmp(text, "end", 3) != 0;
		if (sender != NULL)
			sem_post(sender);
	}
	return 0;
}

static int sem_write(char **argv)
{
	char *text = map_object(argv[2]);
	sem_t *sender = open_semaphore(argv[3]);
	sem_t *receiver = open_semaphore(argv[4]);
	char line[1024];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		sem_wait(sender);
		/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): as text books do */
		strcpy(text, line);
		sem_post(receiver);
	}
	return 0;
}

int main(int argc, char **argv)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	if (argc == 3 && strcmp(argv[1], "flag-make") == 0) {
		int id = shmget((key_t)strtoul(argv[2], NULL, 0), sizeof(struct shared),
		                0600 | IPC_CREAT | IPC_EXCL);

		printf("%d\n", id);
		return id == -1 ? fail("shmget") : 0;
	}
	if (argc == 3 && strcmp(argv[1], "flag-read") == 0)
		return flag_read(argv[2]);
	if (argc == 4 && strcmp(argv[1], "flag-check") == 0)
		return flag_check(argv[2], atol(argv[3]));
	if (argc == 3 && strcmp(argv[1], "flag-write") == 0)
		return flag_write(argv[2]);
	if (argc == 4 && strcmp(argv[1], "fifo-read") == 0)
		return fifo_read(argv[2], argv[3], 0);
	if (argc == 4 && strcmp(argv[1], "fifo-once") == 0)
		return fifo_read(argv[2], argv[3], 1);
	if (argc == 4 && strcmp(argv[1], "fifo-write") == 0)
		return fifo_write(argv[2], argv[3]);
	if (argc == 5 && strcmp(argv[1], "sem-read") == 0)
		return sem_read(argv);
	if (argc == 5 && strcmp(argv[1], "sem-write") == 0)
		return sem_write(argv);
	fprintf(stderr, "text_turns: see its source\n");
	return 2;
}
