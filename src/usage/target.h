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
	bool is_segment;     /* System V: the inode is the id, the devices say nothing */
	bool is_memfd;       /* what a descriptor refers to and no name does, in memory */
	dev_t device;        /* as stat(2) has it */
	dev_t mapped_device; /* as /proc/PID/maps has it */
	ino_t inode;
};

/**
 * Make the target of an object that was listed or that a REF named, held_find().
 *
 * @param object  KIND_SHM, KIND_PSHM, KIND_PSEM or KIND_PMSG
 * @param target  receives it
 * @return 0, or -1 with errno if the directory of its kind can't be looked at
 */
int users_target_of_object(const struct shm_object *object, struct users_target *target);

/**
 * Make the target of a file. It is not opened.
 *
 * @param ref  REF_FILE
 * @return 0, or -1 with error set
 */
int users_target_of_file(const struct ref *ref, struct users_target *target, struct error *error);

#endif
