/*
 * Targets of a search for users: a segment by its id, a file by its device and inode.
 */
#ifndef SHMTOOL_USAGE_TARGET_H
#define SHMTOOL_USAGE_TARGET_H

#include "error.h"
#include "objects/object.h"
#include "objects/ref.h"

#include <stdbool.h>
#include <sys/types.h>

/** The target of a search. */
struct users_target {
	bool is_segment;     /* System V: the inode is the id, the devices are unused */
	bool is_memfd;       /* a memfd or anonymous memory */
	dev_t device;        /* as reported by stat(2) */
	dev_t mapped_device; /* as reported by /proc/PID/maps */
	ino_t inode;
};

/**
 * Make a target from an object of a listing or of held_find().
 *
 * @param object  of any kind; a semaphore set, a System V queue and a directory are never
 *                found
 * @param target  receives the target
 * @return 0, or -1 with errno if the directory of its kind can't be inspected
 */
int users_target_of_object(const struct shm_object *object, struct users_target *target);

/**
 * Make a target from a file, without opening it.
 *
 * @param ref  REF_FILE
 * @return 0, or -1 with error set
 */
int users_target_of_file(const struct ref *ref, struct users_target *target, struct error *error);

#endif
