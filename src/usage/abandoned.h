/*
 * The verdict "abandoned": unused, old enough, and no program comes back for it.
 */
#ifndef SHMTOOL_USAGE_ABANDONED_H
#define SHMTOOL_USAGE_ABANDONED_H

#include "error.h"
#include "objects/object.h"

#include <stdint.h>

/** The age at which an unused object can count as abandoned if the user gives none, in seconds. */
enum { ABANDONED_AGE = 600 };

/**
 * Of the objects of a list that verdict_collect() found unused, tell which are abandoned: usage/fate.h
 * decides, and no companion may be in use. The others keep their verdict, as do those that are known to
 * be abandoned.
 *
 * @param age    that they must have, in seconds since their creation or last change
 * @param error  receives why nothing is known of families
 * @return 0, or -1; then no verdict was changed
 */
int abandoned_collect(struct object_list *list, uint64_t age, struct error *error);

#endif
