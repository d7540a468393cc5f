/*
 * The memory freed by the removal of segments.
 *
 * Only /proc/sysvipc/shm has the memory of a single segment, and reading it takes longer than the
 * removal. So the freed memory is the difference of the total of all segments before and after,
 * limited to what the removed segments can account for.
 */
#ifndef SHMTOOL_COMMANDS_RM_FREED_MEMORY_H
#define SHMTOOL_COMMANDS_RM_FREED_MEMORY_H

#include "objects/object.h"

#include <stdint.h>

struct segment_memory {
	uint64_t before;   /* total of all segments, in bytes */
	uint64_t known;    /* total of the removed segments whose memory is known, in bytes */
	uint64_t possible; /* upper bound for the other removed segments, in bytes */
};

/**
 * The values that must be collected for each segment before its removal.
 *
 * @return NEED_USED if the total of all segments is not usable, else 0
 */
unsigned int segment_memory_need(void);

/** Record the total of all segments. */
void segment_memory_begin(struct segment_memory *memory);

/**
 * Count a segment that was removed.
 *
 * @param segment  as listed before the removal
 */
void segment_memory_removed(struct segment_memory *memory, const struct shm_object *segment);

/** The bytes freed by the removed segments. */
uint64_t segment_memory_freed(const struct segment_memory *memory);

#endif
