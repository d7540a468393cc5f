/*
 * Threads blocked in a call on a System V semaphore set or message queue: /proc/PID/syscall,
 * proc_pid_syscall(5), has the number of the call and its arguments. Reading it takes the
 * permission of ptrace(2).
 */
#ifndef SHMTOOL_SYSTEM_PROCESS_WAIT_H
#define SHMTOOL_SYSTEM_PROCESS_WAIT_H

#include <stdbool.h>
#include <sys/types.h>

enum process_call {
	CALL_SEMOP,  /* semop(2), semtimedop(2) */
	CALL_MSGSND, /* msgsnd(2) */
	CALL_MSGRCV, /* msgrcv(2) */
};

struct process_wait {
	enum process_call call;
	int id; /* of the set or queue, in the IPC namespace of the process */
};

/**
 * Parse the text of /proc/PID/syscall. Calls of 32-bit programs on a 64-bit kernel have numbers of
 * their own, which are known for x86 and arm64.
 *
 * @param wait  receives the call
 * @return whether it is one of enum process_call
 */
bool process_wait_parse(const char *text, struct process_wait *wait);

/** Receives a thread that is blocked. */
typedef void process_wait_fn(const struct process_wait *wait, void *state);

/**
 * Find the blocked threads of a process.
 *
 * @param take   called for each thread that is blocked in such a call
 * @param state  passed to take
 * @return 0, or -1 with errno: ESRCH if the process has ended; EACCES, EPERM if it may not be
 *         inspected; ENOENT if the kernel has no such file
 */
int process_wait_look(pid_t pid, process_wait_fn *take, void *state);

#endif
