#include "usage/wanted.h"

#include "base/memory.h"
#include "base/sorted.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

bool wanted_has_device(const struct wanted *wanted, dev_t device)
{
	if (wanted->segment_devices.unknown)
		return true;
	for (size_t i = 0; i < wanted->device_count; i++) {
		if (wanted->devices[i] == device)
			return true;
	}
	return false;
}

static void add_device(struct wanted *wanted, dev_t device)
{
	if (!wanted_has_device(wanted, device))
		wanted->devices[wanted->device_count++] = device;
}

static int compare_inodes(const void *left, const void *right)
{
	const struct wanted_file *a = left;
	const struct wanted_file *b = right;

	if (a->target->inode != b->target->inode)
		return a->target->inode < b->target->inode ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

void wanted_make(const struct users_target *targets, size_t count, struct wanted *wanted)
{
	bool has_segments = false;

	memset(wanted, 0, sizeof(*wanted));
	wanted->files = needed_array(count, sizeof(*wanted->files));
	wanted->devices = needed_array(count + MEMORY_DEVICES_MAX, sizeof(*wanted->devices));
	for (size_t i = 0; i < count; i++) {
		wanted->files[i].target = &targets[i];
		wanted->files[i].index = i;
		if (targets[i].is_segment) {
			has_segments = true;
		} else {
			wanted->has_files = true;
			add_device(wanted, targets[i].mapped_device);
		}
	}
	wanted->count = count;
	qsort(wanted->files, count, sizeof(*wanted->files), compare_inodes);
	if (has_segments)
		memory_devices_find(&wanted->segment_devices);
	for (size_t i = 0; i < wanted->segment_devices.count; i++)
		add_device(wanted, wanted->segment_devices.devices[i]);
}

void wanted_free(struct wanted *wanted)
{
	free(wanted->files);
	free(wanted->devices);
	wanted->files = NULL;
	wanted->devices = NULL;
	wanted->count = 0;
}

static int compare_inode(const void *item, const void *key)
{
	const ino_t inode = ((const struct wanted_file *)item)->target->inode;
	const ino_t wanted = *(const ino_t *)key;

	return (inode > wanted) - (inode < wanted);
}

/* Index of the first file with an inode, or of its insertion point. */
static size_t find_inode(const struct wanted *wanted, ino_t inode)
{
	return sorted_place(wanted->files, wanted->count, sizeof(*wanted->files), &inode,
	                    compare_inode);
}

static const struct wanted_file *match_mapped(const struct wanted *wanted, size_t index,
                                              const struct process_mapping *mapping)
{
	for (; index < wanted->count; index++) {
		const struct wanted_file *file = &wanted->files[index];

		if (file->target->inode != mapping->inode)
			break;
		if (file->target->is_segment
		        ? memory_devices_have(&wanted->segment_devices, mapping->device)
		        : file->target->mapped_device == mapping->device)
			return file;
	}
	return NULL;
}

const struct wanted_file *wanted_find_mapped(const struct wanted *wanted,
                                             const struct process_mapping *mapping)
{
	return match_mapped(wanted, find_inode(wanted, mapping->inode), mapping);
}

const struct wanted_file *wanted_next_mapped(const struct wanted *wanted,
                                             const struct wanted_file *file,
                                             const struct process_mapping *mapping)
{
	return match_mapped(wanted, (size_t)(file - wanted->files) + 1, mapping);
}

static const struct wanted_file *match_open(const struct wanted *wanted, size_t index,
                                            const struct statx *found)
{
	const dev_t device = makedev(found->stx_dev_major, found->stx_dev_minor);

	for (; index < wanted->count; index++) {
		const struct wanted_file *file = &wanted->files[index];

		if (file->target->inode != found->stx_ino)
			break;
		if (!file->target->is_segment && file->target->device == device)
			return file;
	}
	return NULL;
}

const struct wanted_file *wanted_find_open(const struct wanted *wanted, const struct statx *found)
{
	return match_open(wanted, find_inode(wanted, (ino_t)found->stx_ino), found);
}

const struct wanted_file *wanted_next_open(const struct wanted *wanted,
                                           const struct wanted_file *file,
                                           const struct statx *found)
{
	return match_open(wanted, (size_t)(file - wanted->files) + 1, found);
}
