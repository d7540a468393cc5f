/*
 * The registers and the stack of a thread of another process, by ptrace(2).
 */
#ifndef SHMTOOL_SYSTEM_THREAD_SNAPSHOT_H
#define SHMTOOL_SYSTEM_THREAD_SNAPSHOT_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The number of registers that are kept, at most. */
enum { SNAPSHOT_REGISTERS = 32 };

/** A copy of a part of the memory. */
struct memory_copy {
	uint64_t address;
	unsigned char *bytes;
	size_t length; /* in bytes */
};

struct thread_snapshot {
	pid_t thread;
	uint64_t registers[SNAPSHOT_REGISTERS]; /* by their numbers in DWARF */
	unsigned int register_count;
	uint64_t pc;              /* the program counter */
	size_t word;              /* size of an address in bytes */
	char *maps;               /* /proc/TID/maps */
	size_t maps_length;       /* in bytes */
	struct memory_copy stack; /* from the stack pointer on */
	struct memory_copy vdso;  /* vdso(7); empty if there is none */
};

/** The functions that are called, in a thread of this process while the caller waits. */
struct thread_visit {
	/* Lets the call go on that blocks the thread. Called at most once. */
	void (*resume)(void *closure);
	/* Receives the snapshot while the thread is stopped. */
	void (*look)(void *closure, const struct thread_snapshot *snapshot);
	void *closure;
};

/**
 * Stop a thread that is blocked in a system call, and look at it. If a signal can interrupt the
 * call, the thread makes it again afterwards, signal(7). If not, resume is called, and the thread
 * stops when the call has ended; where it is in its program is the same. In whatever way this
 * function ends, also if the caller is killed, the thread continues.
 *
 * This process must be an ancestor of the thread's: the security module Yama can require that.
 *
 * @return 0, or -1 with error set: the thread is traced already, or has other privileges
 */
int thread_snapshot_take(pid_t thread, const struct thread_visit *visit, struct error *error);

#endif
