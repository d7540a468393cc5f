#include "usage/proof.h"

#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "objects/segment.h"
#include "system/account.h"
#include "system/lease.h"
#include "system/place.h"
#include "system/user_map.h"
#include "usage/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <bsd/stdlib.h>

enum readers { READERS_NOT_TRIED, READERS_COUNTED, READERS_IGNORED };

/* What the kernel does is found out once. */
static _Atomic enum readers readers = READERS_NOT_TRIED;

/*
 * Nobody can open a file while we hold a lease on it, but somebody can remove its name and give it
 * to another file, and to remove that one would be wrong. So a name is first moved to one that
 * nobody knows, and then it is looked at what was moved. The next name that is moved there takes
 * its place, by which the file before is gone: one rename(2) for each file, and no unlink(2).
 */
struct proof {
	int directory;                      /* POSIX_DIRECTORY, -1 if it can't be opened */
	int failure;                        /* errno of that */
	char aside[64];                     /* the name that nobody knows */
	int pending;                        /* the leased file that has it now, -1 if none has */
	const struct object_filter *filter; /* NULL for none */
	struct sigaction before;
};

static void choose_aside(struct proof *proof)
{
	snprintf(proof->aside, sizeof(proof->aside), ".shmtool-rm-%08x%08x",
	         (unsigned int)arc4random(), (unsigned int)arc4random());
}

struct proof *proof_begin(const struct object_filter *filter, struct error *error)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct proof *proof = calloc(1, sizeof(*proof));

	if (proof == NULL) {
		error_set(error, STATUS_FAILED, "out of memory");
		return NULL;
	}
	/* Who opens a file that is leased makes the kernel send SIGIO, which ends a process. */
	sigaction(SIGIO, &ignore, &proof->before);
	proof->directory = posix_open_directory();
	proof->failure = errno;
	proof->pending = -1;
	proof->filter = filter;
	choose_aside(proof);
	return proof;
}

/*
 * Remove the file that was moved aside last. If that fails, it stays the one that the next takes the
 * place of.
 */
static int finish_pending(struct proof *proof)
{
	if (proof->pending < 0)
		return 0;
	if (unlinkat(proof->directory, proof->aside, 0) < 0 && errno != ENOENT)
		return -1;
	close(proof->pending);
	proof->pending = -1;
	return 0;
}

int proof_end(struct proof *proof, struct error *error)
{
	int result = finish_pending(proof);

	if (result < 0)
		error_set_errno(error, errno, "an object that was to be removed is now %s/%s",
		                POSIX_DIRECTORY, proof->aside);
	if (proof->pending >= 0)
		close(proof->pending);
	if (proof->directory >= 0)
		close(proof->directory);
	sigaction(SIGIO, &proof->before, NULL);
	free(proof);
	return result;
}

static bool take_lease(int fd)
{
	return lease_take(fd) == 0;
}

