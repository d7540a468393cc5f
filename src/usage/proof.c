#include "usage/proof.h"

#include "base/descriptor.h"
#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "objects/segment.h"
#include "system/account.h"
#include "system/beneath.h"
#include "system/lease.h"
#include "system/place.h"
#include "system/user_map.h"
#include "usage/idle.h"
#include "usage/lease_trial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bsd/stdlib.h>

struct proof {
	struct lease_directories files;
	const struct object_filter *filter; /* NULL for none */
	const struct idle *idle;            /* for queues and sets; NULL: they are not removed */
	struct waiters_cache waiting;
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
	/* The kernel sends SIGIO when another process opens a leased file; by default it kills. */
	sigaction(SIGIO, &ignore, &proof->before);
	lease_directories_begin(&proof->files);
	proof->filter = filter;
	return proof;
}

const char *proof_word(enum proof_result result)
{
	static const char *const words[] = {
		[PROOF_USED] = "in use",
		[PROOF_COMPANION] = "a companion is kept",
		[PROOF_REPLACED] = "the name now refers to a different object",
		[PROOF_CHANGED] = "changed since it was listed",
		[PROOF_GONE] = "no longer exists",
		[PROOF_FAILED] = NULL, /* the last result */
	};

	return words[result];
}

void proof_use_idle(struct proof *proof, const struct idle *idle)
{
	proof->idle = idle;
}

void proof_end(struct proof *proof)
{
	waiters_free(&proof->waiting.waiters);
	lease_directories_end(&proof->files);
	sigaction(SIGIO, &proof->before, NULL);
	free(proof);
}

/* Whether the filter still selects an object in its current state. */
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
	/* Removing another hard link changes this time, too, but is not a use. */
	if (now.modify_time == object->modify_time && now.bytes == object->bytes &&
	    now.mode == object->mode && now.uid == object->uid && now.gid == object->gid)
		now.change_time = object->change_time;
	return is_still_chosen(proof, &now);
}

/* Open a file, take a lease on it, and check that the filter still selects it. */
static enum proof_result prove_file(struct proof *proof, const struct shm_object *object,
                                    struct leased_file *leased, struct error *why)
{
	const enum proof_result result = leased_file_take(&proof->files, object, leased, why);

	if (result == PROOF_UNUSED && !file_is_still_chosen(proof, object, &leased->st))
		return PROOF_CHANGED;
	return result;
}

static enum proof_result remove_file(struct proof *proof, const struct shm_object *object,
                                     bool remove, uint64_t *freed, struct error *why)
{
	struct leased_file leased;
	enum proof_result result = prove_file(proof, object, &leased, why);

	if (result == PROOF_UNUSED && !remove)
		result = leased_file_foresee(&leased, why);
	else if (result == PROOF_UNUSED)
		result = leased_file_move(&leased, why);
	if (leased.is_aside)
		result = leased_file_unlink(&leased, why);
	if (result == PROOF_UNUSED)
		*freed = leased_file_freed(&leased);
	leased_file_end(&leased);
	return result;
}

static enum proof_result segment_removal_failed(const struct shm_object *object, struct error *why)
{
	if (errno == ENOENT)
		return PROOF_GONE;
	/* The kernel permits the owner and the creator; if they fail, the call itself is denied. */
	if ((errno != EPERM && errno != EACCES) || object->uid == user_map_caller() ||
	    object->creator_uid == user_map_caller())
		error_set_errno(why, errno, "can't be removed");
	else
		error_set(why, STATUS_FAILED,
		          "owned by %s; only the owner, the creator and root%s may remove it",
		          account_user(object->uid), geteuid() == 0 ? " with CAP_SYS_ADMIN" : "");
	return PROOF_FAILED;
}

/*
 * Check a segment right before its removal. Other processes can attach it between the two, so the
 * caller does nothing in between.
 */
static enum proof_result look_at_segment(const struct proof *proof, const struct shm_object *object,
                                         struct error *why)
{
	struct shm_object now;

	if (sysv_look(object->id, &now) < 0) {
		if (errno == ENOENT)
			return PROOF_GONE;
		error_set_errno(why, errno, "can't be inspected");
		return proof_not_possible(why->number);
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
	          "attached during its removal: marked for destruction, %" PRIu64 " still attached",
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
	if (proof->idle != NULL)
		return idle_remove(proof->idle, &proof->waiting, object, remove, why);
	error_set(why, STATUS_FAILED, "a %s can't be proven unused", kind_noun(object->kind));
	return PROOF_UNKNOWN;
}

static bool is_file(const struct shm_object *object)
{
	return (KIND_BIT(object->kind) & KINDS_DEVSHM) != 0;
}

/* Prove each member; files stay leased. Returns the index of the first that fails, or count. */
static size_t prove_members(struct proof *proof, struct proof_member *members,
                            struct leased_file *leased, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct proof_member *member = &members[i];

		member->result =
		    is_file(member->object)
			? prove_file(proof, member->object, &leased[i], &member->why)
			: proof_remove(proof, member->object, false, &member->freed, &member->why);
		if (member->result != PROOF_UNUSED)
			return i;
	}
	return count;
}

/* Predict each removal. Returns the index of the first that would fail, or count. */
static size_t foresee_members(struct proof_member *members, struct leased_file *leased,
                              size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct proof_member *member = &members[i];

		if (is_file(member->object))
			member->result = leased_file_foresee(&leased[i], &member->why);
		if (member->result != PROOF_UNUSED)
			return i;
		if (is_file(member->object))
			member->freed = leased_file_freed(&leased[i]);
	}
	return count;
}

