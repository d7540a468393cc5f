#include "usage/family_content.h"

#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "objects/tree.h"
#include "system/beneath.h"
#include "system/lease.h"
#include "system/process.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/*
 * Whether a file is leased. The leases are read once a second: users can hold any number of locks,
 * and the kernel lists all of them. One cache for the process, not for threads: rm matches families
 * before its threads begin.
 */
static bool is_leased(int directory, ino_t inode)
{
	enum { MILLISECONDS = 1000 };
	static struct lease_list leases;
	static dev_t device;
	static uint64_t until;
	struct stat st;

	if (fstat(directory, &st) < 0)
		return true;
	if (st.st_dev != device || process_clock() >= until) {
		lease_free(&leases);
		until = 0;
		if (lease_read(directory, &leases) < 0)
			return true;
		device = st.st_dev;
		until = process_clock() + MILLISECONDS;
	}
	return lease_is_held(&leases, inode);
}

int family_content_open(const struct shm_object *object)
{
	struct beneath beneath;
	struct statfs fs;
	int directory;
	int fd;

	/* The directory of another place is no longer open. */
	if (!(KIND_BIT(object->kind) & KINDS_DEVSHM) || object->place != 0 ||
	    object_is_held(object) || (object->known & KNOWN_COVERED))
		return -1;
	directory = object_open_parent(object);
	if (directory < 0)
		return -1;
	beneath = beneath_begin(directory);
	/* Only the owner and root may read without updating the access time. */
	fd = is_leased(directory, object->inode)
	         ? -1
	         : object_files_open(&beneath, object, O_RDONLY | O_NOATIME);
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
