/*
 * spin_record OBJECT COUNT COMMAND [ARGUMENT...]: acts as the reader of a record written by another
 * process: COUNT times it starts COMMAND with a record on standard input, and spins on the record's
 * flag, with acquire order, until that has the new number; then it checks that the text matches
 * that number. The record is "unsigned flag; char text[8188];" at the start of a System V segment
 * (id:N) or of a file: the text follows the flag, where memcpy(3) arrives late.
 *
 * Prints "N torn of COUNT", and the number of records seen if it is lower; status 1 if any record
 * was torn. The kernel kills it with its parent, and an alarm in any case.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT = 8188 };

struct record {
	unsigned int flag;
	char text[TEXT];
};

static struct record *map_record(const char *object)
{
	void *address;
	int fd;

	if (strncmp(object, "id:", 3) == 0)
		return shmat((int)strtol(object + 3, NULL, 10), NULL, SHM_RDONLY);
	fd = open(object, O_RDONLY | O_CLOEXEC);
	address = mmap(NULL, sizeof(struct record), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return address;
}

/* The letter that fills the text of a record. */
static char letter(unsigned int number)
{
	return (char)('a' + number % 26);
}

/* Returns a descriptor of a record as JSON. */
static int record_input(unsigned int number)
{
	int fd = memfd_create("record", MFD_CLOEXEC);
	char text[TEXT + 1];

	memset(text, letter(number), TEXT);
	text[TEXT] = '\0';
	if (fd == -1 || dprintf(fd, "{\"flag\": %u, \"text\": \"%s\"}", number, text) < 0 ||
	    lseek(fd, 0, SEEK_SET) != 0)
		exit(2);
	return fd;
}

static pid_t start(unsigned int number, char **command)
{
	posix_spawn_file_actions_t actions;
	int input = record_input(number);
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (posix_spawnp(&pid, command[0], &actions, NULL, command, environ) != 0)
		exit(2);
	posix_spawn_file_actions_destroy(&actions);
	close(input);
	return pid;
}

/* Spins until the flag is set or the writer has ended. Returns whether the flag was set. */
static int wait_for_flag(const struct record *record, unsigned int number, pid_t writer)
{
	int status;
	unsigned int turns = 0;

	while (__atomic_load_n(&record->flag, __ATOMIC_ACQUIRE) != number) {
		if (++turns % 4096 == 0 && waitpid(writer, &status, WNOHANG) == writer)
			return __atomic_load_n(&record->flag, __ATOMIC_ACQUIRE) == number;
	}
	return 1;
}

int main(int argc, char **argv)
{
	unsigned int count = argc > 3 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0;
	const struct record *record = argc > 3 ? map_record(argv[1]) : NULL;
	unsigned int torn = 0;
	unsigned int seen = 0;

	if (argc < 4 || record == (void *)-1 || record == NULL)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(120);
	for (unsigned int number = 1; number <= count; number++) {
		pid_t writer = start(number, argv + 3);

		if (wait_for_flag(record, number, writer)) {
			seen++;
			/* From the end, which is written last. */
			torn += record->text[TEXT - 1] != letter(number) ||
			        record->text[TEXT / 2] != letter(number) ||
			        record->text[0] != letter(number);
		}
		waitpid(writer, NULL, 0);
	}
	printf("%u torn of %u\n", torn, count);
	if (seen < count)
		printf("%u seen\n", seen);
	return torn > 0 || seen < count;
}