/*
 * Take the reversible steps first: move the files aside; then remove all other members, each of
 * which is checked once more; then unlink the files, or restore their names.
 */
static void remove_members(struct proof *proof, struct proof_member *members,
                           struct leased_file *leased, size_t count)
{
	size_t failed = count;

	for (size_t i = 0; i < count; i++) {
		if (!is_file(members[i].object))
			continue;
		if (failed < count) {
			members[i].result = PROOF_COMPANION;
			continue;
		}
		members[i].result = leased_file_move(&leased[i], &members[i].why);
		if (members[i].result != PROOF_UNUSED)
			failed = i;
	}
	for (size_t i = 0; i < count; i++) {
		if (is_file(members[i].object))
			continue;
		members[i].result = failed < count
		                        ? PROOF_COMPANION
		                        : proof_remove(proof, members[i].object, true,
		                                       &members[i].freed, &members[i].why);
		if (members[i].result != PROOF_UNUSED && failed == count)
			failed = i;
	}
	for (size_t i = 0; i < count; i++) {
		if (!leased[i].is_aside)
			continue;
		if (failed < count) {
			members[i].result =
			    leased_file_put_back(&leased[i], PROOF_COMPANION, &members[i].why);
			continue;
		}
		members[i].result = leased_file_unlink(&leased[i], &members[i].why);
		if (members[i].result == PROOF_UNUSED)
			members[i].freed = leased_file_freed(&leased[i]);
	}
}

/* Each member has a descriptor. The soft limit is lower than the hard limit only for select(2). */
static void allow_descriptors(size_t count)
{
	enum { OTHERS = 64 };
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= count + OTHERS)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

void proof_remove_together(struct proof *proof, struct proof_member *members, size_t count,
                           bool remove)
{
	struct leased_file *leased = calloc(count, sizeof(*leased));
	size_t failed = 0;

	for (size_t i = 0; i < count; i++) {
		members[i].result = PROOF_COMPANION;
		members[i].freed = 0;
		if (leased != NULL)
			leased[i].fd = -1;
	}
	if (leased == NULL) {
		members[0].result = PROOF_FAILED;
		error_set(&members[0].why, STATUS_FAILED, "out of memory");
		return;
	}
	allow_descriptors(count);
	failed = prove_members(proof, members, leased, count);
	if (failed == count && remove)
		remove_members(proof, members, leased, count);
	else if (failed == count)
		failed = foresee_members(members, leased, count);
	for (size_t i = 0; i < count; i++) {
		/* It was proven unused before another member failed. */
		if (failed < count && members[i].result == PROOF_UNUSED)
			members[i].result = PROOF_COMPANION;
		leased_file_end(&leased[i]);
	}
	free(leased);
}

/* Restore the original name of a temporary file. */
static enum leftover_result put_leftover_back(const struct lease_directory *directory,
                                              const struct aside *aside, bool act,
                                              struct error *why)
{
	struct stat st;

	if (aside->before[0] == '\0') {
		error_set(why, STATUS_FAILED, "its original name was too long to be recorded");
		return LEFTOVER_STAYS;
	}
	if (act ? lease_directory_rename(directory, aside->file, aside->before) == 0
	        : beneath_stat(&directory->beneath, aside->before, &st) < 0 && errno == ENOENT)
		return LEFTOVER_PUT_BACK;
	if (act && errno == ENOENT)
		return LEFTOVER_OTHERS;
	if (!act || errno == EEXIST)
		error_set(why, STATUS_FAILED, "its original name now refers to a different object");
	else
		error_set_errno(why, errno, "it can't be renamed back");
	return LEFTOVER_STAYS;
}

static enum leftover_result finish(struct lease_directory *directory, const struct aside *aside,
                                   const struct lease_list *leases, bool may_remove, bool act,
                                   struct error *why)
{
	char path[PATH_MAX];
	bool is_unused;
	struct stat st;
	int fd;

	if (beneath_stat(&directory->beneath, aside->file, &st) < 0 || !S_ISREG(st.st_mode) ||
	    lease_is_held(leases, st.st_ino) ||
	    (user_map_user(st.st_uid) != user_map_caller() && !user_map_is_root()))
		return LEFTOVER_OTHERS;
	lease_directory_path(directory, path);
	lease_trial_run(directory->trial, directory->directory);
	fd = beneath_open_seen(&directory->beneath, aside->file, O_RDONLY, &st);
	is_unused = may_remove && fd >= 0 && st.st_ino == aside->inode && lease_take(fd) == 0 &&
	            lease_trial_proves(directory->trial, path, why) &&
	            lease_directory_has(directory, aside->file, &st) &&
	            fcntl(fd, F_GETLEASE) == F_WRLCK;
	if (is_unused && act && beneath_unlink(&directory->beneath, aside->file) < 0 &&
	    errno != ENOENT)
		is_unused = false;
	descriptor_close(fd);
	if (is_unused)
		return LEFTOVER_REMOVED;
	return put_leftover_back(directory, aside, act, why);
}

enum leftover_result proof_finish(struct proof *proof, const struct aside *aside,
                                  const struct lease_list *leases, bool may_remove, bool act,
                                  struct error *why)
{
	const struct shm_object object = { .kind = KIND_PSHM,
		                           .name = aside->name,
		                           .tree = aside->tree };
	struct lease_directory *directory = lease_directory_of(&proof->files, &object);
	enum leftover_result result = LEFTOVER_OTHERS;

	if (directory != NULL)
		result = finish(directory, aside, leases, may_remove, act, why);
	lease_directory_release(directory);
	return result;
}
