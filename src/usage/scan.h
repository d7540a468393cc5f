/*
 * Users of memory: the processes that attach a segment, map a file or hold it open.
 *
 * It is looked up in /proc of every process, so it is what could be seen at one moment, and no proof:
 * a process may come, or go, while the others are looked at. Not seen are processes that may not be
 * looked into or are not listed (struct users_blind tells), descriptors on their way through a socket
 * or held by io_uring, and descriptors of a thread that has a table of its own, unshare(2)
 * with CLONE_FILES. Nothing is attached, opened or locked.
 *
 * A segment is known by its id, which is the inode number of its file, and belongs to an IPC
 * namespace: a mapping counts if its process is in ours, /proc/PID/ns/ipc. Everything else is known
 * by device and inode.
 */
#ifndef SHMTOOL_USAGE_SCAN_H
#define SHMTOOL_USAGE_SCAN_H

#include "error.h"
#include "system/process.h"
#include "usage/blind.h"
#include "usage/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** How a process uses it. */
enum user_how {
	USER_ATTACHED, /* shmat(2) */
	USER_MAPPED,   /* mmap(2) */
	USER_OPEN,     /* a descriptor */
	USER_HOW_COUNT
};

/** A use, or several of one process and kind together. */
struct user {
	size_t target; /* index of what is used */
	pid_t pid;
	uid_t uid; /* effective, of the process */
	enum user_how how;
	bool readable;
	bool writable;     /* so that the object changes: not through a private mapping */
	bool is_private;   /* USER_MAPPED: all of it with MAP_PRIVATE */
	bool any_private;  /* USER_MAPPED: some of it with MAP_PRIVATE */
	uint32_t count;    /* mappings, or descriptors */
	uint32_t areas;    /* parts that the kernel counts by itself, as nattch does: mprotect(2)
	                      of a part makes three of one attach */
	int fd;            /* USER_OPEN: the lowest */
	uint64_t address;  /* of the lowest mapping */
	uint64_t bytes;    /* mapped */
	uint64_t resident; /* of these, in memory and mapped; if it was requested */
	char command[COMMAND_SIZE];
};

struct users_request {
	const struct users_target *targets;
	size_t count;  /* of targets */
	pid_t pid;     /* look at this process only; 0 for all */
	bool each;     /* a row for each mapping and descriptor; else one for each how */
	bool resident; /* wanted; costs much */
	bool no_paths; /* leave out descriptors of O_PATH, which keep nothing from being removed */
};

/** All zero is the empty list. */
struct users_list {
	struct user *users; /* by target, process, how, then address or descriptor */
	size_t count;
	struct users_blind blind;
};

/**
 * Look for users.
 *
 * @param list   receives them, to be freed with users_free() also after a failure
 * @param error  receives why it could not be done: no memory, no such process
 * @return 0, or -1; without /proc it is 0, and the blindness tells so
 */
int users_scan(const struct users_request *request, struct users_list *list, struct error *error);

void users_free(struct users_list *list);

#endif
