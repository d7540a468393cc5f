/*
 * Changes to an existing object.
 */
#ifndef SHMTOOL_OBJECTS_CHANGE_H
#define SHMTOOL_OBJECTS_CHANGE_H

#include "system/account.h"

#include <stdbool.h>
#include <stdint.h>

/** The changes to make; everything else stays unchanged. */
struct object_change {
	const char *mode; /* checked by mode_check(), NULL for none */
	struct owner owner;
	bool resize;
	uint64_t bytes; /* with resize: the new size */
	bool lock;      /* into memory */
	bool unlock;
};

#endif
