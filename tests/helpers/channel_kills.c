/*
 * Kills senders and receivers of a channel with SIGKILL at random moments, and checks what is left:
 *
 *     channel_kills SHMTOOL NAME ROUNDS
 *
 * NAME is that of a POSIX object with a leading slash. All rounds use the same channel, and nothing
 * is cleaned up in between. Each starts a receiver that writes to a file and a sender that reads a
 * file of lines, as bytes or as messages, and kills one of them. Then:
 *
 *     the survivor ends in time; its status is 1, or 0 if everything had been delivered;
 *     the output is a beginning of the input;
 *     after the death of the sender it contains all that the sender had made visible, and no part of
 *     a message;
 *     after the death of the receiver it contains at least what the receiver had confirmed.
 *
 * If the killed one had not met the other, another one takes its place, and everything must arrive.
 * Prints the number of rounds of each outcome. Status 1, with a message, if something is wrong.
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

enum {
	RING_SIZE = 64 * 1024 + 512,
	CAPACITY = 64 * 1024,
	LINES = 60000,
	LIMIT = 10000,  /* milliseconds until a survivor must have ended */
	DELAY = 16000,  /* microseconds until the kill, at most */
	TAIL = 128 / 4, /* words of the header, shmtool-channel(5) */
	SERVES = 144 / 4,
	HEAD = 256 / 4,
	SESSION = 268 / 4,
};

static const char *shmtool;
static const char *name;
static char *input;
static size_t input_size;
static volatile uint32_t *header;
static unsigned int round_number;
static unsigned int outcomes[4];
enum { COMPLETE, SENDER_DIED, RECEIVER_DIED, NEVER_MET };

static void die(const char *what)
{
	fprintf(stderr, "channel_kills: round %u: %s: %s\n", round_number, what, strerror(errno));
	exit(1);
}

static void wrong(const char *what, long a, long b)
{
	fprintf(stderr, "channel_kills: round %u: %s (%ld, %ld)\n", round_number, what, a, b);
	fprintf(stderr, "tail %x head %x serves %u session %u\n", header[TAIL], header[HEAD],
	        header[SERVES], header[SESSION]);
	exit(1);
}

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void make_input(void)
{
	FILE *file = fopen("kills.in", "w+");

	if (file == NULL)
		die("kills.in");
	for (int i = 0; i < LINES; i++)
		fprintf(file, "%d %.*s\n", i, i * 7 % 90,
		        "the quick brown fox jumps over the lazy dog and then over another one, "
		        "and over all the others");
	fflush(file);
	input_size = (size_t)ftell(file);
	input = mmap(NULL, input_size, PROT_READ, MAP_SHARED, fileno(file), 0);
	if (input == MAP_FAILED)
		die("mmap");
}

static void make_ring(void)
{
	int fd = shm_open(name, O_RDWR | O_CREAT, 0600);

	if (fd < 0 || ftruncate(fd, RING_SIZE) < 0)
		die(name);
	header = mmap(NULL, RING_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (header == MAP_FAILED)
		die("mmap");
}

static pid_t start(const char *command, const char *option, const char *file, int flags, int as)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		int fd = open(file, flags, 0600);
		int errors = open("kills.err", O_WRONLY | O_CREAT | O_APPEND, 0600);

		if (fd < 0 || errors < 0)
			die(file);
		dup2(fd, as);
		dup2(errors, STDERR_FILENO);
		if (option != NULL)
			execl(shmtool, "shmtool", command, option, name, (char *)NULL);
		else
			execl(shmtool, "shmtool", command, name, (char *)NULL);
		die(shmtool);
	}
	return pid;
}

static pid_t start_sender(bool messages)
{
	return start("send", messages ? "--messages" : NULL, "kills.in", O_RDONLY, STDIN_FILENO);
}

static pid_t start_receiver(void)
{
	return start("recv", NULL, "kills.out", O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
}

/* The status of a process, or -1 if it has not ended after some time. */
static int ended(pid_t pid, int milliseconds)
{
	const long until = now() + milliseconds;
	int status;

	for (;;) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (now() >= until)
			return -1;
		poll(NULL, 0, 1);
	}
}

/* The bytes that a part of the input fills in the ring; -1 if it ends within a message. */
static long in_ring(long size, bool messages, bool whole_only)
{
	long bytes = 0;
	long line = 0;

	if (!messages)
		return size;
	for (long i = 0; i < size; i++, line++) {
		if (input[i] == '\n') {
			bytes += 4 + (line + 3) / 4 * 4;
			line = -1;
		}
	}
	return line != 0 && whole_only ? -1 : bytes;
}

