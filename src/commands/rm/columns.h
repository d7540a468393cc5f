/*
 * The rows of a removal: each candidate, and what became of it.
 */
#ifndef SHMTOOL_COMMANDS_RM_COLUMNS_H
#define SHMTOOL_COMMANDS_RM_COLUMNS_H

#include "objects/object.h"
#include "output/column.h"

#include <stdbool.h>
#include <stdint.h>

/** The action taken. An undecided object is kept. */
enum removal_action {
	ACTION_KEPT,
	ACTION_REMOVED,
	ACTION_WOULD_REMOVE,
	ACTION_FAILED,
	ACTIONS,
};

struct removal_row {
	const struct shm_object *object;
	enum removal_action action;
	bool is_used;   /* kept, because somebody uses it */
	uint64_t age;   /* when it was listed: seconds since creation or last change */
	uint64_t freed; /* bytes of memory that the removal of a file gave back */
	char *why;      /* NULL if there is nothing to say; most of many are removed */
};

/** All columns; rows are const struct removal_row *. */
extern const struct column_set removal_columns;

/** The default columns of JSON, raw and export. */
extern const char removal_machine_columns[];

#endif
