/*
 * Messages through FIFOs and through channels, for tests/bench/channel.bash:
 *
 *     round_trips lines FILE COUNT     COUNT lines of 64 bytes through a FIFO, one write(2) and one
 *                                      read(2) a line
 *     round_trips fifos COUNT          COUNT lines to another process and back, over two FIFOs
 *     round_trips channels COUNT       the same over two rings of shmtool-channel(5): positions,
 *                                      waits and futexes, without owners
 *     round_trips through COUNT TO TO-END BACK BACK-END
 *                                      the same through four programs (for sh -c): TO reads the
 *                                      lines from a pipe, TO-END prints them, BACK reads the replies,
 *                                      BACK-END prints them
 *
 * FIFOs are made in the current directory, and removed.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE = 64, CAPACITY = 1 << 16 };

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static void read_line(int fd, char *line)
{
	size_t done = 0;

	while (done < LINE) {
		ssize_t size = read(fd, line + done, LINE - done);

		if (size <= 0)
			die("read");
		done += (size_t)size;
	}
}

static void write_line(int fd, const char *line)
{
	if (write(fd, line, LINE) != LINE)
		die("write");
}

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	return pid;
}

static void finish(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0 || status != 0)
		die("the other process");
}

static void make_fifo(const char *name)
{
	unlink(name);
	if (mkfifo(name, 0600) < 0)
		die(name);
}

static int open_fifo(const char *name, int flags)
{
	int fd = open(name, flags);

	if (fd < 0)
		die(name);
	return fd;
}

static void run_lines(const char *file, long count)
{
	char line[LINE];
	int fd = open(file, O_RDONLY);
	const char *bytes;
	pid_t pid;

	if (fd < 0)
		die(file);
	bytes = mmap(NULL, (size_t)count * LINE, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		die("mmap");
	make_fifo("bench.fifo");
	pid = start();
	if (pid == 0) {
		fd = open_fifo("bench.fifo", O_WRONLY);
		for (long i = 0; i < count; i++)
			write_line(fd, bytes + i * LINE);
		exit(0);
	}
	fd = open_fifo("bench.fifo", O_RDONLY);
	for (long i = 0; i < count; i++)
		read_line(fd, line);
	finish(pid);
	unlink("bench.fifo");
}

static void exchange(int to, int from, long count)
{
	char line[LINE];

	memset(line, 'x', LINE - 1);
	line[LINE - 1] = '\n';
	for (long i = 0; i < count; i++) {
		write_line(to, line);
		read_line(from, line);
	}
}

static void answer(int from, int to, long count)
{
	char line[LINE];

	for (long i = 0; i < count; i++) {
		read_line(from, line);
		write_line(to, line);
	}
}

static void run_fifos(long count)
{
	pid_t pid;
	int to;
	int from;

	make_fifo("bench.to");
	make_fifo("bench.from");
	pid = start();
	if (pid == 0) {
		from = open_fifo("bench.to", O_RDONLY);
		to = open_fifo("bench.from", O_WRONLY);
		answer(from, to, count);
		exit(0);
	}
	to = open_fifo("bench.to", O_WRONLY);
	from = open_fifo("bench.from", O_RDONLY);
	exchange(to, from, count);
	finish(pid);
	unlink("bench.to");
	unlink("bench.from");
}

struct side {
	_Alignas(128) uint32_t position;
	uint32_t waits;
};

struct ring {
	struct side sender;
	struct side receiver;
	unsigned char bytes[CAPACITY];
};

static uint32_t load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

// NOLINTNEXTLINE(readability-non-const-parameter): it is stored to
static void store(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

/* Wait until the other position leaves the range in which nothing can be done, as ring_sleep(). */
static void wait_for(struct side *own, const struct side *other, uint32_t distance)
{
	uint32_t seen;

	while (seen = load(&other->position),
	       (seen + 2 * CAPACITY - own->position) % (2 * CAPACITY) == distance) {
		sched_yield();
		if (load(&other->position) != seen)
			continue;
		store(&own->waits, 1);
		syscall(SYS_futex, &other->position, FUTEX_WAIT, seen, NULL, NULL, 0);
		store(&own->waits, 0);
	}
}

