#include "usage/target.h"

#include "objects/posix_files.h"
#include "objects/ref_file.h"
#include "system/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

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

int wanted_make(const struct users_target *targets, size_t count, struct wanted *wanted)
{
	bool has_segments = false;

	memset(wanted, 0, sizeof(*wanted));
	wanted->files = calloc(count + 1, sizeof(*wanted->files));
	wanted->devices = calloc(count + MEMORY_DEVICES_MAX, sizeof(*wanted->devices));
	if (wanted->files == NULL || wanted->devices == NULL)
		return -1;
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
	return 0;
}

void wanted_free(struct wanted *wanted)
{
	free(wanted->files);
	free(wanted->devices);
	wanted->files = NULL;
	wanted->devices = NULL;
	wanted->count = 0;
}

/* The first with an inode, or where it would stand. */
static size_t find_inode(const struct wanted *wanted, ino_t inode)
{
	size_t low = 0;
	size_t high = wanted->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (wanted->files[middle].target->inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
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

dev_t users_mount_device(const char *path, dev_t device)
{
	struct statx found;
	char *line = NULL;
	size_t size = 0;
	FILE *stream;

	/* Linux 5.8. */
	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &found) < 0 ||
	    !(found.stx_mask & STATX_MNT_ID) ||
	    (stream = fopen("/proc/self/mountinfo", "re")) == NULL)
		return device;
	while (getline(&line, &size, stream) > 0) {
		unsigned long long mount;
		unsigned int device_major;
		unsigned int device_minor;

		if (sscanf(line, "%llu %*d %u:%u ", &mount, &device_major, &device_minor) == 3 &&
		    mount == found.stx_mnt_id) {
			device = makedev(device_major, device_minor);
			break;
		}
	}
	free(line);
	(void)fclose(stream);
	return device;
}

/* What stat(2) says of an object's file may be another device than that of its directory: overlayfs. */
static dev_t find_file_device(const struct shm_object *object, const struct stat *directory)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s%s", place_posix_directory(),
	         object_file_prefix(object->kind), object->name + 1);
	if (lstat(path, &st) < 0 || st.st_ino != object->inode)
		return directory->st_dev;
	return st.st_dev;
}

int users_target_of_object(const struct shm_object *object, struct users_target *target)
{
	const char *directory = place_posix_directory();
	struct statfs fs;
	struct stat st;

	memset(target, 0, sizeof(*target));
	if (object->kind == KIND_SHM) {
		target->is_segment = true;
		target->inode = (ino_t)object->id;
		return 0;
	}
	if (stat(directory, &st) < 0 || statfs(directory, &fs) < 0)
		return -1;
	target->device = st.st_dev;
	target->mapped_device = st.st_dev;
	target->inode = object->inode;
	/* A container may have a plain directory there. */
	if (fs.f_type != TMPFS_MAGIC) {
		target->device = find_file_device(object, &st);
		target->mapped_device = users_mount_device(directory, st.st_dev);
	}
	return 0;
}

int users_target_of_ref(const struct ref *ref, struct users_target *target, struct error *error)
{
	struct memory_devices devices;
	char path[REF_FILE_PATH_SIZE];
	struct stat st;

	memset(target, 0, sizeof(*target));
	if (ref_file_look(ref, &st, error) < 0)
		return -1;
	if (ref->kind == REF_FD)
		ref_file_descriptor_path(ref, path);
	target->device = st.st_dev;
	target->inode = st.st_ino;
	target->mapped_device =
	    users_mount_device(ref->kind == REF_FD ? path : ref->path, st.st_dev);
	memory_devices_find(&devices);
	target->is_memfd = st.st_nlink == 0 && memory_devices_have(&devices, st.st_dev);
	return 0;
}
