/*
 * Messages through FIFOs and through channels, for tests/bench/channel.bash:
 *
 *     round_trips lines FILE COUNT     COUNT lines of 64 bytes through a FIFO, one write(2) and one
 *                                      read(2) a line
 *     round_trips fifos COUNT          COUNT lines to another process and back, over two FIFOs
 *     round_trips channels COUNT       the same over two rings of channels, src/channel/ring.c
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
/* The ring itself is measured; programs here consist of one file. */
// NOLINTBEGIN(bugprone-suspicious-include)
#include "base/clock.c"
#include "channel/ring.c"
#include "system/futex.c"
// NOLINTEND(bugprone-suspicious-include)

#include <fcntl.h>
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

enum { LINE = 64, FRAME = 4 + LINE, CAPACITY = 1 << 16 };

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

struct channel_in_memory {
	struct channel_header header;
	unsigned char bytes[CAPACITY];
};

static struct ring side_of(struct channel_in_memory *channel, bool is_sender)
{
	struct channel_header *header = &channel->header;

	return (struct ring){
		.own = is_sender ? &header->sender : &header->receiver,
		.other = is_sender ? &header->receiver : &header->sender,
		.data = channel->bytes,
		.capacity = CAPACITY,
		.is_sender = is_sender,
	};
}

static void wait_for(struct ring *ring, uint32_t needed)
{
	uint32_t size;

	while (ring_look(ring, &size) == 0 && size < needed)
		(void)ring_sleep(ring);
}

static void put(struct ring *ring, const char *frame)
{
	wait_for(ring, FRAME);
	ring_copy_in(ring, 0, frame, FRAME);
	ring_move(ring, FRAME, 0);
}

static void take(struct ring *ring, char *frame)
{
	wait_for(ring, FRAME);
	ring_copy_out(ring, 0, frame, FRAME);
	ring_move(ring, FRAME, 0);
}

static void run_channels(long count)
{
	struct channel_in_memory *channels = mmap(
	    NULL, 2 * sizeof(*channels), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char frame[FRAME] = { LINE };
	struct ring to;
	struct ring from;
	pid_t pid;

	if (channels == MAP_FAILED)
		die("mmap");
	pid = start();
	to = side_of(&channels[pid == 0], true);
	from = side_of(&channels[pid != 0], false);
	for (long i = 0; i < count; i++) {
		if (pid == 0) {
			take(&from, frame);
			put(&to, frame);
		} else {
			put(&to, frame);
			take(&from, frame);
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
