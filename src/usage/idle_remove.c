#include "usage/idle.h"

#include "objects/message_queue.h"
#include "objects/posix_queue.h"
#include "objects/semaphore_set.h"
#include "system/account.h"
#include "system/lease.h"
#include "system/user_map.h"
#include "usage/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static enum proof_result not_removable(const struct shm_object *object, struct error *why)
{
	if (errno == ENOENT || errno == EIDRM)
		return PROOF_GONE;
	if ((errno == EPERM || errno == EACCES) && object->uid != user_map_caller())
		error_set(
		    why, STATUS_FAILED, "owned by %s; only the owner%s and root may remove it",
		    account_user(object->uid), object->kind == KIND_PMSG ? "" : ", the creator");
	else
		error_set_errno(why, errno, "can't be removed");
	return PROOF_FAILED;
}

/* Whether an object has not been used since it was listed. */
static bool is_unchanged(const struct shm_object *before, const struct shm_object *now)
{
	if (before->uid != now->uid || before->gid != now->gid || before->mode != now->mode ||
	    before->change_time != now->change_time)
		return false;
	if (before->kind == KIND_SEM)
		return before->key == now->key && before->semaphores == now->semaphores &&
		       before->operation_time == now->operation_time;
	return before->key == now->key && before->messages == now->messages &&
	       before->send_pid == now->send_pid && before->receive_pid == now->receive_pid &&
	       before->send_time == now->send_time && before->receive_time == now->receive_time;
}

static enum proof_result judged(enum object_use use, const char *text, struct error *why)
{
	if (use == USE_ABANDONED)
		return PROOF_UNUSED;
	error_set(why, STATUS_FAILED, "%s", text);
	return PROOF_UNKNOWN;
}

static enum proof_result remove_sysv(const struct idle *idle, struct waiters_cache *waiting,
                                     const struct shm_object *object, bool remove,
                                     struct error *why)
{
	const bool is_set = object->kind == KIND_SEM;
	struct idle fresh = *idle;
	struct shm_object now = { .known = 0 };
	char text[IDLE_WHY_SIZE] = "";
	enum proof_result result;

	/* The kernel does not count the processes that wait for a message. */
	if (!is_set) {
		if (waiters_refresh(waiting, why) < 0)
			return PROOF_UNKNOWN;
		fresh.waiters = waiting->waiters;
	}
	if ((is_set ? semaphore_set_look : queue_look)(object->id, &now) < 0) {
		if (errno == ENOENT)
			return PROOF_GONE;
		error_set_errno(why, errno, "can't be inspected");
		return PROOF_UNKNOWN;
	}
	if (!is_unchanged(object, &now))
		return PROOF_CHANGED;
	result = judged(idle_judge(&fresh, &now, time(NULL), text), text, why);
	if (result != PROOF_UNUSED)
		return result;
	if (!remove)
		return (is_set ? semaphore_set_may_remove : queue_may_remove)(object->id)
		           ? PROOF_UNUSED
		           : not_removable(object, why);
	return (is_set ? semaphore_set_remove : queue_remove)(object->id) == 0
	           ? PROOF_UNUSED
	           : not_removable(object, why);
}

/* Whether a process other than this one, which also has the queue open, uses it. */
static bool is_used_by_others(const struct users_list *users)
{
	for (size_t i = 0; i < users->count; i++) {
		if (users->users[i].pid != getpid())
			return true;
	}
	return false;
}

/* Find processes that have a queue open. */
static enum proof_result look_for_users(const struct shm_object *queue, struct error *why)
{
	struct users_target target;
	const struct users_request request = { .targets = &target, .count = 1, .no_paths = true };
	struct users_list users = { .count = 0 };
	enum proof_result result = PROOF_UNKNOWN;
	char text[USERS_BLIND_TEXT_SIZE];

