#include "objects/posix_draft.h"

#include "base/descriptor.h"
#include "objects/shortage.h"
#include "system/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* No other user may open it before its mode is set. */
enum { DRAFT_MODE = S_IRUSR | S_IWUSR };

static int begin_failed(int number, struct error *error)
{
	if (number == EEXIST)
		error_set(error, STATUS_FAILED, "already exists");
	else if (number == ENOSPC || number == ENOMEM || number == EDQUOT)
		shortage_of_space(number, 0, error);
	else
		error_set_errno(error, number, "can't be created in %s", POSIX_DIRECTORY);
	error->number = number;
	return -1;
}

int posix_draft_begin(struct posix_draft *draft, const char *file, struct error *error)
{
	int number;

	draft->fd = -1;
	draft->named = false;
	snprintf(draft->file, sizeof(draft->file), "%s", file);
	draft->beneath = beneath_begin(posix_open_directory());
	if (draft->beneath.directory < 0)
		return begin_failed(errno, error);
	place_begin_naming();
	draft->fd =
	    openat(draft->beneath.directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, DRAFT_MODE);
	/* The errors of file systems and kernels without O_TMPFILE, see open(2). */
	if (draft->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		draft->fd = openat(draft->beneath.directory, file,
		                   O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, DRAFT_MODE);
		draft->named = draft->fd >= 0;
	}
	place_end_naming();
	if (draft->fd >= 0)
		return 0;
	number = errno;
	close(draft->beneath.directory);
	draft->beneath.directory = -1;
	return begin_failed(number, error);
}

int posix_draft_resize(struct posix_draft *draft, uint64_t bytes, bool sparse, struct error *error)
{
	int result;

	if (bytes > INT64_MAX)
		return error_set(error, STATUS_FAILED,
		                 "an object can't have %llu bytes: the maximum is %lld",
		                 (unsigned long long)bytes, (long long)INT64_MAX);
	if (!sparse && shortage_check_space(bytes, error) < 0)
		return -1;
	result = sparse ? ftruncate(draft->fd, (off_t)bytes) : posix_reserve(draft->fd, 0, bytes);
	if (result < 0)
		return shortage_of_space(errno, bytes, error);
	return 0;
}

int posix_draft_publish(struct posix_draft *draft, mode_t mode, const struct owner *owner,
                        struct error *error)
{
	char path[64];
	int result;

	/* Set the mode first: after the owner has changed, the program may no longer set it. */
	if (fchmod(draft->fd, mode) < 0)
		return error_set_errno(error, errno, "the mode can't be set");
	if ((owner->user_given || owner->group_given) &&
	    fchown(draft->fd, owner->user_given ? owner->uid : (uid_t)-1,
	           owner->group_given ? owner->gid : (gid_t)-1) < 0) {
		if (errno == EPERM)
			return error_set(
			    error, STATUS_FAILED,
			    "the owner can't be set: only root may give an object away; other "
			    "users may only set a group that they are in");
		if (errno == EINVAL)
			return account_not_mapped(error);
		return error_set_errno(error, errno, "the owner can't be set");
	}
	if (draft->named) {
		draft->named = false;
		return 0;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", draft->fd);
	place_begin_naming();
	result = linkat(AT_FDCWD, path, draft->beneath.directory, draft->file, AT_SYMLINK_FOLLOW);
	place_end_naming();
	if (result == 0)
		return 0;
	if (errno == ENOENT)
		return error_set(
		    error, STATUS_FAILED,
		    "can't be given its name: this requires /proc, which is not mounted");
	return begin_failed(errno, error);
}

int posix_draft_withdraw(const struct posix_draft *draft)
{
	return object_files_withdraw(&draft->beneath, draft->file, draft->fd);
}

void posix_draft_discard(struct posix_draft *draft)
{
	if (draft->named)
		(void)posix_draft_withdraw(draft);
	draft->named = false;
	descriptor_close(draft->fd);
	descriptor_close(draft->beneath.directory);
	draft->fd = -1;
	draft->beneath.directory = -1;
}
