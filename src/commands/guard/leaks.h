/*
 * Objects that a program has left behind.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_LEAKS_H
#define SHMTOOL_COMMANDS_GUARD_LEAKS_H

#include "error.h"
#include "objects/kind.h"
#include "objects/object.h"
#include "objects/sum.h"
#include "output/column.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct leak {
	struct shm_object
	    object;       /* comes first: a leak is a row also for the columns of objects; of what
	                           * is not an object, owner, mode, size, name and inode */
	const char *word; /* of what is not an object: "dir"; else NULL */
	const char *done; /* about it, and why; NULL if nothing has to be done */
	bool proven;      /* to be the program's */
	bool removed;     /* and so not there any more */
	bool used;        /* and kept for that */
};

/** All zero is the empty list. */
struct leak_list {
	struct leak *leaks;
	size_t count;
	size_t proven;  /* how many are proven to be the program's */
	size_t others;  /* how many are not objects: directories, links ...; the last ones */
	uint64_t bytes; /* of the memory among them, each file once */
	struct object_list objects; /* owns the names */
	struct object_sum sum;      /* until leaks_sum() */
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

/**
 * Add what is in POSIX_DIRECTORY and is not an object: directories with all that is in them, links, FIFOs,
 * and new files in directories that were there before.
 *
 * @param is_known  tells by the inode what was there before; NULL if nothing was
 * @return 0, or -1 with error set if not all could be looked at
 */
int leaks_add_others(struct leak_list *leaks, bool (*is_known)(void *closure, ino_t inode),
                     void *closure, struct error *error);

/** When all have been added: set bytes. */
void leaks_sum(struct leak_list *leaks);

/** The word for the kind of a leak: "shm", "dir". */
const char *leak_word(const struct leak *leak);

/** The name of a leak: a REF, or a path. It is put into scratch if it has to be made. */
const char *leak_name(const struct leak *leak, char scratch[REF_TEXT_SIZE]);

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
