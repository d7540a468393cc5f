/*
 * Users of memory: the processes that attach a segment, map a file or hold it open.
 *
 * The scan reads /proc of every process. The result is a snapshot, not a proof: processes may start
 * or exit during the scan. It misses processes that cannot be inspected or are not listed (reported
 * by struct users_blind), descriptors in flight through a socket or held by io_uring, and
 * descriptors of a thread that has its own table, unshare(2) with CLONE_FILES. Nothing is attached,
 * opened or locked.
 *
 * A segment is identified by its id, which is the inode number of its file, within an IPC
 * namespace: a mapping counts if its process is in ours, /proc/PID/ns/ipc. Everything else is
 * identified by device and inode.
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
	USER_ATTACHED,  /* shmat(2) */
	USER_MAPPED,    /* mmap(2) */
	USER_OPEN,      /* a descriptor */
	USER_HOW_COUNT, /* of those that users_scan() finds */
	/* The others are of usage/operators.h. */
	USER_WAITS = USER_HOW_COUNT, /* semop(2), msgrcv(2), msgsnd(2), not done yet */
	USER_OPERATED,               /* last on a semaphore: semop(2), semctl(2) */
	USER_SENT,                   /* the last message: msgsnd(2) */
	USER_RECEIVED,               /* the last message: msgrcv(2) */
	/* The others are of usage/unnamed.h. */
	USER_DIRECTORY, /* the working directory */
	USER_ROOT,      /* the root directory */
	USER_NAMESPACE, /* a descriptor of a mount namespace that has no process */
};

/** One use, or all uses of the same sort by one process, combined. */
struct user {
	size_t target; /* index of the target */
	pid_t pid;
	uid_t uid; /* effective user of the process */
	enum user_how how;
	bool readable;
	bool writable;      /* writes change the object: false for a private mapping */
	bool is_private;    /* USER_MAPPED: all mappings are MAP_PRIVATE */
	bool any_private;   /* USER_MAPPED: at least one mapping is MAP_PRIVATE */
	uint32_t count;     /* mappings, descriptors, waiting threads or semaphores */
	uint32_t areas;     /* kernel VMAs, which nattch counts: mprotect(2) of a part splits one
	                      attach into three */
	int fd;             /* USER_OPEN: the lowest descriptor */
	uint64_t address;   /* of the lowest mapping */
	uint64_t bytes;     /* mapped */
	uint64_t resident;  /* mapped bytes that are in memory, if requested */
	uint64_t share;     /* Pss: of these, divided by the number of processes that share each */
	bool share_unknown; /* huge pages of a pool, which Pss leaves out, are among them */
	char command[COMMAND_SIZE];
	enum process_creator life; /* USER_OPERATED, USER_SENT, USER_RECEIVED */
};

struct users_request {
	const struct users_target *targets;
	size_t count;  /* number of targets */
	pid_t pid;     /* scan only this process; 0 for all */
	bool each;     /* a row for each mapping and descriptor; else one for each enum user_how */
	bool resident; /* request resident sizes, which are slow to read */
	bool no_paths; /* omit O_PATH descriptors, which do not prevent a removal */
};

/** All zero is the empty list. */
struct users_list {
	struct user *users; /* sorted by target, process, how, then address or descriptor */
	size_t count;
	struct users_blind blind;
};

/**
 * Find the users of the targets.
 *
 * @param list   receives the users; free with users_free(), also on failure
 * @param error  set on failure: no /proc, no such process
 * @return 0, or -1; without /proc, 0 with list->blind.no_proc set
 */
int users_scan(const struct users_request *request, struct users_list *list, struct error *error);

/** Sort rows that were added to a list. */
void users_sort(struct users_list *list);

void users_free(struct users_list *list);

#endif
