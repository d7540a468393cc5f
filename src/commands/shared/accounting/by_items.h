/*
 * The memory that is added up by owner, family and the like: objects of all IPC namespaces, memory
 * without a name, and file systems in memory with all that is in no object.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_ACCOUNTING_BY_ITEMS_H
#define SHMTOOL_COMMANDS_SHARED_ACCOUNTING_BY_ITEMS_H

#include "error.h"
#include "objects/filter.h"
#include "objects/object.h"
#include "system/tmpfs_list.h"
#include "usage/blind.h"
#include "usage/unnamed.h"
#include "usage/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/** An object, or all other files of a file system. */
struct by_item {
	const char *kind;
	const char *place;               /* mount point; NULL: it is in no directory */
	const char *family;              /* NULL: none */
	const struct shm_object *object; /* NULL: a file system */
	ino_t namespace;                 /* IPC namespace; 0: unknown */
	uint64_t count;                  /* objects, or files */
	uint64_t bytes;                  /* in memory and in swap */
	time_t time;                     /* created or changed, seconds since 1970; 0: unknown */
	dev_t device;                    /* file system of a file; 0: it is in none */
	bool is_removed;                 /* the file is in no directory */
	bool has_owner;                  /* the owner of the object is known */
	enum object_use use;
	const struct object_user *users; /* by pid */
	uint32_t user_count;
};

/** The request. */
struct by_request {
	const struct object_filter *filter; /* of objects; its kinds may be 0 */
	unsigned int unnamed;               /* kinds of memory without a name: UNNAMED_BIT() */
	bool with_namespaces;               /* also segments of other IPC namespaces */
	bool with_mounts;                   /* also file systems */
	bool with_places;                   /* find mount points, also for files and mounts */
	bool with_files;                    /* their files are objects, where that is possible */
	bool with_families;                 /* find families */
	bool with_users;                    /* find processes */
};

/** All zero is the empty list. */
struct by_items {
	struct by_item *items;
	size_t count;
	size_t unknown;             /* objects whose memory is unknown, and file systems */
	bool is_partial;            /* some directories could not be read */
	bool knows_namespaces;      /* all IPC namespaces were found */
	size_t hidden;              /* IPC namespaces that can't be entered */
	size_t left_out;            /* objects omitted by a filter, because their use is unknown */
	struct object_list **lists; /* of the namespaces */
	size_t list_count;
	struct unnamed_list unnamed;
	struct tmpfs_list mounts;
	char **texts; /* composed places */
	size_t text_count;
	struct object_user **users; /* of memory without a name, and holders */
	size_t users_count;
};

/**
 * Collect the items. Leaves the process in another IPC namespace.
 *
 * @param items  receives them; free with by_items_free(), also on failure
 * @param error  set on failure
 * @return 0; or -1 if something could not be listed: the list holds the rest
 */
int by_items_collect(const struct by_request *request, struct by_items *items, struct error *error);

void by_items_free(struct by_items *items);

#endif
