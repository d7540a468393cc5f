/*
 * The kernel's arrays of System V objects: segments, message queues, semaphore sets. Each has an
 * index, which is the lower part of its id.
 */
#ifndef SHMTOOL_OBJECTS_SYSV_TABLE_H
#define SHMTOOL_OBJECTS_SYSV_TABLE_H

#include "objects/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ipc.h>

/**
 * Read the object with an index: SHM_STAT_ANY, MSG_STAT_ANY, SEM_STAT_ANY, since Linux 4.17, which
 * need no permission and have no side effects. An id can be passed as an index.
 *
 * @param index   of the kernel's array
 * @param object  receives the object
 * @return the object's id; or -1 with errno: EINVAL or EIDRM if there is no object
 */
typedef int sysv_stat_fn(int index, struct shm_object *object);

/**
 * Visit an object of a walk.
 *
 * @param object  valid until the function returns
 * @param state   the caller's
 */
typedef void sysv_visit_fn(const struct shm_object *object, void *state);

/** Set the members common to all System V objects. The object must be all zero. */
void sysv_fill(struct shm_object *object, enum object_kind kind, int id,
               const struct ipc_perm *perm);

/** The maximum number of columns of a file of /proc/sysvipc. */
enum { SYSV_COLUMNS_MAX = 16 };

/** A line of /proc/sysvipc/shm, msg or sem: proc_sysvipc(5). */
struct sysv_row {
	uint64_t columns[SYSV_COLUMNS_MAX]; /* negative numbers wrap around */
	size_t count;                       /* of columns; at least SYSV_ROW_FIRST */
};

/** The first columns of all three files, and their number. */
enum { SYSV_ROW_KEY, SYSV_ROW_ID, SYSV_ROW_MODE, SYSV_ROW_FIRST };

/**
 * Parse the numbers of a line.
 *
 * @return false if it is the heading
 */
bool sysv_row_parse(const char *line, struct sysv_row *row);

/**
 * Process a line.
 *
 * @param state  the caller's
 * @return false to stop reading
 */
typedef bool sysv_row_fn(const struct sysv_row *row, void *state);

/**
 * Read a file of /proc/sysvipc.
 *
 * @param path   of the file
 * @param take   called for each line
 * @param state  passed to take
 * @return 0, or -1 with errno if it can't be read to its end
 */
int sysv_read_rows(const char *path, sysv_row_fn *take, void *state);

/**
 * Set the members common to all System V objects, from a line.
 *
 * @param owner  the column of the owner; group, creator and the creator's group follow
 */
void sysv_fill_from_row(struct shm_object *object, enum object_kind kind,
                        const struct sysv_row *row, size_t owner);

/**
 * One of the kernel's arrays. A container may deny its system calls, by seccomp(2) or SELinux,
 * while
 * /proc is readable: the file is then read instead.
 */
struct sysv_table {
	const char *path;       /* its file */
	size_t columns;         /* minimum of a line of the file */
	int (*highest)(void);   /* returns the highest index, or -1 with errno */
	sysv_stat_fn *stat_any; /* reads one index */
	/* Fills a zeroed object from a line of the file. */
	void (*fill)(const struct sysv_row *row, struct shm_object *object);
};

/**
 * Check whether an errno value means that a system call itself is denied, by seccomp(2) or a
 * security module, or is missing from the kernel.
 */
bool sysv_is_refused(int number);

/** Check whether IPC_INFO of shmctl(2), msgctl(2) or semctl(2) succeeds for a kind. */
bool sysv_answers(enum object_kind kind);

/**
 * Visit all objects one after the other, in the kernel's order, without storing them.
 *
 * @param visit  called for each object
 * @param state  passed to visit
 * @return 0, or -1 with errno if some could not be read
 */
int sysv_table_walk(const struct sysv_table *table, sysv_visit_fn *visit, void *state);

/**
 * Add all objects to a list, in the kernel's order.
 *
 * @return 0, or -1 with errno if some could not be read: the list holds the others
 */
int sysv_table_list(const struct sysv_table *table, struct object_list *list);

/**
 * Read the object with an id. If there is another id at its index, it is gone.
 *
 * @param object  must be all zero; receives the object
 * @return 0, or -1 with errno: ENOENT if it is gone
 */
int sysv_table_look(const struct sysv_table *table, int id, struct shm_object *object);

/**
 * Add the object with an id to a list.
 *
 * @return 0, or -1 with errno: ENOENT if it does not exist
 */
int sysv_table_find(const struct sysv_table *table, int id, struct object_list *list);

#endif
