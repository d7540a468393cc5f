/*
 * The rows of a removal: each candidate and the result.
 */
#ifndef SHMTOOL_COMMANDS_RM_COLUMNS_H
#define SHMTOOL_COMMANDS_RM_COLUMNS_H

#include "objects/object.h"
#include "output/column.h"
#include "usage/companions.h"

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

/** Reasons that differ only in numbers and names. */
enum kept_as {
	KEPT_OTHER, /* the text is the same for all objects that are kept for this reason */
	KEPT_YOUNG,
	KEPT_RECENT, /* not idle for long enough */
	KEPT_USED,
	KEPT_MAKER,     /* its creator may still run */
	KEPT_FAMILY,    /* by the rules of its family */
	KEPT_COMPANION, /* because an object of the same instance is kept */
};

struct removal_row {
	const struct shm_object *object;
	enum removal_action action;
	bool is_decided; /* action is final */
	bool is_used;    /* kept because a process uses it */
	bool
	    is_unproven; /* kept because nothing proves it unused; is_used: a process may be seen */
	bool is_stray;   /* a directory of no family, with --abandoned */
	bool is_hidden;  /* a directory that is of no interest */
	const struct companion_group *group; /* its companions; NULL: none */
	uint64_t age;   /* seconds since creation or last change, when it was listed */
	uint64_t freed; /* bytes of memory freed by the removal of a file */
	enum kept_as kept_as;
	const char *kept_family; /* of KEPT_FAMILY and KEPT_COMPANION; else NULL */
	char *why;               /* NULL if there is none, as for most removed objects */
};

/** All columns; rows are const struct removal_row *. */
extern const struct column_set removal_columns;

/** The default columns of JSON, raw and export. */
extern const char removal_machine_columns[];

#endif
