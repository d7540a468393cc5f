#include "base/descriptor.h"
#include "objects/posix.h"

#include "objects/shortage.h"
#include "system/lease.h"
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

/*
 * Grow by fallocate(2), which reserves all of the memory or none, so that no access raises SIGBUS
 * later; shrink by ftruncate(2).
 */
static int resize(const struct beneath *beneath, const char *file, const struct stat *listed,
                  uint64_t bytes, struct error *error)
{
	struct lease_list leases;
	struct stat st;
	off_t size = (off_t)bytes;
	int result = -1;
	int fd;

	/* An open would break the lease, and still fail. */
	if (lease_read(beneath->directory, &leases) == 0) {
		bool is_leased = lease_is_held(&leases, listed->st_ino);

		lease_free(&leases);
		if (is_leased)
			return lease_in_the_way(error);
	}
	fd = beneath_open(beneath, file, O_RDWR, &st);
	if (fd < 0 && errno != EXDEV && errno != ENOTSUP && errno != ELOOP)
		return open_failed(error, listed);
	if (fd < 0 || st.st_ino != listed->st_ino)
		error_set(error, STATUS_FAILED, "the name now refers to a different object");
	else if (bytes > INT64_MAX)
		error_set(error, STATUS_FAILED,
		          "an object can't have %llu bytes: the maximum is %lld",
		          (unsigned long long)bytes, (long long)INT64_MAX);
	else if (size == st.st_size)
		result = 0;
	else if (size < st.st_size)
		result = ftruncate(fd, size) == 0 ? 0 : change_failed(error, &st, "the size");
	else if (shortage_check_space(bytes - (uint64_t)st.st_size, error) < 0)
		result = -1;
	else if (posix_reserve(fd, (uint64_t)st.st_size, bytes - (uint64_t)st.st_size) == 0)
		result = 0;
	else if (errno == EPERM || errno == EACCES)
		change_failed(error, &st, "the size");
	else
		shortage_of_space(errno, bytes - (uint64_t)st.st_size, error);
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

int object_file_change(int directory, const char *file, const struct object_change *change,
                       struct error *error)
{
	const struct owner *owner = &change->owner;
	const struct beneath beneath = beneath_begin(directory);
	struct stat st;
	bool mode_first;
	int result = -1;
	int fd = -1;

	if (directory >= 0)
		fd = beneath_find(&beneath, file, &st);
	if (fd < 0) {
		find_failed(error);
		goto done;
	}
	/* If the new mode may grant write permission, change it before the size, which needs it. */
	mode_first = change->resize && change->mode != NULL &&
	             faccessat(directory, file, W_OK, AT_EACCESS) < 0;
	if (mode_first && change_mode(fd, change->mode, error) < 0)
		goto done;
	if (change->resize && resize(&beneath, file, &st, change->bytes, error) < 0) {
		if (mode_first)
			error_append(error, "; the mode was changed");
		goto done;
	}
	if (!mode_first && change->mode != NULL && change_mode(fd, change->mode, error) < 0) {
		if (change->resize)
			error_append(error, "; the size was changed");
		goto done;
	}
	if ((owner->user_given || owner->group_given) && change_owner(fd, &st, owner, error) < 0) {
		if (change->resize || change->mode != NULL)
			error_append(error, "; %s changed",
			             !change->resize        ? "the mode was"
			             : change->mode == NULL ? "the size was"
			                                    : "the size and the mode were");
		goto done;
	}
	result = 0;
done:
	descriptor_close(fd);
	return result;
}

int posix_change(const char *file, const struct object_change *change, struct error *error)
{
	const int directory = posix_open_directory();
	const int result = object_file_change(directory, file, change, error);

	descriptor_close(directory);
	return result;
}
