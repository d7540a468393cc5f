#include "usage/proof.h"

#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "objects/segment.h"
#include "system/account.h"
#include "system/beneath.h"
#include "system/lease.h"
#include "system/place.h"
#include "system/user_map.h"
#include "usage/lease_trial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bsd/stdlib.h>

/*
 * No process can open a file while we hold a lease on it, but a process can remove its name and give
 * it to another file, and to remove that one would be wrong. So the file is first moved to a name
 * that nobody knows, usage/aside.h; then the program looks at the file that was moved, and unlinks it.
 */
struct proof {
	int directory;          /* POSIX_DIRECTORY, -1 if it can't be opened */
	int failure;            /* errno of that */
	struct beneath beneath; /* of the directory */
	struct lease_trial trial;
	uint32_t number;                    /* of the next file that is moved aside */
	const struct object_filter *filter; /* NULL for none */
	struct sigaction before;
};

struct proof *proof_begin(const struct object_filter *filter, struct error *error)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct proof *proof = calloc(1, sizeof(*proof));

	if (proof == NULL) {
		error_set(error, STATUS_FAILED, "out of memory");
		return NULL;
	}
	/* When a process opens a leased file, the kernel sends SIGIO, which ends a process. */
	sigaction(SIGIO, &ignore, &proof->before);
	proof->directory = posix_open_directory();
	proof->failure = errno;
	proof->beneath = beneath_begin(proof->directory);
	proof->beneath.links = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	proof->number = arc4random();
	proof->filter = filter;
	return proof;
}

void proof_end(struct proof *proof)
{
	if (proof->beneath.links >= 0)
		close(proof->beneath.links);
	if (proof->directory >= 0)
		close(proof->directory);
	sigaction(SIGIO, &proof->before, NULL);
	free(proof);
}

/* The result for an object when an error has kept the proof from being made. */
static enum proof_result not_proven(int number)
{
	return errno_is_passing(number) ? PROOF_FAILED : PROOF_UNKNOWN;
}

/* Whether a name still is the file that was opened; if not, errno EXDEV: something is mounted on it. */
static bool is_same_file(const struct proof *proof, const char *file, const struct stat *st)
{
	struct stat now;

	errno = 0;
	return beneath_stat(&proof->beneath, file, &now) == 0 && now.st_ino == st->st_ino &&
	       now.st_dev == st->st_dev;
}

static enum proof_result removal_failed(const struct shm_object *object, struct error *why)
{
	const bool is_allowed = object->uid == user_map_caller() || user_map_is_root();

	if (errno == ENOENT)
		return PROOF_GONE;
	if (errno == EACCES)
		error_set(why, STATUS_FAILED, "you may not write to %s", POSIX_DIRECTORY);
	else if (errno == EBUSY)
		error_set(why, STATUS_FAILED, BENEATH_COVERED);
	else if (errno == EPERM && !is_allowed)
		error_set(why, STATUS_FAILED, "owned by %s, only the owner and root may remove it",
		          account_user(object->uid));
	else
		error_set_errno(why, errno, "can't be removed%s",
		                errno == EPERM ? " (see lsattr(1))" : "");
	return PROOF_FAILED;
}

