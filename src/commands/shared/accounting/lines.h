/*
 * The lines of shared memory: each is one kind of shared memory in one place.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_ACCOUNTING_LINES_H
#define SHMTOOL_COMMANDS_SHARED_ACCOUNTING_LINES_H

#include "objects/object.h"
#include "system/process.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Members of a line that are known. */
enum usage_known {
	USAGE_COUNT = 1 << 0,
	USAGE_BYTES = 1 << 1,
	USAGE_SPLIT = 1 << 2,      /* resident and swapped */
	USAGE_DIFFERENCE = 1 << 3, /* in place of resident */
};

struct usage_line {
	const char *kind;    /* "shm", "tmpfs" */
	char *what;          /* a few words for people */
	char *where;         /* mount point; NULL: it is in no directory */
	unsigned int known;  /* bits of enum usage_known */
	uint64_t page_bytes; /* size of its huge pages; 0: not in huge pages */
	uint64_t count;      /* objects, or files */
	uint64_t bytes;      /* in memory and in swap */
	uint64_t resident;   /* bytes in memory */
	uint64_t swapped;    /* bytes in swap */
	int64_t difference;  /* bytes */
	uint64_t whole;      /* bytes of which it is a share; 0: none */
	pid_t pid;           /* a process that has it; 0: not applicable */
	char command[COMMAND_SIZE];
	ino_t namespace;         /* that process's IPC or mount namespace; 0: ours, or unknown */
	char ref[REF_TEXT_SIZE]; /* to look into it; empty if there is none */
	char *reason;            /* why something is unknown; NULL: nothing is */
	bool is_place;           /* one of any number of places: not shown if it is empty */
	unsigned int order;      /* of kinds, then as added: set by usage_lines_finish() */
};

/** All zero is the empty list. */
struct usage_lines {
	struct usage_line *lines;
	size_t count;
};

/**
 * Append a zeroed line.
 *
 * @param kind  kept, not copied
 * @param what  as for printf(3)
 * @return the line; valid until the next one is added
 */
struct usage_line *usage_line_add(struct usage_lines *lines, const char *kind, const char *what,
                                  ...) __attribute__((format(printf, 3, 4)));

/** Set the memory of a line. */
void usage_line_set(struct usage_line *line, uint64_t count, uint64_t resident, uint64_t swapped);

/** Whether a line is one of those that close the table of a page size: "sum" and after it. */
bool usage_line_is_sum(const struct usage_line *line);

/**
 * Sort by page size, kind and memory, base pages first; and append the reason of each line to its
 * description.
 */
void usage_lines_finish(struct usage_lines *lines);

void usage_lines_free(struct usage_lines *lines);

#endif