static long output_size(void)
{
	int fd = open("kills.out", O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		die("kills.out");
	if ((size_t)st.st_size > input_size)
		wrong("more output than input", (long)st.st_size, (long)input_size);
	if (st.st_size > 0) {
		char *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
		if (bytes == MAP_FAILED)
			die("mmap");
		if (memcmp(bytes, input, (size_t)st.st_size) != 0)
			wrong("the output is no beginning of the input", (long)st.st_size, 0);
		munmap(bytes, (size_t)st.st_size);
	}
	close(fd);
	return (long)st.st_size;
}

static void check_complete(int sent, int received)
{
	if (sent != 0 || received != 0)
		wrong("everything should have arrived", sent, received);
	if ((size_t)output_size() != input_size)
		wrong("incomplete output, but status 0", output_size(), (long)input_size);
}

static void after_sender(pid_t receiver, bool messages)
{
	int status = ended(receiver, LIMIT);
	long size = output_size();
	long bytes = in_ring(size, messages, true);
	long visible = header[TAIL] & 0x3fffffff;

	if (status < 0)
		wrong("the receiver does not end", 0, 0);
	if (bytes < 0)
		wrong("a torn message", size, 0);
	if (bytes % (2L * CAPACITY) != visible)
		wrong("not everything that had arrived was delivered", bytes, visible);
	if (status != ((size_t)size == input_size && (header[TAIL] & 0x80000000) != 0 ? 0 : 1))
		wrong("status of the receiver", status, size);
	outcomes[status == 0 ? COMPLETE : SENDER_DIED]++;
}

static void after_receiver(pid_t sender, bool messages)
{
	int status = ended(sender, LIMIT);
	long size = output_size();
	long bytes = in_ring(size, messages, false);
	long confirmed = header[HEAD] & 0x3fffffff;
	long ahead = (bytes - confirmed) % (2L * CAPACITY);

	if (status < 0)
		wrong("the sender does not end", 0, 0);
	if (ahead < 0)
		ahead += 2L * CAPACITY;
	if (ahead > CAPACITY)
		wrong("confirmed bytes are missing", bytes, confirmed);
	if (status == 0 && (size_t)size != input_size)
		wrong("the sender was told that everything had arrived", size, (long)input_size);
	if (status > 1)
		wrong("status of the sender", status, 0);
	outcomes[status == 0 ? COMPLETE : RECEIVER_DIED]++;
}

static void run_round(void)
{
	const bool messages = random() % 2 == 0;
	const bool kill_sender = random() % 2 == 0;
	const bool receiver_first = random() % 2 == 0;
	const uint32_t served = header[SERVES];
	pid_t receiver = receiver_first ? start_receiver() : -1;
	pid_t sender = start_sender(messages);
	pid_t victim;

	if (!receiver_first)
		receiver = start_receiver();
	victim = kill_sender ? sender : receiver;
	nanosleep(&(struct timespec){ .tv_nsec = random() % DELAY * 1000 }, NULL);
	kill(victim, SIGKILL);
	if (ended(victim, LIMIT) < 0)
		die("kill");
	/* The survivor may just be meeting it: then it is told after 100 ms. */
	if (header[SERVES] == served) {
		pid_t survivor = kill_sender ? receiver : sender;
		int status = ended(survivor, 300);

		if (status >= 0) {
			if (status != 1 || header[SERVES] == served)
				wrong("ended without a pair", status, 0);
			outcomes[NEVER_MET]++;
			return;
		}
		if (header[SERVES] == served) {
			int other =
			    ended(kill_sender ? start_sender(messages) : start_receiver(), LIMIT);
			check_complete(ended(survivor, LIMIT), other);
			outcomes[NEVER_MET]++;
			return;
		}
	}
	if (kill_sender)
		after_sender(receiver, messages);
	else
		after_receiver(sender, messages);
}

int main(int argc, char **argv)
{
	unsigned int rounds;
	unsigned int seed = (unsigned int)time(NULL);

	if (argc != 4) {
		fprintf(stderr, "usage: channel_kills SHMTOOL NAME ROUNDS\n");
		return 2;
	}
	shmtool = argv[1];
	name = argv[2];
	rounds = (unsigned int)strtoul(argv[3], NULL, 10);
	srandom(seed);
	printf("seed %u\n", seed);
	make_input();
	make_ring();
	for (round_number = 1; round_number <= rounds; round_number++)
		run_round();
	/* And then an undisturbed pair. */
	pid_t receiver = start_receiver();
	int sent = ended(start_sender(true), LIMIT);

	check_complete(sent, ended(receiver, LIMIT));
	printf("%u complete, %u senders and %u receivers died, %u had not met\n",
	       outcomes[COMPLETE], outcomes[SENDER_DIED], outcomes[RECEIVER_DIED],
	       outcomes[NEVER_MET]);
	return 0;
}