/* Foresee a removal without removing: errno of why it would fail, or 0. */
static int foresee_failure(const struct proof *proof, int fd)
{
	const uint64_t fixed = STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND;
	struct statx directory;
	struct statx status;

	if (faccessat(proof->directory, ".", W_OK | X_OK, AT_EACCESS) < 0 ||
	    statx(proof->directory, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &directory) < 0 ||
	    statx(fd, "", AT_EMPTY_PATH, 0, &status) < 0)
		return errno;
	if ((directory.stx_attributes | status.stx_attributes) & fixed)
		return EPERM;
	if (status.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return EBUSY;
	/* O_NOATIME is for those who may remove it: the owner, and CAP_FOWNER. */
	if ((directory.stx_mode & S_ISVTX) && directory.stx_uid != geteuid() &&
	    fcntl(fd, F_SETFL, O_NOATIME) < 0)
		return errno;
	return 0;
}

/* Rename a file in the directory, unless there is one of the new name. */
static int rename_file(const struct proof *proof, const char *from, const char *to)
{
	int result;

	place_begin_naming();
	result = renameat2(proof->directory, from, proof->directory, to, RENAME_NOREPLACE);
	place_end_naming();
	return result;
}

/*
 * Put back what turned out to be another file, or to be used.
 *
 * @param found  what it turned out to be
 * @return that, or PROOF_FAILED
 */
static enum proof_result put_back(const struct proof *proof, const struct aside *aside,
                                  const char *file, enum proof_result found, struct error *why)
{
	/* Its owner, or another run, may have moved it meanwhile. */
	if (rename_file(proof, aside->file, file) == 0 || errno == ENOENT)
		return found;
	if (errno == EEXIST)
		error_set(why, STATUS_FAILED,
		          "the name was given to another object meanwhile; what had it before is "
		          "now %s/%s",
		          POSIX_DIRECTORY, aside->file);
	else
		error_set_errno(why, errno, "it is now %s/%s and can't be put back",
		                POSIX_DIRECTORY, aside->file);
	return PROOF_FAILED;
}

static int move_aside(struct proof *proof, const char *file, ino_t inode, struct aside *aside)
{
	enum { TRIES = 8 };
	int result = -1;

	/* Somebody may be guessing names. */
	for (int try = 0; try < TRIES && result < 0; try++) {
		aside_make(aside, file, inode, proof->number++);
		result = rename_file(proof, file, aside->file);
		if (result < 0 && errno != EEXIST)
			break;
		if (result < 0)
			proof->number = arc4random();
	}
	return result;
}

/* Let others open the file again: nothing that takes time happens under a lease. */
static void end_lease(int *fd)
{
	close(*fd);
	*fd = -1;
}

static enum proof_result covered(struct error *why)
{
	error_set(why, STATUS_FAILED, BENEATH_COVERED);
	return PROOF_UNKNOWN;
}

/*
 * Remove the name of a file on which there is a lease.
 *
 * @param fd  of the file; closed, and set to -1, as soon as that is possible
 */
static enum proof_result remove_leased(struct proof *proof, const struct shm_object *object,
                                       const char *file, struct stat *st, int *fd,
                                       struct error *why)
{
	struct aside aside = { .before = "" };
	int failure;

	if (move_aside(proof, file, st->st_ino, &aside) < 0) {
		failure = errno;
		end_lease(fd);
		errno = failure;
		return failure == EBUSY ? covered(why) : removal_failed(object, why);
	}
	/* A mount of another namespace moves along, and would be detached by the removal. */
	if (!is_same_file(proof, aside.file, st))
		return put_back(proof, &aside, file, errno == EXDEV ? covered(why) : PROOF_REPLACED,
		                why);
	/* A process that has looked up the name just before waits now. */
	if (fcntl(*fd, F_GETLEASE) != F_WRLCK)
		return put_back(proof, &aside, file, PROOF_USED, why);
	if (unlinkat(proof->directory, aside.file, 0) == 0)
		return PROOF_UNUSED;
	failure = errno;
	end_lease(fd);
	/* Its owner may have given it yet another name, and that name to a directory. */
	st->st_nlink = 0;
	if (failure == ENOENT || failure == EISDIR)
		return PROOF_UNUSED;
	error_set_errno(why, failure, "it is now %s/%s and can't be removed", POSIX_DIRECTORY,
	                aside.file);
	return PROOF_FAILED;
}

/* Why the file could not be opened. */
static enum proof_result open_failed(const struct shm_object *object, struct error *why)
{
	const int number = errno;

	switch (number) {
	case ENOENT:
		return PROOF_GONE;
	case ELOOP:
	case ENOTSUP:
	case ENXIO:
	case ESTALE:
		return PROOF_REPLACED;
	case EXDEV:
		return covered(why);
	case EWOULDBLOCK:
		error_set(why, STATUS_FAILED, "somebody holds a lease on it");
		return PROOF_UNKNOWN;
	case EACCES:
		error_set(why, STATUS_FAILED,
		          "owned by %s: without the right to open it nothing can be proven",
		          account_user(object->uid));
		return PROOF_UNKNOWN;
	default:
		error_set_errno(why, number, "can't be opened, so nothing can be proven");
		return not_proven(number);
	}
}

static enum proof_result lease_refused(const struct shm_object *object, struct error *why)
{
	const int number = errno;

	if (number == EAGAIN || number == EBUSY)
		return PROOF_USED;
	if (number == EACCES || number == EPERM)
		error_set(why, STATUS_FAILED,
		          "owned by %s: only the owner and root%s can prove that nobody uses it",
		          account_user(object->uid),
		          geteuid() == 0 ? " with CAP_LEASE or CAP_SETUID" : "");
	else
		error_set_errno(why, number, "no lease on it can be had, so nothing can be proven");
	return not_proven(number);
}

/* Whether an object, as it is now, is still what the filter chooses. */
static bool is_still_chosen(const struct proof *proof, const struct shm_object *now)
{
	return proof->filter == NULL || filter_match(proof->filter, now, time(NULL));
}

static bool file_is_still_chosen(const struct proof *proof, const struct shm_object *object,
                                 const struct stat *st)
{
	struct shm_object now = *object;

	if (proof->filter == NULL || filter_takes_all(proof->filter))
		return true;
	object_files_fill(&now, st);
	now.bytes = (uint64_t)st->st_size;
	/* That another name of it was removed changes this time as well, and is no use of it. */
	if (now.modify_time == object->modify_time && now.bytes == object->bytes &&
	    now.mode == object->mode && now.uid == object->uid && now.gid == object->gid)
		now.change_time = object->change_time;
	return is_still_chosen(proof, &now);
}

/*
 * Take a lease on a file that was opened, and tell what it proves.
 *
 * @param st  receives what the file is under the lease
 */
static enum proof_result prove_file(const struct proof *proof, const struct shm_object *object,
                                    int fd, struct stat *st, struct error *why)
{
	const bool is_leased = lease_take(fd) == 0;
	const int failure = errno;

	if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || st->st_ino != object->inode)
		return PROOF_REPLACED;
	if (!is_leased) {
		errno = failure;
		return lease_refused(object, why);
	}
	if (!lease_trial_proves(&proof->trial, why))
		return not_proven(proof->trial.failure);
	if (!file_is_still_chosen(proof, object, st))
		return PROOF_CHANGED;
	return PROOF_UNUSED;
}

