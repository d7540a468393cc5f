/*
 * The columns of shmtool users.
 */
#ifndef SHMTOOL_COMMANDS_USERS_COLUMNS_H
#define SHMTOOL_COMMANDS_USERS_COLUMNS_H

#include "objects/ref.h"
#include "output/report.h"
#include "system/cgroup.h"
#include "usage/operators.h"
#include "usage/scan.h"
#include "usage/unnamed_object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Values that columns need, as bits in struct column. */
enum {
	USERS_NEED_RESIDENT = 1 << 0,
	USERS_NEED_USED = 1 << 1,
	USERS_NEED_CGROUP = 1 << 2,
	USERS_NEED_ARGUMENTS = 1 << 3,
	USERS_NEED_LABEL = 1 << 4,
	USERS_NEED_ROLE = 1 << 5,
};

/** An object in use. */
struct used {
	const char *ref; /* empty if no REF can name it */
	const char *kind;
	const char *name;  /* of a POSIX object, memfd or removed file; NULL if none */
	const char *label; /* of SELinux, if a column needs it; NULL: none or unknown */
	const char *path;  /* of a file that is not listed; else NULL */
	bool knows_used;
	uint64_t used;                        /* bytes in memory and in swap */
	uint64_t huge_page;                   /* size of its huge pages; 0 if none */
	size_t object;                        /* index in the list; SIZE_MAX if not listed */
	const struct unnamed_object *unnamed; /* with --unnamed */
	struct operators_limits limits;       /* of a queue or set */
};

/** A row: an object and a process that uses it. */
struct user_row {
	const struct user *user;
	const struct used *used;
	bool has_resident;
	struct cgroup cgroup; /* of the process, if a column needs it */
	char *arguments;      /* of the process, if a column needs it; NULL: unknown */
	const char *role;     /* in a channel, if a column needs it; NULL: none */
};

extern const struct column_set user_columns;

/** The default columns of JSON, raw and export. */
extern const char user_machine_columns[];

/** The same where System V queues or semaphore sets are among the objects. */
extern const char user_operation_machine_columns[];

/** The same with --unnamed. */
extern const char user_unnamed_machine_columns[];

#endif