static int open_again(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* A lease must be refused while the scratch object is open for reading elsewhere, or mapped so. */
static bool refuses_readers(int fd)
{
	int scratch = open_again(fd);
	int reader = open_again(fd);
	void *mapping = MAP_FAILED;
	bool refused = false;

	close(fd);
	if (scratch < 0 || reader < 0 || take_lease(scratch))
		goto done;
	mapping = mmap(NULL, 1, PROT_READ, MAP_SHARED, reader, 0);
	close(reader);
	reader = -1;
	if (mapping == MAP_FAILED || take_lease(scratch))
		goto done;
	munmap(mapping, 1);
	mapping = MAP_FAILED;
	/* And granted when nobody is left, else it says nothing either. */
	refused = take_lease(scratch);
done:
	if (mapping != MAP_FAILED)
		munmap(mapping, 1);
	if (reader >= 0)
		close(reader);
	if (scratch >= 0)
		close(scratch);
	return refused;
}

/* A file that has no name in the directory; a memfd is one of tmpfs, too. */
static int open_scratch(const struct proof *proof)
{
	struct statfs fs;
	int fd;

	place_begin_naming();
	fd = openat(proof->directory, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, S_IRUSR | S_IWUSR);
	place_end_naming();
	/* Full directories are those that need to be cleaned most. */
	if (fd < 0 && fstatfs(proof->directory, &fs) == 0 && fs.f_type == TMPFS_MAGIC)
		fd = memfd_create("shmtool-rm", MFD_CLOEXEC);
	return fd;
}

bool proof_leases_count_readers(struct proof *proof)
{
	int fd;

	if (readers != READERS_NOT_TRIED)
		return readers == READERS_COUNTED;
	fd = open_scratch(proof);
	readers = fd >= 0 && refuses_readers(fd) ? READERS_COUNTED : READERS_IGNORED;
	return readers == READERS_COUNTED;
}

/* Whether a name still is the file that was opened. */
static bool is_same_file(int directory, const char *file, const struct stat *st)
{
	struct stat now;

	return fstatat(directory, file, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       now.st_ino == st->st_ino && now.st_dev == st->st_dev;
}

static enum proof_result removal_failed(const struct shm_object *object, struct error *why)
{
	const bool is_allowed = object->uid == user_map_caller() || user_map_is_root();

	if (errno == ENOENT)
		return PROOF_GONE;
	if (errno == EACCES)
		error_set(why, STATUS_FAILED, "you may not write to %s", POSIX_DIRECTORY);
	else if (errno == EBUSY)
		error_set(why, STATUS_FAILED, "something is mounted on it");
	else if (errno == EPERM && !is_allowed)
		error_set(why, STATUS_FAILED, "owned by %s, only the owner and root may remove it",
		          account_user(object->uid));
	else
		error_set_errno(why, errno, "can't be removed%s",
		                errno == EPERM ? " (see lsattr(1))" : "");
	return PROOF_FAILED;
}

/* What can be known of a removal without removing: errno of why it would fail, or 0. */
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

/*
 * Put back what turned out to be another file, or to be used.
 *
 * @param found  what it turned out to be
 * @return that, or PROOF_FAILED
 */
static enum proof_result put_back(struct proof *proof, const char *file, enum proof_result found,
                                  struct error *why)
{
	int result;

	place_begin_naming();
	result =
	    renameat2(proof->directory, proof->aside, proof->directory, file, RENAME_NOREPLACE);
	place_end_naming();
	if (result == 0)
		return found;
	if (errno == EEXIST)
		error_set(why, STATUS_FAILED,
		          "the name was given to another object meanwhile; what had it before is "
		          "now %s/%s",
		          POSIX_DIRECTORY, proof->aside);
	else
		error_set_errno(why, errno, "it is now %s/%s and can't be put back",
		                POSIX_DIRECTORY, proof->aside);
	choose_aside(proof);
	return PROOF_FAILED;
}

static int rename_aside(const struct proof *proof, const char *file)
{
	int result;

	place_begin_naming();
	result = renameat(proof->directory, file, proof->directory, proof->aside);
	place_end_naming();
	return result;
}

static int move_aside(struct proof *proof, const char *file)
{
	if (rename_aside(proof, file) == 0)
		return 0;
	if (errno != EISDIR)
		return -1;
	/* Whoever owns the file that was moved there may put something else in its place. */
	choose_aside(proof);
	return rename_aside(proof, file);
}

/*
 * Remove the name of a file on which there is a lease.
 *
 * @param fd  of the file; taken, and set to -1, if it is needed longer
 */
static enum proof_result remove_leased(struct proof *proof, const struct shm_object *object,
                                       const char *file, const struct stat *st, int *fd,
                                       struct error *why)
{
	if (move_aside(proof, file) < 0)
		return errno == ENOTDIR ? PROOF_REPLACED : removal_failed(object, why);
	if (proof->pending >= 0)
		close(proof->pending);
	proof->pending = -1;
	if (!is_same_file(proof->directory, proof->aside, st))
		return put_back(proof, file, PROOF_REPLACED, why);
	/* Who has looked up the name just before waits now. */
	if (fcntl(*fd, F_GETLEASE) != F_WRLCK)
		return put_back(proof, file, PROOF_USED, why);
	proof->pending = *fd;
	*fd = -1;
	/*
	 * While we have it open, another name of it would seem to be in use; and to move one of two
	 * names of a file over the other does nothing: rename(2).
	 */
	if (st->st_nlink > 1)
		finish_pending(proof);
	return PROOF_UNUSED;
}

/* Why the file could not be opened. */
static enum proof_result open_failed(const struct shm_object *object, struct error *why)
{
	switch (errno) {
	case ENOENT:
		return PROOF_GONE;
	case ELOOP:
	case ENXIO:
		return PROOF_REPLACED;
	case EWOULDBLOCK:
		error_set(why, STATUS_FAILED, "somebody holds a lease on it");
		return PROOF_UNKNOWN;
	case EACCES:
		error_set(why, STATUS_FAILED,
		          "owned by %s: without the right to open it nothing can be proven",
		          account_user(object->uid));
		return PROOF_UNKNOWN;
	default:
		error_set_errno(why, errno, "can't be opened, so nothing can be proven");
		return PROOF_UNKNOWN;
	}
}

static enum proof_result lease_refused(const struct shm_object *object, struct error *why)
{
	if (errno == EAGAIN || errno == EBUSY)
		return PROOF_USED;
	if (errno == EACCES || errno == EPERM)
		error_set(why, STATUS_FAILED,
		          "owned by %s: only the owner and root%s can prove that nobody uses it",
		          account_user(object->uid),
		          geteuid() == 0 ? " with CAP_LEASE or CAP_SETUID" : "");
	else
		error_set_errno(why, errno, "no lease on it can be had, so nothing can be proven");
	return PROOF_UNKNOWN;
}

/*
 * Where a lease does not tell whether somebody reads a file, it still makes wait who opens it. So
 * who isn't seen to use it now does not use it later, either.
 */
static enum proof_result look_for_readers(const struct shm_object *object, struct error *why)
{
	struct users_target target;
	const struct users_request request = { .targets = &target, .count = 1 };
	struct users_list users = { .count = 0 };
	enum proof_result result = PROOF_UNUSED;
	char text[USERS_BLIND_TEXT_SIZE];
	struct error cause;

	if (users_target_of_object(object, &target) < 0 ||
	    users_scan(&request, &users, &cause) < 0) {
		error_set(why, STATUS_FAILED,
		          "this kernel's leases do not tell whether somebody reads it, so nothing "
		          "can be proven");
		users_free(&users);
		return PROOF_UNKNOWN;
	}
	users_blind_text(&users.blind, false, text);
	if (text[0] != '\0') {
		error_set(why, STATUS_FAILED, "nobody is seen to use it, but %s", text);
		result = PROOF_UNKNOWN;
	}
	/* We have it open ourselves. */
	for (size_t i = 0; i < users.count; i++) {
		if (users.users[i].pid != getpid())
			result = PROOF_USED;
	}
	users_free(&users);
	return result;
}

/* Whether an object, as it is now, is still what the filter chooses. */
static bool is_still_chosen(const struct proof *proof, const struct shm_object *now)
{
	return proof->filter == NULL || filter_match(proof->filter, now, time(NULL));
}

static bool file_is_still_chosen(const struct proof *proof, const struct shm_object *object, int fd)
{
	struct shm_object now = *object;
	struct stat st;

	if (proof->filter == NULL || filter_takes_all(proof->filter))
		return true;
	if (fstat(fd, &st) < 0)
		return false;
	object_files_fill(&now, &st);
	now.bytes = (uint64_t)st.st_size;
	/* That another name of it was removed changes this time as well, and is no use of it. */
	if (now.modify_time == object->modify_time && now.bytes == object->bytes &&
	    now.mode == object->mode && now.uid == object->uid && now.gid == object->gid)
		now.change_time = object->change_time;
	return is_still_chosen(proof, &now);
}

/* Take a lease on a file that was opened, and tell what it proves. */
static enum proof_result prove_file(struct proof *proof, const struct shm_object *object, int fd,
                                    struct stat *st, struct error *why)
{
	enum proof_result result = PROOF_UNUSED;

	if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || st->st_ino != object->inode)
		return PROOF_REPLACED;
	if (!take_lease(fd))
		return lease_refused(object, why);
	if (!file_is_still_chosen(proof, object, fd))
		return PROOF_CHANGED;
	if (!proof_leases_count_readers(proof))
		result = look_for_readers(object, why);
	/* Somebody waits for it: as soon as we let go, it is used. */
	if (result == PROOF_UNUSED && fcntl(fd, F_GETLEASE) != F_WRLCK)
		result = PROOF_USED;
	return result;
}

static enum proof_result remove_file(struct proof *proof, const struct shm_object *object,
                                     bool remove, uint64_t *freed, struct error *why)
{
	enum { STAT_BLOCK = 512 }; /* the unit of st_blocks, whatever the block size: inode(7) */
	enum proof_result result;
	char file[POSIX_FILE_SIZE];
	struct stat st;
	int fd;

	/* Nobody waits for a file that is removed already while somebody is asked about this one. */
	if (!remove)
		(void)finish_pending(proof);
	stpcpy(stpcpy(file, object_file_prefix(object->kind)), object->name + 1);
	fd = openat(proof->directory, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (proof->directory < 0)
		errno = proof->failure;
	if (fd < 0)
		return open_failed(object, why);
	result = prove_file(proof, object, fd, &st, why);
	if (result == PROOF_UNUSED && remove)
		result = remove_leased(proof, object, file, &st, &fd, why);
	else if (result == PROOF_UNUSED && (errno = foresee_failure(proof, fd)) != 0)
		result = removal_failed(object, why);
	/* What has another name keeps its memory. */
	if (result == PROOF_UNUSED && st.st_nlink == 1)
		*freed = (uint64_t)st.st_blocks * STAT_BLOCK;
	if (fd >= 0)
		close(fd);
	/* Who waits for what was moved aside does not wait until something else is. */
	if (result != PROOF_UNUSED)
		(void)finish_pending(proof);
	return result;
}

static enum proof_result segment_removal_failed(const struct shm_object *object, struct error *why)
{
	if (errno != EPERM && errno != EACCES)
		return removal_failed(object, why);
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
		error_set_errno(why, errno, "can't be looked at");
		return PROOF_UNKNOWN;
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
	if (!remove) {
		errno = EPERM;
		return segment_removal_failed(object, why);
	}
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
	switch (object->kind) {
	case KIND_SHM:
		return remove_segment(proof, object, remove, why);
	case KIND_PSHM:
	case KIND_PSEM:
		return remove_file(proof, object, remove, freed, why);
	default:
		error_set(why, STATUS_FAILED, "nobody can prove that a %s is unused",
		          kind_noun(object->kind));
		return PROOF_UNKNOWN;
	}
}
