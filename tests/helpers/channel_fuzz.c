/*
 * Damages the header of a channel and starts programs on it:
 *
 *     channel_fuzz SHMTOOL NAME
 *
 * NAME is that of a POSIX object with a leading slash.
 *
 *     Each byte of the header of a channel that was used is changed in turn, and a sender or a
 *     receiver is started.
 *     The same with random headers, some of them with the right magic and capacity.
 *     A random byte is changed while a pair waits, and then the input goes on.
 *     This program is a sender of messages with random lengths up to a random position, or a receiver
 *     that moves its position at random.
 *
 * Every program must end by itself, in time, with status 0, 1 or 124, and say why if it is not 0. Prints the
 * number of programs with each status. Status 1, with a message, if something is wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 512, SIZE = 4096 + HEADER, RANDOM = 100, LIVE = 16, GARBAGE = 10, LIMIT = 10000 };

static const char *shmtool;
static const char *name;
static unsigned char *memory;
static unsigned char used[HEADER]; /* the header of a channel after its use */
static unsigned char identity[24]; /* of a process: boot, inode, pid namespace */
static unsigned int ends[2];

static void die(const char *what)
{
	fprintf(stderr, "channel_fuzz: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void wrong(const char *what, int value, int at, int byte)
{
	fprintf(stderr, "channel_fuzz: %s (%d), byte %d: %d\n", what, value, at, byte);
	exit(1);
}

static pid_t start(const char *const *arguments, int input, const char *errors)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		int output = open("/dev/null", O_WRONLY);
		int error = open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (output < 0 || error < 0)
			die(errors);
		dup2(input, STDIN_FILENO);
		dup2(output, STDOUT_FILENO);
		dup2(error, STDERR_FILENO);
		execv(shmtool, (char *const *)(uintptr_t)arguments);
		die(shmtool);
	}
	return pid;
}

static void check_end(pid_t pid, const char *errors, int at, int byte)
{
	struct stat st;
	int status;
	int waited = 0;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (waited++ > LIMIT)
			wrong("does not end", 0, at, byte);
		poll(NULL, 0, 1);
	}
	if (!WIFEXITED(status))
		wrong("killed by a signal", WTERMSIG(status), at, byte);
	/* A receiver that has not noticed its sender waits for another one. */
	if (WEXITSTATUS(status) > 1 && WEXITSTATUS(status) != 124)
		wrong("status", WEXITSTATUS(status), at, byte);
	if (stat(errors, &st) < 0)
		die(errors);
	if (WEXITSTATUS(status) != 0 && st.st_size == 0)
		wrong("no message", 1, at, byte);
	ends[WEXITSTATUS(status) != 0]++;
}

static void run_alone(bool sender, int at, int byte)
{
	const char *const arguments[] = { "shmtool", sender ? "send" : "recv", "--no-wait", name,
		                          NULL };
	int input = open("/dev/null", O_RDONLY);

	if (input < 0)
		die("/dev/null");
	check_end(start(arguments, input, "fuzz.err"), "fuzz.err", at, byte);
	close(input);
}

/* A pair that waits for input; the write end of its pipe. */
static int start_pair(pid_t pids[2], bool messages)
{
	const char *const send[] = { "shmtool", "send", name, messages ? "--messages" : NULL,
		                     NULL };
	const char *const receive[] = { "shmtool", "recv", "--timeout", "1", name, NULL };
	uint32_t *session = (uint32_t *)(void *)(memory + 268);
	uint32_t *serves = (uint32_t *)(void *)(memory + 144);
	const uint32_t served = *serves;
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) < 0)
		die("pipe");
	pids[0] = start(send, pipes[0], "fuzz.send");
	pids[1] = start(receive, pipes[0], "fuzz.recv");
	close(pipes[0]);
	for (int waited = 0; *(volatile uint32_t *)serves == served ||
	                     *(volatile uint32_t *)serves != *(volatile uint32_t *)session;
	     waited++) {
		if (waited > LIMIT)
			wrong("do not meet", 0, 0, 0);
		poll(NULL, 0, 1);
	}
	return pipes[1];
}

static void fuzz_pair(int at, int byte, bool messages)
{
	pid_t pids[2];
	int pipe;

	memset(memory, 0, SIZE);
	pipe = start_pair(pids, messages);
	if (write(pipe, "hello\n", 6) != 6)
		die("write");
	poll(NULL, 0, (int)(random() % 5));
	memory[at] ^= (unsigned char)byte;
	for (int i = 0; i < 100; i++) {
		if (write(pipe, "more of the same, in a line of its own\n", 39) < 0)
			break;
	}
	close(pipe);
	check_end(pids[0], "fuzz.send", at, byte);
	check_end(pids[1], "fuzz.recv", at, byte);
}

