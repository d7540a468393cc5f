/*
 * Creation of System V segments, shmget(2), with explanations of failures: the exceeded limit, its
 * value, and the command that raises it.
 */
#ifndef SHMTOOL_OBJECTS_SEGMENT_MAKE_H
#define SHMTOOL_OBJECTS_SEGMENT_MAKE_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Format the command that allows more segments.
 *
 * @param shmmni  the present limit
 * @param used    existing segments: more than the limit if it has been lowered
 * @param target  receives the command, empty if the limit is already at its maximum
 * @param size    of target in bytes
 */
void sysv_shmmni_cure(uint64_t shmmni, uint64_t used, char *target, size_t size);

/** The attributes of a segment for sysv_create(). */
struct sysv_request {
	key_t key;          /* IPC_PRIVATE for none */
	uint64_t bytes;     /* size */
	mode_t mode;        /* nine permission bits */
	bool noreserve;     /* SHM_NORESERVE */
	bool hugetlb;       /* SHM_HUGETLB */
	uint64_t huge_page; /* size of a huge page in bytes; 0 for the default size */
};

/**
 * Create a segment. An existing one is never returned.
 *
 * @param id  receives the new segment's id
 * @return 0, or -1 with error set, which names the limit that was hit; its number is EEXIST if
 *         the key is taken
 */
int sysv_create(const struct sysv_request *request, int *id, struct error *error);

/**
 * Check access to an existing segment, by shmget(2).
 *
 * @param key   of the segment
 * @param mode  the requested permission bits
 * @return 0, or -1 with errno: EACCES, ENOENT
 */
int sysv_check_access(key_t key, mode_t mode);

#endif
