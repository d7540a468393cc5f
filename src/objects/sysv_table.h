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
 * Look at the object of an index: SHM_STAT_ANY, MSG_STAT_ANY, SEM_STAT_ANY, since Linux 4.17. They
 * need no permission and change nothing. An id does as well for an index.
 *
 * @param index   of the kernel's array
 * @param object  receives what there is
 * @return the object's id; or -1 with errno: EINVAL or EIDRM if nothing lives there
 */
typedef int sysv_stat_fn(int index, struct shm_object *object);

/**
 * Look at an object of a walk.
 *
 * @param object  valid until the function returns
 * @param state   passed on
 */
typedef void sysv_visit_fn(const struct shm_object *object, void *state);

/** Fill in what all System V objects have. The object is all zero before. */
void sysv_fill(struct shm_object *object, enum object_kind kind, int id,
               const struct ipc_perm *perm);

/** The most columns that a file of /proc/sysvipc has. */
enum { SYSV_COLUMNS_MAX = 16 };

/** A line of /proc/sysvipc/shm, msg or sem: proc_sysvipc(5). */
struct sysv_row {
	uint64_t columns[SYSV_COLUMNS_MAX]; /* negative numbers wrap around */
	size_t count;                       /* of columns; at least SYSV_ROW_FIRST */
};

/** The columns that all three files begin with, and their number. */
enum { SYSV_ROW_KEY, SYSV_ROW_ID, SYSV_ROW_MODE, SYSV_ROW_FIRST };

/**
 * Look at a line.
 *
 * @param state  passed on
 * @return false if no more lines are wanted
 */
typedef bool sysv_row_fn(const struct sysv_row *row, void *state);

/**
 * Read a file of /proc/sysvipc.
 *
 * @param path   of the file
 * @param take   called for each line
 * @param state  passed on to it
 * @return 0, or -1 with errno if it can't be read to its end
 */
int sysv_read_rows(const char *path, sysv_row_fn *take, void *state);

/**
 * Fill in what all System V objects have, from a line.
 *
 * @param owner  the column of the owner; group, creator and the creator's group follow
 */
void sysv_fill_from_row(struct shm_object *object, enum object_kind kind,
                        const struct sysv_row *row, size_t owner);

/**
 * One of the kernel's arrays. Containers may refuse its system calls, by seccomp(2) or SELinux, while
 * /proc is readable: what the calls do not say is then taken from the file.
 */
struct sysv_table {
	const char *path;       /* its file */
	size_t columns;         /* that a line of the file must have */
	int (*highest)(void);   /* index; -1 with errno */
	sysv_stat_fn *stat_any; /* looks at one index */
	/* Fills an object, all zero before, from a line of the file. */
	void (*fill)(const struct sysv_row *row, struct shm_object *object);
};

/**
 * Tell whether an errno value says that a system call is refused as such, by seccomp(2) or a security
 * module, or that the kernel is without it.
 */
bool sysv_is_refused(int number);

/** Tell whether the kernel answers IPC_INFO of shmctl(2), msgctl(2) or semctl(2) for a kind. */
bool sysv_answers(enum object_kind kind);

/**
 * Look at all objects one after the other, in the kernel's order, without keeping them.
 *
 * @param visit  called for each
 * @param state  passed on to it
 * @return 0, or -1 with errno if some could not be looked at
 */
int sysv_table_walk(const struct sysv_table *table, sysv_visit_fn *visit, void *state);

/**
 * Add all objects to a list, in the kernel's order.
 *
 * @return 0, or -1 with errno if some could not be looked at: the others are in the list
 */
int sysv_table_list(const struct sysv_table *table, struct object_list *list);

/**
 * Look at the object of an id. Another id at its index means that it is gone.
 *
 * @param object  all zero before; receives it
 * @return 0, or -1 with errno: ENOENT if it is gone
 */
int sysv_table_look(const struct sysv_table *table, int id, struct shm_object *object);

/**
 * Add the object of an id to a list.
 *
 * @return 0, or -1 with errno: ENOENT if there is none, ENOMEM
 */
int sysv_table_find(const struct sysv_table *table, int id, struct object_list *list);

#endif