/* Tell whether it could be removed, without a lease: nobody that opens it has to wait any longer. */
static enum proof_result foresee_removal(const struct proof *proof, const struct shm_object *object,
                                         int fd, struct error *why)
{
	/* Somebody waits for it: as soon as we let go, it is used. */
	const bool is_awaited = fcntl(fd, F_GETLEASE) != F_WRLCK;

	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	if (is_awaited)
		return PROOF_USED;
	errno = foresee_failure(proof, fd);
	return errno != 0 ? removal_failed(object, why) : PROOF_UNUSED;
}

static enum proof_result remove_file(struct proof *proof, const struct shm_object *object,
                                     bool remove, uint64_t *freed, struct error *why)
{
	enum { STAT_BLOCK = 512 }; /* the unit of st_blocks, whatever the block size: inode(7) */
	enum proof_result result;
	char file[POSIX_FILE_SIZE];
	struct stat st;
	int fd;

	lease_trial_run(&proof->trial, proof->directory);
	stpcpy(stpcpy(file, object_file_prefix(object->kind)), object->name + 1);
	fd = beneath_open_seen(&proof->beneath, file, O_RDONLY, &st);
	if (proof->directory < 0)
		errno = proof->failure;
	if (fd < 0)
		return open_failed(object, why);
	result = prove_file(proof, object, fd, &st, why);
	if (result == PROOF_UNUSED)
		result = remove ? remove_leased(proof, object, file, &st, &fd, why)
		                : foresee_removal(proof, object, fd, why);
	/* A file that has another name keeps its memory. */
	if (result == PROOF_UNUSED && st.st_nlink == 1)
		*freed = (uint64_t)st.st_blocks * STAT_BLOCK;
	if (fd >= 0)
		close(fd);
	return result;
}

static enum proof_result segment_removal_failed(const struct shm_object *object, struct error *why)
{
	if (errno == ENOENT)
		return PROOF_GONE;
	/* The kernel lets the owner and the creator: if not, the call itself is refused. */
	if ((errno != EPERM && errno != EACCES) || object->uid == user_map_caller() ||
	    object->creator_uid == user_map_caller())
		error_set_errno(why, errno, "can't be removed");
	else
		error_set(why, STATUS_FAILED,
		          "owned by %s, only the owner, the creator and root%s may remove it",
		          account_user(object->uid), geteuid() == 0 ? " with CAP_SYS_ADMIN" : "");
	return PROOF_FAILED;
}

