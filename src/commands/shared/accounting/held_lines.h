/*
 * Lines of memory without a name: memfds, anonymous shared memory, removed files, and tmpfs that no
 * process has mounted (usage/unnamed.h).
 */
#ifndef SHMTOOL_COMMANDS_SHARED_ACCOUNTING_HELD_LINES_H
#define SHMTOOL_COMMANDS_SHARED_ACCOUNTING_HELD_LINES_H

#include "commands/shared/accounting/lines.h"
#include "error.h"
#include "system/tmpfs_list.h"
#include "usage/unnamed.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Memory of one kind, in one file system, in pages of one size. */
struct held_group {
	enum unnamed_kind kind;
	dev_t device; /* 0: all memory of the kind is one line */
	bool is_huge;
	uint64_t page_bytes; /* of huge pages */
	uint64_t files;
	uint64_t resident; /* bytes in memory, or all bytes if it is unknown which are in swap */
	uint64_t swapped;  /* bytes in swap */
	size_t unknown;    /* files whose memory is unknown */
	bool is_uncounted; /* and all other files of a file system without a limit */
	bool is_unsplit;   /* for some files, it is unknown what is in swap */
	const struct unnamed_object *largest;
};

/** All zero is empty. */
struct held_groups {
	struct unnamed_list list;
	struct held_group *groups;
	size_t count;
	uint64_t graphics; /* bytes of mapped graphics buffers, which are in no group */
};

/**
 * Find the memory without a name.
 *
 * @param held         receives it; free with held_groups_free(), also on failure
 * @param is_swapping  whether something on the machine is in swap, so that the files are opened to
 *                     find out how much of each
 * @return 0, or -1 with error set
 */
int held_groups_find(struct held_groups *held, bool is_swapping, struct error *error);

void held_groups_free(struct held_groups *held);

/** Whether an object is a graphics buffer that a process has mapped. */
bool held_is_graphics(const struct unnamed_object *object);

/** The memory of removed files in a mounted file system; all zero if there is none. */
struct held_group held_groups_on(const struct held_groups *held, dev_t device);

/**
 * Add the lines.
 *
 * @param mounts  to name the file systems of removed files
 */
void held_groups_add_lines(const struct held_groups *held, const struct tmpfs_list *mounts,
                           struct usage_lines *lines);

#endif
