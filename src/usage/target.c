#include "usage/target.h"

#include "base/descriptor.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "objects/posix_queue.h"
#include "objects/ref_file.h"
#include "objects/tree.h"
#include "system/beneath.h"
#include "system/mount.h"
#include "system/place.h"
#include "usage/held.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

/* On overlayfs, the device of a file may differ from that of its directory. */
static dev_t find_file_device(const struct shm_object *object, const struct stat *directory)
{
	const int parent = object_open_parent(object);
	const struct beneath beneath = beneath_begin(parent);
	char file[POSIX_FILE_SIZE];
	struct stat st;
	bool is_found;

	object_file_name(object, file);
	is_found = beneath_stat(&beneath, file, &st) == 0 && st.st_ino == object->inode;
	descriptor_close(parent);
	return is_found ? st.st_dev : directory->st_dev;
}

/*
 * Make the target of a descriptor or mapping. If its path now leads elsewhere, mapped_device is the
 * device of stat(2), from which it differs only on a subvolume.
 */
static void make_held_target(const struct shm_object *object, struct users_target *target)
{
	char path[REF_FILE_PATH_SIZE];
	struct error error;
	struct ref ref;

	target->inode = object->inode;
	target->device = object->held_device;
	target->mapped_device = object->held_device;
	target->is_memfd = held_is_kernel_memory(object);
	if (target->is_memfd || ref_parse(object->held_ref, REF_SHOWN, &ref, &error) < 0)
		return;
	ref_file_descriptor_path(&ref, path);
	target->mapped_device = mount_device(path, object->held_device);
}

int users_target_of_object(const struct shm_object *object, struct users_target *target)
{
	const bool is_queue = object->kind == KIND_PMSG;
	const char *directory = is_queue ? place_queue_directory() : place_posix_directory();
	struct statfs fs;
	struct stat st;
	char path[32];

	memset(target, 0, sizeof(*target));
	/* No file is one. */
	if (object->kind == KIND_SEM || object->kind == KIND_MSG || object->kind == KIND_DIR) {
		target->inode = (ino_t)-1;
		return 0;
	}
	if (object->kind == KIND_SHM) {
		target->is_segment = true;
		target->inode = (ino_t)object->id;
		return 0;
	}
	if (object_is_held(object)) {
		make_held_target(object, target);
		return 0;
	}
	/* The device of queues is known only while their file system is mounted. */
	if (is_queue && !posix_queue_is_mounted()) {
		errno = ENODEV;
		return -1;
	}
	if (object_tree(object) != NULL) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d",
		         object_tree(object)->top.directory);
		directory = path;
	}
	if (stat(directory, &st) < 0 || statfs(directory, &fs) < 0)
		return -1;
	target->device = st.st_dev;
	target->mapped_device = st.st_dev;
	target->inode = object->inode;
	/* In a container it may be a plain directory. */
	if (!is_queue && fs.f_type != TMPFS_MAGIC && fs.f_type != HUGETLBFS_MAGIC) {
		target->device = find_file_device(object, &st);
		target->mapped_device = mount_device(directory, st.st_dev);
	}
	return 0;
}

int users_target_of_file(const struct ref *ref, struct users_target *target, struct error *error)
{
	struct stat st;

	memset(target, 0, sizeof(*target));
	if (ref_file_look(ref, &st, error) < 0)
		return -1;
	target->device = st.st_dev;
	target->inode = st.st_ino;
	target->mapped_device = mount_device(ref->path, st.st_dev);
	return 0;
}