	if (users_target_of_object(queue, &target) < 0)
		error_set_errno(why, errno, POSIX_QUEUE_DIRECTORY " can't be inspected");
	else if (users_scan(&request, &users, why) < 0)
		result = PROOF_UNKNOWN;
	else if (is_used_by_others(&users))
		result = PROOF_USED;
	else if (!users_are_blind(&users.blind))
		result = PROOF_UNUSED;
	else {
		users_blind_text(&users.blind, false, text);
		error_set(why, STATUS_FAILED, "a process may have it open: %s", text);
	}
	users_free(&users);
	return result;
}

/*
 * Take a lease on an open queue. It proves that no other process has the queue open, provided that
 * the kernel refuses it while there is another descriptor. All kernels support leases on queues;
 * Linux 7.0 may refuse them.
 *
 * @return PROOF_UNUSED, PROOF_USED, or PROOF_UNKNOWN if leases prove nothing
 */
static enum proof_result lease_queue(const struct shm_object *queue, int fd)
{
	const int other = posix_queue_open(queue);
	const bool is_refused = other >= 0 && lease_take(fd) < 0 && errno == EAGAIN;

	if (other >= 0)
		close(other);
	if (!is_refused)
		return PROOF_UNKNOWN;
	if (lease_take(fd) == 0)
		return PROOF_UNUSED;
	return errno == EAGAIN ? PROOF_USED : PROOF_UNKNOWN;
}

/* Whether the name still refers to the queue, without an open, which would break the lease. */
static bool has_name(const struct shm_object *queue)
{
	struct object_list list = { .count = 0 };
	const bool result =
	    posix_queue_find(queue->name + 1, &list) == 0 && list.objects[0].inode == queue->inode;

	object_list_free(&list);
	return result;
}

/*
 * Release a lease right before the removal. mq_open(3) waits for the end of a lease while it holds the
 * lock of the directory, which the removal needs.
 *
 * @return false if a process waits for it, and will have the queue open
 */
static bool release_lease(int fd)
{
	return fcntl(fd, F_GETLEASE) == F_WRLCK && fcntl(fd, F_SETLEASE, F_UNLCK) == 0;
}

static enum proof_result remove_open_queue(const struct idle *idle, const struct shm_object *object,
                                           int fd, bool remove, struct error *why)
{
	struct shm_object now = *object;
	char text[IDLE_WHY_SIZE];
	enum proof_result result = lease_queue(object, fd);
	const bool is_leased = result == PROOF_UNUSED;

	if (result == PROOF_UNKNOWN)
		result = look_for_users(object, why);
	if (result != PROOF_UNUSED)
		return result;
	if (posix_queue_look(fd, &now) < 0) {
		error_set_errno(why, errno, "can't be inspected");
		return PROOF_UNKNOWN;
	}
	if (now.change_time != object->change_time || now.uid != object->uid ||
	    now.gid != object->gid || now.mode != object->mode)
		return PROOF_CHANGED;
	result = judged(idle_judge(idle, &now, time(NULL), text), text, why);
	if (result != PROOF_UNUSED || !remove)
		return result;
	if (!has_name(object))
		return PROOF_REPLACED;
	if (is_leased && !release_lease(fd))
		return PROOF_USED;
	return posix_queue_remove(object->name + 1) == 0 ? PROOF_UNUSED
	                                                 : not_removable(object, why);
}

static enum proof_result remove_posix(const struct idle *idle, const struct shm_object *object,
                                      bool remove, struct error *why)
{
	const int fd = posix_queue_open(object);
	enum proof_result result;

	if (fd < 0) {
		if (errno == ENOENT)
			return PROOF_GONE;
		if (errno == ESTALE)
			return PROOF_REPLACED;
		error_set_errno(why, errno, "can't be opened for reading");
		return PROOF_UNKNOWN;
	}
	result = remove_open_queue(idle, object, fd, remove, why);
	close(fd);
	return result;
}

enum proof_result idle_remove(const struct idle *idle, struct waiters_cache *waiting,
                              const struct shm_object *object, bool remove, struct error *why)
{
	return object->kind == KIND_PMSG ? remove_posix(idle, object, remove, why)
	                                 : remove_sysv(idle, waiting, object, remove, why);
}
