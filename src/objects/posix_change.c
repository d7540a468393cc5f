#include "base/descriptor.h"
#include "objects/posix.h"

#include "base/access.h"
#include "objects/shortage.h"
#include "objects/tree.h"
#include "system/lease.h"
#include "system/linux.h"
#include "system/mode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int change_failed(struct error *error, const struct stat *st, const char *what)
{
	if ((errno == EPERM || errno == EACCES) && st->st_uid != geteuid())
		return error_set(
		    error, STATUS_FAILED,
		    "%s can't be changed: owned by %s; only the owner and root may change it%s",
		    what, account_user(st->st_uid),
		    geteuid() == 0 ? " (not root of a user namespace; or see lsattr(1))" : "");
	if (errno == EPERM)
		return error_set_errno(error, errno, "%s can't be changed (see lsattr(1))", what);
	return error_set_errno(error, errno, "%s can't be changed", what);
}

static int lease_in_the_way(struct error *error)
{
	return error_set(error, STATUS_FAILED,
	                 "the size can't be changed: another process holds a lease on it");
}

/* Changing the size of an object requires write permission. */
static int open_failed(struct error *error, const struct stat *st)
{
	if (errno == EWOULDBLOCK)
		return lease_in_the_way(error);
	if (errno == EACCES && st->st_uid == geteuid())
		return error_set(
		    error, STATUS_FAILED,
		    "the size can't be changed: no write permission with mode %o (add --mode u+w)",
		    st->st_mode & 0777);
	if (errno == EACCES)
		return error_set(error, STATUS_FAILED,
		                 "the size can't be changed: owned by %s with mode %o; you have no "
		                 "write permission",
		                 account_user(st->st_uid), st->st_mode & 0777);
	return change_failed(error, st, "the size");
}

/* A sealed memfd: fcntl(2). Its seals can't be removed. */
static int sealed(int fd, bool shrinks, struct error *error)
{
	const int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || !(seals & (shrinks ? F_SEAL_SHRINK : F_SEAL_GROW)))
		return 0;
	return error_set(error, STATUS_FAILED,
	                 "the size can't be changed: sealed with %s, see fcntl(2), for as long as "
	                 "it exists",
	                 shrinks ? "F_SEAL_SHRINK" : "F_SEAL_GROW");
}

/*
 * Grow by fallocate(2), which reserves all of the memory or none, so that no access raises SIGBUS
 * later; shrink by ftruncate(2).
 */
static int resize_open(int fd, const struct stat *st, uint64_t bytes, struct error *error)
{
	const off_t size = (off_t)bytes;

	if (bytes > INT64_MAX)
		return error_set(error, STATUS_FAILED,
		                 "an object can't have %llu bytes: the maximum is %lld",
		                 (unsigned long long)bytes, (long long)INT64_MAX);
	if (size == st->st_size)
		return 0;
	if (sealed(fd, size < st->st_size, error) < 0)
		return -1;
	if (size < st->st_size)
		return ftruncate(fd, size) == 0 ? 0 : change_failed(error, st, "the size");
	if (shortage_check_space(bytes - (uint64_t)st->st_size, error) < 0)
		return -1;
	if (posix_reserve(fd, (uint64_t)st->st_size, bytes - (uint64_t)st->st_size) == 0)
		return 0;
	if (errno == EPERM || errno == EACCES)
		return change_failed(error, st, "the size");
	return shortage_of_space(errno, bytes - (uint64_t)st->st_size, error);
}

/* An open would break the lease of another process, and still fail. */
static bool is_leased(int fd, ino_t inode)
{
	struct lease_list leases;
	bool result = false;

	if (lease_read(fd, &leases) == 0) {
		result = lease_is_held(&leases, inode);
		lease_free(&leases);
	}
	return result;
}

/* An object that is changed. */
struct target {
	int found;                     /* O_PATH */
	const struct beneath *beneath; /* its directory; NULL: it has no name */
	const char *file;              /* its name there */
};

static int open_for_writing(const struct target *target, struct stat *st)
{
	int fd;

	if (target->beneath != NULL)
		return beneath_open(target->beneath, target->file, O_RDWR, st);
	fd = beneath_reopen(target->found, "", O_RDWR);
	if (fd >= 0 && fstat(fd, st) < 0) {
		descriptor_close(fd);
		return -1;
	}
	return fd;
}

static int resize(const struct target *target, const struct stat *listed, uint64_t bytes,
                  struct error *error)
{
	struct stat st;
	int result = -1;
	int fd;

