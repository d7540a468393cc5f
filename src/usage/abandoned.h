/*
 * The verdict "abandoned": unused, old enough, and no program will use the object again.
 */
#ifndef SHMTOOL_USAGE_ABANDONED_H
#define SHMTOOL_USAGE_ABANDONED_H

#include "error.h"
#include "objects/object.h"

#include <stdint.h>

/** The default minimum age of an abandoned object, in seconds. */
enum { ABANDONED_AGE = 600 };

/**
 * Change the verdict of abandoned objects among those that verdict_collect() found unused:
 * usage/fate.h decides, and no companion may be in use. The other objects keep their verdict, as do
 * those that are already abandoned.
 *
 * @param age    minimum age, in seconds since the creation or last change
 * @param error  set on failure: the families can't be loaded
 * @return 0, or -1 with all verdicts unchanged
 */
int abandoned_collect(struct object_list *list, uint64_t age, struct error *error);

#endif