/*
 * Look at a segment right before its removal: what comes between the two gives others the time to
 * attach it, so that nothing does if it is unused.
 */
static enum proof_result look_at_segment(const struct proof *proof, const struct shm_object *object,
                                         struct error *why)
{
	struct shm_object now;

	if (sysv_look(object->id, &now) < 0) {
		if (errno == ENOENT)
			return PROOF_GONE;
		const int number = errno;

		error_set_errno(why, number, "can't be looked at");
		return not_proven(number);
	}
	if (now.attaches > 0)
		return PROOF_USED;
	return is_still_chosen(proof, &now) ? PROOF_UNUSED : PROOF_CHANGED;
}

static enum proof_result remove_segment(const struct proof *proof, const struct shm_object *object,
                                        bool remove, struct error *why)
{
	enum proof_result result = look_at_segment(proof, object, why);
	uint64_t nattch;
	bool removed;

	if (result != PROOF_UNUSED)
		return result;
	if (!remove && sysv_may_remove(object->id))
		return PROOF_UNUSED;
	if (!remove)
		return segment_removal_failed(object, why);
	if (sysv_remove(object->id, &removed, &nattch) < 0)
		return segment_removal_failed(object, why);
	if (removed)
		return PROOF_UNUSED;
	error_set(why, STATUS_FAILED,
	          "attached in this very moment: marked for destruction, %" PRIu64 " attached",
	          nattch);
	return PROOF_MARKED;
}

enum proof_result proof_remove(struct proof *proof, const struct shm_object *object, bool remove,
                               uint64_t *freed, struct error *why)
{
	*freed = 0;
	if (object->kind == KIND_SHM)
		return remove_segment(proof, object, remove, why);
	if (KIND_BIT(object->kind) & KINDS_DEVSHM)
		return remove_file(proof, object, remove, freed, why);
	error_set(why, STATUS_FAILED, "nobody can prove that a %s is unused",
	          kind_noun(object->kind));
	return PROOF_UNKNOWN;
}

/* Give a file that a killed run had moved aside the name that it had. */
static enum leftover_result put_leftover_back(const struct proof *proof, const struct aside *aside,
                                              bool act, struct error *why)
{
	struct stat st;

	if (aside->before[0] == '\0') {
		error_set(why, STATUS_FAILED, "the name that it had is too long to be known");
		return LEFTOVER_STAYS;
	}
	if (act ? rename_file(proof, aside->file, aside->before) == 0
	        : beneath_stat(&proof->beneath, aside->before, &st) < 0 && errno == ENOENT)
		return LEFTOVER_PUT_BACK;
	if (act && errno == ENOENT)
		return LEFTOVER_OTHERS;
	if (!act || errno == EEXIST)
		error_set(why, STATUS_FAILED, "the name that it had is another object's");
	else
		error_set_errno(why, errno, "it can't be put back");
	return LEFTOVER_STAYS;
}

enum leftover_result proof_finish(struct proof *proof, const struct aside *aside,
                                  const struct lease_list *leases, bool may_remove, bool act,
                                  struct error *why)
{
	bool is_unused;
	struct stat st;
	int fd;

	if (beneath_stat(&proof->beneath, aside->file, &st) < 0 || !S_ISREG(st.st_mode) ||
	    lease_is_held(leases, st.st_ino) ||
	    (user_map_user(st.st_uid) != user_map_caller() && !user_map_is_root()))
		return LEFTOVER_OTHERS;
	lease_trial_run(&proof->trial, proof->directory);
	fd = beneath_open_seen(&proof->beneath, aside->file, O_RDONLY, &st);
	is_unused = may_remove && fd >= 0 && st.st_ino == aside->inode && lease_take(fd) == 0 &&
	            lease_trial_proves(&proof->trial, why) &&
	            is_same_file(proof, aside->file, &st) && fcntl(fd, F_GETLEASE) == F_WRLCK;
	if (is_unused && act && beneath_unlink(&proof->beneath, aside->file) < 0 && errno != ENOENT)
		is_unused = false;
	if (fd >= 0)
		close(fd);
	if (is_unused)
		return LEFTOVER_REMOVED;
	return put_leftover_back(proof, aside, act, why);
}