	if (is_leased(target->found, listed->st_ino))
		return lease_in_the_way(error);
	fd = open_for_writing(target, &st);
	if (fd < 0 && errno != EXDEV && errno != ENOTSUP && errno != ELOOP)
		return open_failed(error, listed);
	if (fd < 0 || st.st_ino != listed->st_ino)
		error_set(error, STATUS_FAILED, "the name now refers to a different object");
	else
		result = resize_open(fd, &st, bytes, error);
	descriptor_close(fd);
	return result;
}

/* By /proc/self/fd, since fchmod(2) rejects O_PATH descriptors; fchmodat2(2) is new in 6.6. */
static int change_mode(int fd, const char *text, struct error *error)
{
	struct stat st;
	mode_t mode;
	char path[64];

	/* Read the mode just before changing it: the change of the size may have taken a while. */
	if (fstat(fd, &st) < 0)
		return error_set_errno(error, errno, "the mode can't be read");
	mode = mode_apply(text, st.st_mode & 07777);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (chmod(path, mode) == 0)
		return 0;
	if (errno == ENOENT)
		return error_set(
		    error, STATUS_FAILED,
		    "the mode can't be changed: this requires /proc, which is not mounted");
	return change_failed(error, &st, "the mode");
}

static int change_owner(int fd, const struct stat *st, const struct owner *owner,
                        struct error *error)
{
	uid_t uid = owner->user_given ? owner->uid : (uid_t)-1;
	gid_t gid = owner->group_given ? owner->gid : (gid_t)-1;

	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno == EINVAL)
		return account_not_mapped(error);
	if (errno == EPERM && owner->user_given && owner->uid != st->st_uid)
		return error_set(error, STATUS_FAILED,
		                 "the owner can't be changed: only root may give an object away");
	if (errno == EPERM && owner->group_given && st->st_uid == geteuid())
		return error_set(error, STATUS_FAILED,
		                 "the group can't be changed: you are not in group %s",
		                 account_group(owner->gid));
	return change_failed(error, st, "the owner");
}

static int find_failed(struct error *error)
{
	if (errno == EXDEV)
		return error_set(error, STATUS_FAILED, "can't be opened: " BENEATH_COVERED);
	if (errno == ELOOP || errno == ENOTSUP)
		return error_set(error, STATUS_FAILED,
		                 "is not a regular file, so it is not a POSIX object");
	return error_set_errno(error, errno, "can't be opened");
}

static bool is_writable(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return access_check(AT_FDCWD, path, W_OK) == 0;
}

static int change_found(const struct target *target, const struct stat *st,
                        const struct object_change *change, struct error *error)
{
	const struct owner *owner = &change->owner;
	const int fd = target->found;
	/* If the new mode may grant write permission, change it before the size, which needs it. */
	const bool mode_first = change->resize && change->mode != NULL && !is_writable(fd);

	if (mode_first && change_mode(fd, change->mode, error) < 0)
		return -1;
	if (change->resize && resize(target, st, change->bytes, error) < 0) {
		if (mode_first)
			error_append(error, "; the mode was changed");
		return -1;
	}
	if (!mode_first && change->mode != NULL && change_mode(fd, change->mode, error) < 0) {
		if (change->resize)
			error_append(error, "; the size was changed");
		return -1;
	}
	if ((owner->user_given || owner->group_given) && change_owner(fd, st, owner, error) < 0) {
		if (change->resize || change->mode != NULL)
			error_append(error, "; %s changed",
			             !change->resize        ? "the mode was"
			             : change->mode == NULL ? "the size was"
			                                    : "the size and the mode were");
		return -1;
	}
	return 0;
}

int object_file_change(int directory, const char *file, const struct object_change *change,
                       struct error *error)
{
	const struct beneath beneath = beneath_begin(directory);
	struct target target = { .found = -1, .beneath = &beneath, .file = file };
	struct stat st;
	int result = -1;

	if (directory >= 0)
		target.found = beneath_find(&beneath, file, &st);
	if (target.found < 0)
		find_failed(error);
	else
		result = change_found(&target, &st, change, error);
	descriptor_close(target.found);
	return result;
}

int object_descriptor_change(int found, const struct object_change *change, struct error *error)
{
	const struct target target = { .found = found };
	struct stat st;

	if (fstat(found, &st) < 0)
		return error_set_errno(error, errno, "can't be inspected");
	return change_found(&target, &st, change, error);
}

int posix_change(const struct shm_object *object, const struct object_change *change,
                 struct error *error)
{
	const int directory = object_open_parent(object);
	char file[POSIX_FILE_SIZE];
	int result;

	object_file_name(object, file);
	result = object_file_change(directory, file, change, error);
	descriptor_close(directory);
	return result;
}
