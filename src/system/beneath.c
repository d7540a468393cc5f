#include "system/beneath.h"

#include "base/descriptor.h"
#include "system/linux.h"
#include "system/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { OPEN_TRIES = 128 };

struct beneath beneath_begin(int directory)
{
	struct beneath beneath = { .directory = directory, .links = -1 };

	const int saved = errno;
	struct statfs fs;

	beneath.has_mount = mount_of_descriptor(directory, &beneath.mount) == 0;
	beneath.is_nodev = fstatfs(directory, &fs) == 0 && (fs.f_flags & ST_NODEV) != 0;
	errno = saved;
	return beneath;
}

void beneath_take_status(const struct statx *status, struct stat *st)
{
	*st = (struct stat){
		.st_dev = makedev(status->stx_dev_major, status->stx_dev_minor),
		.st_ino = status->stx_ino,
		.st_mode = status->stx_mode,
		.st_nlink = status->stx_nlink,
		.st_uid = status->stx_uid,
		.st_gid = status->stx_gid,
		.st_size = (off_t)status->stx_size,
		.st_blksize = (blksize_t)status->stx_blksize,
		.st_blocks = (blkcnt_t)status->stx_blocks,
		.st_atim = { .tv_sec = status->stx_atime.tv_sec,
		             .tv_nsec = (long)status->stx_atime.tv_nsec },
		.st_mtim = { .tv_sec = status->stx_mtime.tv_sec,
		             .tv_nsec = (long)status->stx_mtime.tv_nsec },
		.st_ctim = { .tv_sec = status->stx_ctime.tv_sec,
		             .tv_nsec = (long)status->stx_ctime.tv_nsec },
	};
}

static int covered(void)
{
	errno = EXDEV;
	return -1;
}

int beneath_resolve(int directory, const char *path, const struct linux_open_how *how)
{
	int opened = -1;

	for (int tries = 0; tries < OPEN_TRIES; tries++) {
		opened = (int)syscall(SYS_openat2, directory, path, how, sizeof(*how));
		if (opened >= 0 || errno != EAGAIN)
			break;
	}
	return opened;
}

/* RESOLVE: more than that no symbolic link is followed, and that the path does not lead up. */
static int open_resolved(const struct beneath *beneath, const char *path, int flags,
                         uint64_t resolve)
{
	const struct linux_open_how how = {
		.flags = (uint64_t)(flags | O_NOFOLLOW | O_CLOEXEC),
		.resolve = resolve | LINUX_RESOLVE_NO_SYMLINKS | LINUX_RESOLVE_BENEATH,
	};

	return beneath_resolve(beneath->directory, path, &how);
}

static int open_here(const struct beneath *beneath, const char *path, int flags)
{
	return open_resolved(beneath, path, flags, LINUX_RESOLVE_NO_XDEV);
}

