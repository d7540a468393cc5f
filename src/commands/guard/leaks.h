/*
 * What a program has left behind.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_LEAKS_H
#define SHMTOOL_COMMANDS_GUARD_LEAKS_H

#include "error.h"
#include "objects/object.h"
#include "output/column.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct leak {
	struct shm_object object; /* comes first: a leak is a row also for the columns of objects */
	const char *done;         /* about it, and why; NULL if nothing has to be done */
	bool proven;              /* to be the program's */
	bool removed;             /* and so not there any more */
	bool used;                /* and kept for that */
};

/** All zero is the empty list. */
struct leak_list {
	struct leak *leaks;
	size_t count;
	size_t proven; /* how many are proven to be the program's */
	size_t others; /* entries of POSIX_DIRECTORY that are no objects: directories, links ... */
	char other[NAME_MAX + 1];   /* the name of one of them */
	struct object_list objects; /* owns the names */
};

/**
 * Note the command of a program as that of what it has made: it has ended, but was not yet waited
 * for, and so can still be asked for its name.
 *
 * @param program  its pid
 */
void leaks_name_creator(struct leak_list *leaks, pid_t program);

/**
 * Find all that is left in the private namespace of namespace_enter(). A segment that is marked for
 * destruction is no leak: it goes by itself. Afterwards little is left below /dev, see
 * namespace_show_queues().
 *
 * @param shm    the device of its POSIX_DIRECTORY: nothing else that was mounted there is looked at
 * @param leaks  receives them, to be freed with leaks_free() also after a failure
 * @return 0, or -1 with error set if not all could be looked at
 */
int leaks_find(dev_t shm, struct leak_list *leaks, struct error *error);

/** Add an object; there must be room for it. */
void leaks_add(struct leak_list *leaks, const struct shm_object *object);

/** The sizes of the memory among them, in bytes; a file with several names counts once. */
uint64_t leaks_bytes(const struct leak_list *leaks);

void leaks_free(struct leak_list *leaks);

/**
 * Print them as a table for people.
 *
 * @param stream  to print to
 * @param columns  of it, "a,b"
 * @return 0, or -1 with error set
 */
int leaks_print_table(const struct leak_list *leaks, FILE *stream, const char *columns,
                      struct error *error);

/** Print them as a JSON array. */
int leaks_print_json(const struct leak_list *leaks, FILE *stream, struct error *error);

#endif
