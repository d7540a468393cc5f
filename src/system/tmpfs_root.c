#include "system/tmpfs_root.h"

#include "system/linux.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static bool is_mount_root(int directory, uint64_t mount)
{
	struct statx status;
	uint64_t above;
	bool result;
	int parent;

	/* Linux 5.8. */
	if (statx(directory, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &status) == 0 &&
	    (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
		return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
	parent = openat(directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return false;
	result = mount_of_descriptor(parent, &above) == 0 && above != mount;
	close(parent);
	return result;
}

/* Our mount point of a file system that also holds other files; NULL if there is none. */
static const char *find_other_purpose(const struct mount_table *ours, dev_t device)
{
	static const char *const points[] = { "/", "/tmp", "/var/tmp", "/run", "/run/lock" };

	for (size_t i = 0; i < ours->count; i++) {
		const struct mount *mount = &ours->mounts[i];

		for (size_t j = 0; j < sizeof(points) / sizeof(points[0]); j++) {
			if (mount->device == device && strcmp(mount->point, points[j]) == 0)
				return points[j];
		}
	}
	return NULL;
}

static bool is_tmpfs(int directory)
{
	struct statfs fs;

	return fstatfs(directory, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

bool tmpfs_root_is(int directory, const struct mount_table *theirs, const struct mount_table *ours,
                   char why[TMPFS_ROOT_WHY_SIZE])
{
	const struct mount *shm = mount_table_at(ours, "/dev/shm");
	const struct mount *mount = NULL;
	const char *other;
	uint64_t id = 0;

	if (mount_of_descriptor(directory, &id) == 0)
		mount = mount_table_find(theirs, id);
	if (!is_tmpfs(directory)) {
		snprintf(why, TMPFS_ROOT_WHY_SIZE, "not a tmpfs%s%.32s",
		         mount != NULL ? " but on " : "", mount != NULL ? mount->type : "");
		return false;
	}
	/* Without /proc, nothing more can be checked. */
	if (theirs->count == 0 && is_mount_root(directory, id))
		return true;
	/* Part of the tmpfs at our own /dev/shm. */
	if (mount != NULL && shm != NULL && mount->device == shm->device &&
	    strcmp(shm->root, "/") == 0 && strcmp(shm->point, "/dev/shm") == 0)
		return true;
	if (mount == NULL || strcmp(mount->root, "/") != 0 || !is_mount_root(directory, id)) {
		snprintf(why, TMPFS_ROOT_WHY_SIZE,
		         "a directory in a tmpfs, not a tmpfs of its own");
		return false;
	}
	other = find_other_purpose(ours, mount->device);
	if (other != NULL) {
		snprintf(why, TMPFS_ROOT_WHY_SIZE, "the tmpfs that is also mounted at %s", other);
		return false;
	}
	return true;
}
