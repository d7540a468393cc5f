/*
 * How much memory the removal of segments gives back.
 *
 * What a segment takes is in /proc/sysvipc/shm alone, and to read that takes longer than the
 * removal. So what removed segments have freed is how much less all segments take together
 * afterwards, as far as that can come from them.
 */
#ifndef SHMTOOL_COMMANDS_RM_FREED_MEMORY_H
#define SHMTOOL_COMMANDS_RM_FREED_MEMORY_H

#include "objects/object.h"

#include <stdint.h>

struct segment_memory {
	uint64_t before;   /* what all segments took, in bytes */
	uint64_t known;    /* what removed segments took, in bytes */
	uint64_t possible; /* what those removed ones can have taken of which it is not known */
};

/**
 * Tell what must be known of each segment before it is removed.
 *
 * @return NEED_USED where what all segments take together says nothing, else 0
 */
unsigned int segment_memory_need(void);

/** Remember what all segments take. */
void segment_memory_begin(struct segment_memory *memory);

/**
 * Count a segment that was removed.
 *
 * @param segment  as listed before
 */
void segment_memory_removed(struct segment_memory *memory, const struct shm_object *segment);

/** How many bytes the removed segments have given back. */
uint64_t segment_memory_freed(const struct segment_memory *memory);

#endif
