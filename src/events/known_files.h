/*
 * The files of one directory of POSIX objects, as far as they are known: it is listed once, and the
 * reports of later changes update the list.
 */
#ifndef SHMTOOL_EVENTS_KNOWN_FILES_H
#define SHMTOOL_EVENTS_KNOWN_FILES_H

#include "error.h"
#include "events/file_map.h"
#include "objects/object.h"
#include "objects/posix_files.h"
#include "system/beneath.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/** A file, for as long as it exists. */
struct known_file {
	char *name;               /* in the directory: the one that was reported last */
	char *former;             /* before it was renamed to that one; NULL: it was not */
	struct shm_object object; /* without its name; its kind is that of the name */
	uint64_t links;           /* its names; EVENT_UNKNOWN */
	unsigned int round;       /* of known_files_list() that found it */
	bool is_ignored;   /* no object: not a regular file, or without a name from the start */
	bool is_gone;      /* it has no name any more */
	bool is_dead;      /* it does not exist any more */
	bool is_announced; /* its creation or end was passed on before it was reported */
	bool is_due;       /* in a list of the caller's */
	/*
	 * A semaphore is made under a temporary name: sem_open(3) of glibc and musl links it to its
	 * own name afterwards. NULL: the file had none.
	 */
	char *temporary;
	bool is_held;   /* its creation is not passed on yet, since it may be given its own name */
	uint64_t held;  /* since that time, in nanoseconds since 1970 */
	uint64_t heard; /* last report of it meanwhile */
	unsigned int what; /* happened meanwhile */
	pid_t pid;         /* of the process that made it */
	/* A removal that is to be passed on after what else is reported. NULL: none. */
	char *removed;
	pid_t remover;
	struct file_key key; /* allocated up to its last byte in use */
};

/** The files of a directory. */
struct known_files {
	const char *path;
	object_file_kind_fn *kind_of;
	bool by_name;  /* the keys are names, not handles */
	int directory; /* descriptor, not O_PATH */
	struct beneath beneath;
	struct file_map files; /* struct known_file by its key */
	struct file_map names; /* struct file_key by a name; unused if by_name */
	size_t gone;           /* files that are gone */
	size_t most;           /* files before the next known_files_sweep() has an effect */
	unsigned int round;    /* of known_files_list() */
};

/**
 * Prepare to know files.
 *
 * @param path     of the directory; must stay valid
 * @param by_name  handles are not available
 * @return 0, or -1 with errno; known_files_end() is due in both cases
 */
int known_files_begin(struct known_files *known, const char *path, object_file_kind_fn *kind_of,
                      bool by_name);

void known_files_end(struct known_files *known);

/** Process a file of the listing; is_new: it was not known. */
typedef void known_files_fn(struct known_file *file, bool is_new, void *state);

/**
 * List the directory, and add what is not known.
 *
 * @param take  called for each file, whose round is that of the listing; NULL: no function
 * @return 0, or -1 with error set if not all files can be listed
 */
int known_files_list(struct known_files *known, known_files_fn *take, void *state,
                     struct error *error);

/** Find a file by its key; NULL: unknown. */
struct known_file *known_files_find(const struct known_files *known, const struct file_key *key);

/** Find a file by a name; NULL: unknown. */
struct known_file *known_files_named(const struct known_files *known, const char *name);

/**
 * Add a file.
 *
 * @param name  in the directory
 * @return the file, all zero but for its key and name
 */
struct known_file *known_files_add(struct known_files *known, const struct file_key *key,
                                   const char *name);

/** Give a file a name, which is from now on the one that was reported last. */
void known_file_set_name(struct known_files *known, struct known_file *file, const char *name);

/** Take a name away from a file. */
void known_file_drop_name(struct known_files *known, const struct known_file *file,
                          const char *name);

/** Rename a file. Returns the file, which moves if by_name; it must not be due then. */
struct known_file *known_file_rename(struct known_files *known, struct known_file *file,
                                     const char *old_name, const char *name);

/** Record whether a file is gone. */
void known_file_set_gone(struct known_files *known, struct known_file *file, bool is_gone);

/**
 * Read the status of a file, if it exists, and update what is known; the number of links only if it
 * is unknown or by_name.
 *
 * @param name  that was reported; may be NULL
 * @return false if it is unknown
 */
bool known_file_look(const struct known_files *known, struct known_file *file, const char *name);

/** Check whether a file without a name still exists. False if that is unknown. */
bool known_file_exists(const struct known_files *known, const struct known_file *file);

/** by_name: set the number of links of a file under all its names. */
void known_files_set_links(struct known_files *known, ino_t inode, uint64_t links);

/**
 * Forget files whose end was not reported, because their last name was in another directory; by_name
 * those that are gone. Files that are due remain. This has no effect unless there are many.
 */
void known_files_sweep(struct known_files *known);

/** Forget a file. */
void known_files_remove(struct known_files *known, struct known_file *file);

#endif
