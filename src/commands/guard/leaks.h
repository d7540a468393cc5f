/*
 * Objects that a program left behind.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_LEAKS_H
#define SHMTOOL_COMMANDS_GUARD_LEAKS_H

#include "error.h"
#include "events/makers.h"
#include "objects/kind.h"
#include "objects/object.h"
#include "objects/sum.h"
#include "output/buffer.h"
#include "output/column.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct leak {
	/*
	 * Comes first, so that a leak is a row for the columns of objects. For a file that is not an
	 * object, only owner, mode, size, name and inode are set.
	 */
	struct shm_object object;
	const char *word;        /* for a file that is not an object: "dir"; else NULL */
	const char *done;        /* action and reason; NULL if no action is needed */
	bool proven;             /* proven to be created by the program */
	bool removed;            /* removed, so no longer present */
	bool used;               /* in use, so kept */
	const struct make *make; /* the call that made it; NULL: unknown */
	struct buffer *scratch;  /* for values, while they are printed */
};

/** All zero is the empty list. */
struct leak_list {
	struct leak *leaks;
	size_t count;
	size_t proven; /* number proven to be created by the program */
	size_t
	    others; /* number of leaks that are not objects (directories, links ...); they come last */
	uint64_t bytes;             /* bytes of memory, each file counted once */
	struct object_list objects; /* owns the names */
	struct object_sum sum;      /* until leaks_sum() */
};

/**
 * Record the program's command as the creator of its objects. It has exited but is not reaped, so
 * its name can still be read.
 *
 * @param program  its pid
 */
void leaks_name_creator(struct leak_list *leaks, pid_t program);

/**
 * Find everything left in the private namespace of namespace_enter(). A segment marked for
 * destruction is not a leak, because it is removed at its last detach. Afterwards little is left
 * below /dev, see namespace_show_queues().
 *
 * @param shm    the device of its POSIX_DIRECTORY: other mounts there are not read
 * @param leaks  receives them, free with leaks_free(), also after a failure
 * @return 0, or -1 with error set if not everything could be read
 */
int leaks_find(dev_t shm, struct leak_list *leaks, struct error *error);

/** Add an object; there must be room for it. */
void leaks_add(struct leak_list *leaks, const struct shm_object *object);

/**
 * Add files in POSIX_DIRECTORY that are not objects: directories with their contents, links, FIFOs,
 * and new files in directories that existed before.
 *
 * @param is_known  whether an inode existed before; NULL if none did
 * @return 0, or -1 with error set if not everything could be read
 */
int leaks_add_others(struct leak_list *leaks, bool (*is_known)(void *closure, ino_t inode),
                     void *closure, struct error *error);

/** Find the calls that made them; makers must outlive the list. */
void leaks_find_origins(struct leak_list *leaks, const struct makers *makers);

/** Compute bytes after all leaks were added. */
void leaks_sum(struct leak_list *leaks);

/** The word for the kind of a leak: "shm", "dir". */
const char *leak_word(const struct leak *leak);

/** The name of a leak: a REF or a path. Uses scratch if it must be built. */
const char *leak_name(const struct leak *leak, char scratch[REF_TEXT_SIZE]);

void leaks_free(struct leak_list *leaks);

/**
 * Print them as a table.
 *
 * @param stream  to print to
 * @param columns  its columns, "a,b"
 * @return 0, or -1 with error set
 */
int leaks_print_table(const struct leak_list *leaks, FILE *stream, const char *columns,
                      struct error *error);

/** Print their known origins, each with the REFs of its objects; folded if this is a terminal. */
void leaks_print_origins(const struct leak_list *leaks, FILE *stream);

/** Print them as a JSON array. */
int leaks_print_json(const struct leak_list *leaks, FILE *stream, struct error *error);

#endif