static uint32_t *word(int offset)
{
	return (uint32_t *)(void *)(memory + offset);
}

static void wait_for_change(int offset, uint32_t value)
{
	for (int waited = 0; __atomic_load_n(word(offset), __ATOMIC_SEQ_CST) == value; waited++) {
		if (waited > LIMIT)
			wrong("no word changes", (int)value, offset, 0);
		poll(NULL, 0, 1);
	}
}

/* Become the owner of a side, which begins at an offset. */
static void claim(int side)
{
	memcpy(memory, used, 12);
	memcpy(memory + side + 64, identity, sizeof(identity));
	*word(side + 12) = 1;
	*word(side + 8) = (uint32_t)getpid() | 0x80000000;
}

static void send_garbage(int number)
{
	const char *const receive[] = { "shmtool", "recv", "--timeout", "1", name, NULL };
	pid_t pid;

	memset(memory, 0, SIZE);
	claim(128);
	for (int at = HEADER; at < SIZE; at += 4)
		*word(at) = random() % 4 > 0 ? (uint32_t)(random() % 100) : (uint32_t)random() * 3;
	pid = start(receive, STDIN_FILENO, "fuzz.recv");
	wait_for_change(268, 0);
	*word(128) = (uint32_t)random() % (2 * (SIZE - HEADER)) | 0x80000000;
	*word(152) = 1;
	*word(148) = 1;
	__atomic_store_n(word(144), *word(268), __ATOMIC_SEQ_CST);
	check_end(pid, "fuzz.recv", 144, number);
}

static void receive_at_random(int number)
{
	const char *const send[] = { "shmtool", "send", "--timeout",
		                     "1",       name,   number % 2 == 0 ? "--messages" : NULL,
		                     NULL };
	int input = open(shmtool, O_RDONLY);
	pid_t pid;

	memset(memory, 0, SIZE);
	claim(256);
	pid = start(send, input, "fuzz.send");
	wait_for_change(144, 0);
	for (int i = 0; i < 100; i++)
		__atomic_store_n(word(256), (uint32_t)random() % 0x3fff, __ATOMIC_SEQ_CST);
	check_end(pid, "fuzz.send", 256, number);
	close(input);
}

int main(int argc, char **argv)
{
	unsigned int seed = (unsigned int)time(NULL);
	pid_t pids[2];
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: channel_fuzz SHMTOOL NAME\n");
		return 2;
	}
	shmtool = argv[1];
	name = argv[2];
	signal(SIGPIPE, SIG_IGN);
	srandom(seed);
	printf("seed %u\n", seed);
	fd = shm_open(name, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, SIZE) < 0)
		die(name);
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	fd = start_pair(pids, true);
	if (write(fd, "hello\n", 6) != 6)
		die("write");
	memcpy(identity, memory + 192, sizeof(identity));
	close(fd);
	check_end(pids[0], "fuzz.send", 0, 0);
	check_end(pids[1], "fuzz.recv", 0, 0);
	if (ends[0] != 2)
		wrong("an undamaged channel", (int)ends[1], 0, 0);
	memcpy(used, memory, HEADER);
	for (int at = 0; at < HEADER; at++) {
		const int byte = 1 + (int)(random() % 255);

		memcpy(memory, used, HEADER);
		memory[at] ^= (unsigned char)byte;
		run_alone(at / 4 % 2 == 0 ? random() % 2 == 0 : at % 2 == 0, at, byte);
	}
	for (int i = 0; i < RANDOM; i++) {
		for (int at = 0; at < HEADER; at++)
			memory[at] = (unsigned char)random();
		if (i % 4 > 0)
			memcpy(memory, used, 12);
		/* Owners that have left their identity. */
		if (i % 4 > 1) {
			memory[139] |= 0x80;
			memory[267] |= 0x80;
		}
		run_alone(i % 2 == 0, HEADER, i);
	}
	/* The words that a pair uses. */
	for (int i = 0; i < LIVE; i++)
		fuzz_pair(128 + (int)(random() % 2 * 128 + random() % 20),
		          1 + (int)(random() % 255), i % 2 == 0);
	for (int i = 0; i < GARBAGE; i++) {
		send_garbage(i);
		receive_at_random(i);
	}
	printf("%u with status 0, %u with another\n", ends[0], ends[1]);
	return 0;
}
