/*
 * Runs fuzz targets with files, without a fuzzer:
 *
 *     unit --replay TARGET PATH...    a target with files, or with all files of directories
 *     unit --replay DIRECTORY         every target with the files of DIRECTORY/TARGET
 *
 * Prints the number of files of each target. A failure ends the program with SIGABRT, after the name
 * of the target and the file.
 */
#include "fuzz.h"

#include "base/memory.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The Makefile lists the targets: TARGET(ref) TARGET(size) ... */
#ifndef FUZZ_TARGETS
#define FUZZ_TARGETS TARGET(ref)
#endif
#define TARGET(name) int target_##name(const uint8_t *data, size_t size);
FUZZ_TARGETS
#undef TARGET

static const struct target {
	const char *name;
	int (*run)(const uint8_t *data, size_t size);
} targets[] = {
#define TARGET(name) { #name, target_##name },
	FUZZ_TARGETS
#undef TARGET
};

enum { TARGETS = sizeof(targets) / sizeof(targets[0]) };

/* For the message of a failure. */
static const char *current_target;
static char current_path[PATH_MAX];

/* With default action restored, the signal is raised again. */
static void report(int number)
{
	const char *const parts[] = { current_target, " failed with ", current_path, "\n" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		(void)!write(STDERR_FILENO, parts[i], strlen(parts[i]));
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static void run_file(const struct target *target, const char *path)
{
	FILE *stream = fopen(path, "re");
	uint8_t *data = NULL;
	size_t size = 0;
	struct stat st;

	if (stream == NULL || fstat(fileno(stream), &st) < 0) {
		perror(path);
		exit(2);
	}
	/* Exactly as large as the file, so that sanitizers notice an access beyond it. */
	data = needed(malloc(st.st_size > 0 ? (size_t)st.st_size : 1));
	size = fread(data, 1, (size_t)st.st_size, stream);
	(void)fclose(stream);
	current_target = target->name;
	snprintf(current_path, sizeof(current_path), "%s", path);
	(void)target->run(data, size);
	free(data);
}

/* Run a file, or the files in a directory; returns their number. */
static unsigned int run_path(const struct target *target, const char *path)
{
	DIR *directory = opendir(path);
	unsigned int count = 0;
	const struct dirent *entry;

	if (directory == NULL) {
		run_file(target, path);
		return 1;
	}
	while ((entry = readdir(directory)) != NULL) {
		char file[PATH_MAX];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		run_file(target, file);
		count++;
	}
	(void)closedir(directory);
	return count;
}

/* Without standard output, which a target may have silenced. */
static void print_count(const char *name, unsigned int count)
{
	dprintf(STDOUT_FILENO, "%s %u\n", name, count);
}

int fuzz_replay(int argc, char **argv)
{
	(void)signal(SIGABRT, report);
	(void)signal(SIGSEGV, report);
	if (argc == 2) {
		for (size_t i = 0; i < TARGETS; i++) {
			char path[PATH_MAX];

			snprintf(path, sizeof(path), "%s/%s", argv[1], targets[i].name);
			print_count(targets[i].name, run_path(&targets[i], path));
		}
		return 0;
	}
	for (size_t i = 0; argc > 2 && i < TARGETS; i++) {
		if (strcmp(targets[i].name, argv[1]) != 0)
			continue;
		for (int at = 2; at < argc; at++)
			print_count(argv[at], run_path(&targets[i], argv[at]));
		return 0;
	}
	fprintf(stderr, "usage: --replay TARGET PATH... | --replay DIRECTORY\n");
	return 2;
}
