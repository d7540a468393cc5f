/*
 * timer [-n ROUNDS] [-o null|pipe|FILE] [-p PREPARE] [-q] NAME COMMAND ARG... [-- NAME COMMAND ARG...]...
 *
 * Runs the commands in turn, ROUNDS times (11) after a warm-up round; every other round in reverse
 * order, so that no command always follows the same one. Other load on the machine affects all of
 * them equally, so their ratios are meaningful.
 *
 * Standard output of the commands goes to /dev/null, through a pipe that this program empties with
 * reads of 128 KiB, or to FILE, truncated for each run. COMMAND is a path: PATH is not searched.
 * With -q standard error goes to /dev/null as well. PREPARE is for sh -c before each run of any of
 * them, and is not included in the times.
 *
 * Prints one line per command, with fields separated by blanks:
 *
 *     NAME MEDIAN FASTEST SLOWEST PROCESSOR RESIDENT RATIO
 *
 * the times in nanoseconds: of wall clock from before posix_spawn(3) to the end of wait4(2), after
 * the end of the output, and the median of the processor time (user and system), which other load
 * affects less. RESIDENT is the greatest maximum resident set in KiB (never less than this
 * program's own, which the kernel counts for a child until it calls execve), RATIO the median
 * divided by that of the first command.
 *
 * Status 1, with a message, if a command could not be started or failed: then nothing is printed.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DEFAULT_ROUNDS = 11, COMMANDS_MAX = 16, DRAIN_SIZE = 128 * 1024 };

/* A command and the results of its runs. */
struct contender {
	const char *name;
	char **argv;        /* ends with NULL */
	bool quiet;         /* standard error goes to /dev/null */
	int64_t *times;     /* wall clock, nanoseconds, one per round */
	int64_t *processor; /* processor time, nanoseconds, one per round */
	long resident;      /* KiB */
};

