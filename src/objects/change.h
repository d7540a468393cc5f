/*
 * Changes to an object that exists.
 */
#ifndef SHMTOOL_OBJECTS_CHANGE_H
#define SHMTOOL_OBJECTS_CHANGE_H

#include "system/account.h"

#include <stdbool.h>
#include <stdint.h>

/** Changes; what is not given stays as it is. */
struct object_change {
	const char *mode; /* checked by mode_check(), NULL for none */
	struct owner owner;
	bool resize;
	uint64_t bytes; /* with resize: the new size */
	bool lock;      /* into memory */
	bool unlock;
};

#endif
