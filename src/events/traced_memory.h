/*
 * The segments that a process has attached, as tracepoints describe them.
 */
#ifndef SHMTOOL_EVENTS_TRACED_MEMORY_H
#define SHMTOOL_EVENTS_TRACED_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** An attach of a segment. */
struct traced_attach {
	uint64_t address;
	int id;
	unsigned int count; /* mappings; the kernel counts each as an attach */
};

/** The memory of a process, or of several: vfork(2). */
struct traced_memory {
	unsigned int references; /* processes */
	struct traced_attach *attaches;
	size_t count;
};

/** Create memory without attaches, with one reference. Never NULL. */
struct traced_memory *traced_memory_new(void);

/** Drop a reference, and free the memory with the last one. */
void traced_memory_release(struct traced_memory *memory);

/** Copy the attaches, as fork(2) does, with one reference. Never NULL. */
struct traced_memory *traced_memory_copy(const struct traced_memory *memory);

/** The attach at an address; NULL if there is none. */
struct traced_attach *traced_memory_find(const struct traced_memory *memory, uint64_t address);

/** Add an attach, or replace the one at the same address. */
void traced_memory_set(struct traced_memory *memory, uint64_t address, int id, unsigned int count);

/** Remove an attach, which must be one of the memory's. */
void traced_memory_remove(struct traced_memory *memory, const struct traced_attach *attach);

/**
 * Read the attaches of a running process from its mappings, process_maps.h. Nothing is read of a
 * process that has ended or can't be inspected.
 *
 * @param memory  the attaches are added to it
 * @return 0, or -1 with errno
 */
int traced_memory_read(struct traced_memory *memory, pid_t pid);

#endif