static int64_t nanoseconds(const struct timeval *time)
{
	return (int64_t)time->tv_sec * 1000000000 + (int64_t)time->tv_usec * 1000;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/*
 * Open the standard output of a run.
 *
 * @param destination
 *         "null", "pipe" or the path of a file.
 * @param reader
 *         Set to the descriptor to read the output from, or to -1.
 * @return The descriptor to write to, or -1 with errno.
 */
static int open_output(const char *destination, int *reader)
{
	int ends[2];

	*reader = -1;
	if (strcmp(destination, "null") == 0)
		return open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (strcmp(destination, "pipe") != 0)
		return open(destination, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	*reader = ends[0];
	return ends[1];
}

/* Read and discard all output. */
static void drain(int reader)
{
	static char buffer[DRAIN_SIZE];
	ssize_t length;

	do {
		length = read(reader, buffer, sizeof(buffer));
	} while (length > 0 || (length == -1 && errno == EINTR));
}

static int spawn(const struct contender *contender, int output, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (error == 0 && contender->quiet)
		error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
		                                         O_WRONLY, 0);
	if (error == 0)
		error =
		    posix_spawn(pid, contender->argv[0], &actions, NULL, contender->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Report why a run does not count, from the status of wait4. */
static void complain(const struct contender *contender, int status)
{
	if (WIFSIGNALED(status))
		fprintf(stderr, "timer: %s: killed by signal %d\n", contender->name,
		        WTERMSIG(status));
	else
		fprintf(stderr, "timer: %s: status %d\n", contender->name, WEXITSTATUS(status));
}

/* Run the preparation of a run. Return 0, or -1 with a message. */
static int run_prepare(const char *command)
{
	char *const argv[] = { "/bin/sh", "-c", (char *)(uintptr_t)command, NULL };
	const struct contender prepare = { .name = "the preparation", .argv = (char **)argv };
	int output = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int status = 0;
	int error;
	pid_t pid = -1;

	error = output == -1 ? errno : spawn(&prepare, output, &pid);
	if (error == 0 && waitpid(pid, &status, 0) == -1)
		error = errno;
	if (output != -1)
		close(output);
	if (error != 0)
		fprintf(stderr, "timer: %s: %s\n", prepare.name, strerror(error));
	else if (status != 0)
		complain(&prepare, status);
	return error == 0 && status == 0 ? 0 : -1;
}

/* Run a command once and store its times. Return 0, or -1 with a message. */
static int run_once(struct contender *contender, const char *destination, size_t round)
{
	struct rusage usage;
	int reader;
	int status;
	int error;
	pid_t pid;
	int output = open_output(destination, &reader);
	int64_t start = now();

	if (output == -1) {
		fprintf(stderr, "timer: %s: %s\n", destination, strerror(errno));
		return -1;
	}
	error = spawn(contender, output, &pid);
	/* Close it now, or the pipe would never end. */
	close(output);
	if (error == 0 && reader != -1)
		drain(reader);
	if (error == 0 && wait4(pid, &status, 0, &usage) == -1)
		error = errno;
	contender->times[round] = now() - start;
	if (reader != -1)
		close(reader);
	if (error != 0) {
		fprintf(stderr, "timer: %s: %s: %s\n", contender->name, contender->argv[0],
		        strerror(error));
		return -1;
	}
	if (status != 0) {
		complain(contender, status);
		return -1;
	}
	contender->processor[round] = nanoseconds(&usage.ru_utime) + nanoseconds(&usage.ru_stime);
	if (usage.ru_maxrss > contender->resident)
		contender->resident = usage.ru_maxrss;
	return 0;
}

/* Parameters shared by all runs. */
struct circumstances {
	const char *destination; /* as for open_output */
	const char *prepare;     /* or NULL */
};

static int run_prepared(struct contender *contender, const struct circumstances *circumstances,
                        size_t round)
{
	if (circumstances->prepare != NULL && run_prepare(circumstances->prepare) == -1)
		return -1;
	return run_once(contender, circumstances->destination, round);
}

static int run_all(struct contender *contenders, size_t count, size_t rounds,
                   const struct circumstances *circumstances)
{
	/* The first round is a warm-up: the next one overwrites its results. */
	for (size_t i = 0; i < count; i++) {
		if (run_prepared(&contenders[i], circumstances, 0) == -1)
			return -1;
	}
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < count; i++) {
			struct contender *next = &contenders[round % 2 == 0 ? count - 1 - i : i];

			if (run_prepared(next, circumstances, round) == -1)
				return -1;
		}
	}
	return 0;
}

static int compare_times(const void *left, const void *right)
{
	const int64_t *a = left;
	const int64_t *b = right;

	return (*a > *b) - (*a < *b);
}

/* Sort values and return the one in the middle. */
static int64_t sort_median(int64_t *sorted, size_t count)
{
	qsort(sorted, count, sizeof(*sorted), compare_times);
	return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

static void report(struct contender *contenders, size_t count, size_t rounds)
{
	int64_t first = 0;

	for (size_t i = 0; i < count; i++) {
		struct contender *contender = &contenders[i];
		int64_t median = sort_median(contender->times, rounds);
		int64_t processor = sort_median(contender->processor, rounds);

		if (i == 0)
			first = median;
		printf("%s %jd %jd %jd %jd %ld %.3f\n", contender->name, (intmax_t)median,
		       (intmax_t)contender->times[0], (intmax_t)contender->times[rounds - 1],
		       (intmax_t)processor, contender->resident, (double)median / (double)first);
	}
}

/*
 * Split the arguments into commands; each "--" becomes the NULL that ends a command's argv.
 *
 * @return The number of commands, or 0 if there are too many or one of them lacks its name or its
 *         path.
 */
static size_t parse_contenders(char **words, struct contender contenders[COMMANDS_MAX])
{
	size_t count = 0;

	while (*words != NULL) {
		if (count == COMMANDS_MAX || words[1] == NULL || strcmp(words[1], "--") == 0)
			return 0;
		contenders[count] = (struct contender){ .name = words[0], .argv = words + 1 };
		count++;
		while (*words != NULL && strcmp(*words, "--") != 0)
			words++;
		if (*words != NULL)
			*words++ = NULL;
	}
	return count;
}

int main(int argc, char **argv)
{
	struct contender contenders[COMMANDS_MAX] = { { .name = NULL } };
	struct circumstances circumstances = { .destination = "null" };
	size_t rounds = DEFAULT_ROUNDS;
	bool quiet = false;
	size_t count = 0;
	int status = 1;
	int option;

	/* "+": options after the first name belong to a command. */
	while ((option = getopt(argc, argv, "+n:o:p:q")) != -1) {
		if (option == 'n')
			rounds = strtoul(optarg, NULL, 10);
		else if (option == 'o')
			circumstances.destination = optarg;
		else if (option == 'p')
			circumstances.prepare = optarg;
		else if (option == 'q')
			quiet = true;
		else
			rounds = 0;
	}
	if (rounds > 0)
		count = parse_contenders(argv + optind, contenders);
	if (count == 0) {
		fprintf(stderr, "usage: timer [-n ROUNDS] [-o null|pipe|FILE] [-p PREPARE] [-q] "
		                "NAME COMMAND ARG... [-- NAME COMMAND ARG...]...\n");
		return 2;
	}
	for (size_t i = 0; i < count; i++) {
		contenders[i].quiet = quiet;
		contenders[i].times = calloc(rounds, sizeof(*contenders[i].times));
		contenders[i].processor = calloc(rounds, sizeof(*contenders[i].processor));
		if (contenders[i].times == NULL || contenders[i].processor == NULL) {
			fprintf(stderr, "timer: out of memory\n");
			goto done;
		}
	}
	if (run_all(contenders, count, rounds, &circumstances) == 0) {
		report(contenders, count, rounds);
		status = fflush(stdout) == 0 ? 0 : 1;
	}
done:
	for (size_t i = 0; i < count; i++) {
		free(contenders[i].times);
		free(contenders[i].processor);
	}
	return status;
}
