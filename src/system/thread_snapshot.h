/*
 * The registers and the stack of a thread of another process, by ptrace(2). The thread is stopped
 * only while they are copied.
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

/**
 * Take a snapshot of a thread. A thread that is blocked in a system call leaves it and makes it
 * again, as after a signal, signal(7). In whatever way this function ends, also if the caller is
 * killed, the thread continues.
 *
 * This process must be an ancestor of the thread's: the security module Yama can require that.
 *
 * @param snapshot  receives it, free with thread_snapshot_free()
 * @return 0, or -1 with error set: the thread is traced already, or has other privileges
 */
int thread_snapshot_take(pid_t thread, struct thread_snapshot *snapshot, struct error *error);

void thread_snapshot_free(struct thread_snapshot *snapshot);

#endif
