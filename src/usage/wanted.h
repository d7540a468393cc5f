/*
 * The targets of a search, and which of them a mapping or a descriptor is of.
 */
#ifndef SHMTOOL_USAGE_WANTED_H
#define SHMTOOL_USAGE_WANTED_H

#include "system/process_maps.h"
#include "usage/memory_devices.h"
#include "usage/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct wanted_file {
	const struct users_target *target;
	size_t index; /* of the target */
};

/** All targets of a search. */
struct wanted {
	struct wanted_file *files; /* by inode */
	size_t count;
	dev_t *devices; /* of mappings, each once */
	size_t device_count;
	struct memory_devices segment_devices; /* where segments are; none if none is wanted */
	bool has_files;                        /* not only segments */
};

/**
 * Prepare a search.
 *
 * @param targets  kept
 * @param wanted   receives it, to be freed with wanted_free() also after a failure
 * @return 0, or -1 with errno ENOMEM
 */
int wanted_make(const struct users_target *targets, size_t count, struct wanted *wanted);

void wanted_free(struct wanted *wanted);

/** Tell whether any target is on a device, so that most mappings are passed over quickly. */
bool wanted_has_device(const struct wanted *wanted, dev_t device);

/**
 * Find the first target that a mapping can be of. Whether it is one of a segment or of another file
 * with the same number is not looked at.
 *
 * @return NULL if there is none
 */
const struct wanted_file *wanted_find_mapped(const struct wanted *wanted,
                                             const struct process_mapping *mapping);

/** The next one behind a file that was found. */
const struct wanted_file *wanted_next_mapped(const struct wanted *wanted,
                                             const struct wanted_file *file,
                                             const struct process_mapping *mapping);

/**
 * Find the first target, no segment, that an open file is.
 *
 * @param found  of statx(2)
 * @return NULL if there is none
 */
const struct wanted_file *wanted_find_open(const struct wanted *wanted, const struct statx *found);

/** The next one behind a file that was found. */
const struct wanted_file *wanted_next_open(const struct wanted *wanted,
                                           const struct wanted_file *file,
                                           const struct statx *found);

#endif
