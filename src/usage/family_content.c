#include "usage/family_content.h"

#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "system/beneath.h"
#include "system/lease.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int open_unleased(int directory, const struct shm_object *object)
{
	const struct beneath beneath = beneath_begin(directory);
	struct lease_list leases;
	bool is_leased;

	if (lease_read(directory, &leases) < 0)
		return -1;
	is_leased = lease_is_held(&leases, object->inode);
	lease_free(&leases);
	/* Only the owner and root may read without updating the access time. */
	return is_leased ? -1 : object_files_open(&beneath, object, O_RDONLY | O_NOATIME);
}

int family_content_open(const struct shm_object *object)
{
	struct statfs fs;
	int directory;
	int fd;

	/* The directory of another place is no longer open. */
	if (!(KIND_BIT(object->kind) & KINDS_DEVSHM) || object->place != 0 ||
	    object_is_held(object) || (object->known & KNOWN_COVERED))
		return -1;
	directory = posix_open_directory();
	if (directory < 0)
		return -1;
	fd = open_unleased(directory, object);
	close(directory);
	if (fd >= 0 && (fstatfs(fd, &fs) < 0 || fs.f_type != TMPFS_MAGIC)) {
		close(fd);
		return -1;
	}
	return fd;
}

bool family_content_read(int fd, int64_t offset, void *target, size_t size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	if (offset < 0)
		offset += st.st_size;
	return offset >= 0 && pread(fd, target, size, offset) == (ssize_t)size;
}