static void move(struct side *own, const struct side *other, uint32_t size)
{
	store(&own->position, (own->position + size) % (2 * CAPACITY));
	if (load(&other->waits) != 0)
		syscall(SYS_futex, &own->position, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* A frame is a length and the bytes; 68 bytes do not divide the capacity, so it may wrap. */
static void copy(struct ring *ring, uint32_t position, char *frame, bool in)
{
	const uint32_t at = position % CAPACITY;
	const uint32_t size = 4 + LINE;
	const uint32_t part = size < CAPACITY - at ? size : CAPACITY - at;

	if (in) {
		memcpy(ring->bytes + at, frame, part);
		memcpy(ring->bytes, frame + part, size - part);
	} else {
		memcpy(frame, ring->bytes + at, part);
		memcpy(frame + part, ring->bytes, size - part);
	}
}

static void put(struct ring *ring, char *frame)
{
	wait_for(&ring->sender, &ring->receiver, CAPACITY);
	copy(ring, ring->sender.position, frame, true);
	move(&ring->sender, &ring->receiver, 4 + LINE);
}

static void take(struct ring *ring, char *frame)
{
	wait_for(&ring->receiver, &ring->sender, 0);
	copy(ring, ring->receiver.position, frame, false);
	move(&ring->receiver, &ring->sender, 4 + LINE);
}

static void run_channels(long count)
{
	struct ring *rings = mmap(NULL, 2 * sizeof(struct ring), PROT_READ | PROT_WRITE,
	                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char frame[4 + LINE] = { LINE };
	pid_t pid;

	if (rings == MAP_FAILED)
		die("mmap");
	pid = start();
	for (long i = 0; i < count; i++) {
		if (pid == 0) {
			take(&rings[0], frame);
			put(&rings[1], frame);
		} else {
			put(&rings[0], frame);
			take(&rings[1], frame);
		}
	}
	if (pid == 0)
		exit(0);
	finish(pid);
}

static pid_t start_program(const char *command, int as, int fd)
{
	pid_t pid = start();

	if (pid > 0)
		return pid;
	if (dup2(fd, as) < 0)
		die("dup2");
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	die("/bin/sh");
}

static void run_through(long count, char **commands)
{
	int pipes[4][2];
	pid_t pids[4];
	pid_t pid;

	for (int i = 0; i < 4; i++) {
		if (pipe2(pipes[i], O_CLOEXEC) < 0)
			die("pipe");
		pids[i] = i % 2 == 0 ? start_program(commands[i], STDIN_FILENO, pipes[i][0])
		                     : start_program(commands[i], STDOUT_FILENO, pipes[i][1]);
		close(pipes[i][i % 2]);
	}
	pid = start();
	if (pid == 0) {
		close(pipes[0][1]);
		answer(pipes[1][0], pipes[2][1], count);
		exit(0);
	}
	close(pipes[2][1]);
	exchange(pipes[0][1], pipes[3][0], count);
	close(pipes[0][1]);
	finish(pid);
	for (int i = 0; i < 4; i++)
		finish(pids[i]);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";

	if (strcmp(mode, "lines") == 0 && argc == 4)
		run_lines(argv[2], strtol(argv[3], NULL, 10));
	else if (strcmp(mode, "fifos") == 0)
		run_fifos(strtol(argv[2], NULL, 10));
	else if (strcmp(mode, "channels") == 0)
		run_channels(strtol(argv[2], NULL, 10));
	else if (strcmp(mode, "through") == 0 && argc == 7)
		run_through(strtol(argv[2], NULL, 10), argv + 3);
	else {
		fprintf(stderr, "usage: round_trips lines|fifos|channels|through ...\n");
		return 2;
	}
	return 0;
}
