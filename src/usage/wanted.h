/*
 * The targets of a scan, with lookup by mapping and by descriptor.
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

/** All targets of a scan. */
struct wanted {
	struct wanted_file *files; /* sorted by inode */
	size_t count;
	dev_t *devices; /* of mappings, each once */
	size_t device_count;
	struct memory_devices segment_devices; /* of segments; empty if no target is a segment */
	bool has_files;                        /* not all targets are segments */
};

/**
 * Build the lookup.
 *
 * @param targets  borrowed
 * @param wanted   receives the lookup; free with wanted_free(), also on failure
 */
void wanted_make(const struct users_target *targets, size_t count, struct wanted *wanted);

void wanted_free(struct wanted *wanted);

/** Check whether any target is on a device, so that most mappings are skipped quickly. */
bool wanted_has_device(const struct wanted *wanted, dev_t device);

/**
 * Find the first target with the device and inode of a mapping. A segment is not distinguished from
 * another file with the same inode number.
 *
 * @return NULL if there is none
 */
const struct wanted_file *wanted_find_mapped(const struct wanted *wanted,
                                             const struct process_mapping *mapping);

/** The next match after a file that was found. */
const struct wanted_file *wanted_next_mapped(const struct wanted *wanted,
                                             const struct wanted_file *file,
                                             const struct process_mapping *mapping);

/**
 * Find the first target, other than a segment, that is an open file.
 *
 * @param found  the file's status, from statx(2)
 * @return NULL if there is none
 */
const struct wanted_file *wanted_find_open(const struct wanted *wanted, const struct statx *found);

/** The next match after a file that was found. */
const struct wanted_file *wanted_next_open(const struct wanted *wanted,
                                           const struct wanted_file *file,
                                           const struct statx *found);

#endif