int beneath_look(const struct beneath *beneath, const char *name)
{
	uint64_t mount;
	int found = open_here(beneath, name, O_PATH);

	/* EPERM: a seccomp filter that does not know the call. */
	if (found >= 0 || (errno != ENOSYS && errno != EPERM))
		return found;
	found = openat(beneath->directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (found >= 0 && beneath->has_mount && mount_of_descriptor(found, &mount) == 0 &&
	    mount != beneath->mount) {
		close(found);
		return covered();
	}
	return found;
}

/*
 * As beneath_open_directory(), one name after the other, before Linux 5.6. If the mount of BENEATH
 * is unknown, the path may lead through others.
 */
static int open_by_name(const struct beneath *beneath, const char *path, int flags)
{
	struct beneath at = *beneath;
	int directory = openat(beneath->directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int opened;

	while (directory >= 0 && *path != '\0') {
		char name[NAME_MAX + 1];
		const size_t length = strcspn(path, "/");

		at.directory = directory;
		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		opened = beneath_look(&at, name);
		descriptor_close(directory);
		directory = opened;
		path += length;
		path += strspn(path, "/");
	}
	if (directory < 0)
		return -1;
	/* Of a symbolic link, the descriptor is that of the link: ENOTDIR. */
	opened = openat(directory, ".", flags);
	descriptor_close(directory);
	return opened;
}

int beneath_open_directory(const struct beneath *beneath, const char *path, int flags)
{
	int directory;

	flags |= O_DIRECTORY | O_CLOEXEC;
	if (*path == '\0')
		return openat(beneath->directory, ".", flags);
	directory = open_here(beneath, path, flags);
	if (directory >= 0 || (errno != ENOSYS && errno != EPERM))
		return directory;
	/* EPERM: a seccomp filter, or O_NOATIME on a directory of another user. */
	return open_by_name(beneath, path, flags);
}

int beneath_open_point(const struct beneath *beneath, const char *path)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	struct beneath anywhere = *beneath;
	int directory;

	if (*path == '\0')
		return openat(beneath->directory, ".", flags);
	directory = open_resolved(beneath, path, flags, 0);
	if (directory >= 0 || (errno != ENOSYS && errno != EPERM))
		return directory;
	anywhere.has_mount = false;
	return open_by_name(&anywhere, path, flags);
}

static int stat_found(const struct beneath *beneath, const char *name, struct stat *st)
{
	const int found = beneath_look(beneath, name);
	int result;

	if (found < 0)
		return -1;
	result = fstat(found, st);
	close(found);
	return result;
}

int beneath_stat(const struct beneath *beneath, const char *name, struct stat *st)
{
	struct statx status;

	/*
	 * A mount on the name may be served by a program that does not answer. EINVAL: glibc's
	 * emulation of statx(2) on kernels without it rejects AT_STATX_DONT_SYNC.
	 */
	if (statx(beneath->directory, name,
	          AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
	          STATX_BASIC_STATS | STATX_MNT_ID, &status) < 0)
		return errno == ENOSYS || errno == EPERM || errno == EINVAL
		           ? stat_found(beneath, name, st)
		           : -1;
	if (!(status.stx_mask & STATX_MNT_ID) || !beneath->has_mount)
		return stat_found(beneath, name, st);
	if (status.stx_mnt_id != beneath->mount)
		return covered();
	beneath_take_status(&status, st);
	return 0;
}

int beneath_find(const struct beneath *beneath, const char *name, struct stat *st)
{
	const int found = beneath_look(beneath, name);

	if (found < 0)
		return -1;
	if (fstat(found, st) == 0) {
		if (S_ISREG(st->st_mode))
			return found;
		errno = S_ISLNK(st->st_mode) ? ELOOP : ENOTSUP;
	}
	descriptor_close(found);
	return -1;
}

/*
 * Open a file again through its descriptor's link in /proc. Without /proc, open it by name and
 * verify the result.
 *
 * FOLLOW: O_NOFOLLOW if the name must not be a symbolic link.
 */
static int reopen(int found, int links, int directory, const char *name, int flags, int follow)
{
	struct stat before;
	struct stat now;
	char path[32];
	int fd;

	flags |= O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	snprintf(path, sizeof(path), "%s%d", links < 0 ? "/proc/self/fd/" : "", found);
	fd = openat(links, path, flags);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = openat(directory, name, flags | follow);
	if (fd < 0 || (fstat(found, &before) == 0 && fstat(fd, &now) == 0 &&
	               now.st_ino == before.st_ino && now.st_dev == before.st_dev))
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}

int beneath_reopen(int found, const char *path, int flags)
{
	return reopen(found, -1, AT_FDCWD, path, flags, 0);
}

int beneath_open(const struct beneath *beneath, const char *name, int flags, struct stat *st)
{
	const int found = beneath_find(beneath, name, st);
	int fd;

	if (found < 0)
		return -1;
	fd = reopen(found, beneath->links, beneath->directory, name, flags, O_NOFOLLOW);
	descriptor_close(found);
	return fd;
}

int beneath_open_seen(const struct beneath *beneath, const char *name, int flags, struct stat *st)
{
	int fd = -1;

	errno = ENOSYS;
	if (beneath->is_nodev)
		fd = open_here(beneath, name, flags | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == ENOSYS || errno == EPERM ? beneath_open(beneath, name, flags, st)
		                                         : -1;
	if (fstat(fd, st) == 0) {
		if (S_ISREG(st->st_mode))
			return fd;
		errno = ENOTSUP;
	}
	descriptor_close(fd);
	return -1;
}

static int remove_name(const struct beneath *beneath, const char *name, int flags)
{
	struct stat st;

	if (beneath_stat(beneath, name, &st) < 0)
		return -1;
	return unlinkat(beneath->directory, name, flags);
}

int beneath_unlink(const struct beneath *beneath, const char *name)
{
	return remove_name(beneath, name, 0);
}

int beneath_remove_directory(const struct beneath *beneath, const char *name)
{
	return remove_name(beneath, name, AT_REMOVEDIR);
}
