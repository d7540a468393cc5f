#include "objects/sysv_perm.h"

#include "system/account.h"
#include "system/mode.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

bool sysv_perm_is_mine(const struct ipc_perm *perm)
{
	return geteuid() == perm->uid || geteuid() == perm->cuid;
}

void sysv_perm_apply(struct ipc_perm *perm, const struct object_change *change)
{
	const mode_t bits = S_IRWXU | S_IRWXG | S_IRWXO;

	if (change->mode != NULL)
		perm->mode = (typeof(perm->mode))mode_apply(change->mode, perm->mode & bits);
	if (change->owner.user_given)
		perm->uid = change->owner.uid;
	if (change->owner.group_given)
		perm->gid = change->owner.gid;
}

/* Whether an object is gone. errno stays as it is. */
static bool is_gone(const struct sysv_subject *subject)
{
	struct shm_object now = { .known = 0 };
	const int number = errno;
	const bool gone = sysv_table_look(subject->table, subject->id, &now) < 0 && errno == ENOENT;

	errno = number;
	return gone;
}

int sysv_perm_failed(const struct sysv_subject *subject, const struct ipc_perm *before,
                     const char *what, struct error *error)
{
	if ((errno == EPERM || errno == EACCES) && !sysv_perm_is_mine(before))
		return error_set(
		    error, STATUS_FAILED,
		    "%s can't be changed: owned by %s; only the owner, the creator and root may "
		    "change it",
		    what, account_user(before->uid));
	if ((errno == EINVAL || errno == EIDRM) && is_gone(subject))
		return error_set(error, STATUS_FAILED, "the %s no longer exists", subject->noun);
	return error_set_errno(error, errno, "%s can't be changed", what);
}

int sysv_perm_set_failed(const struct sysv_subject *subject, const struct ipc_perm *before,
                         const struct object_change *change, struct error *error)
{
	if (errno == EINVAL && (change->owner.user_given || change->owner.group_given) &&
	    !is_gone(subject))
		return account_not_mapped(error);
	return sysv_perm_failed(subject, before, "the mode or the owner", error);
}

int sysv_perm_look_failed(const struct sysv_subject *subject, struct error *error)
{
	if (errno == ENOENT || errno == EINVAL || errno == EIDRM)
		return error_set(error, STATUS_FAILED, "the %s no longer exists", subject->noun);
	return error_set_errno(error, errno, "can't be changed");
}
