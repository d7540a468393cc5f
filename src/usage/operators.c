#include "usage/operators.h"

#include "base/memory.h"
#include "objects/semaphore_set.h"
#include "system/user_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct user *add_row(struct users_list *list, size_t target, enum user_how how, pid_t pid)
{
	struct user *row;

	list->users = needed(reallocarray(list->users, list->count + 1, sizeof(*list->users)));
	row = &list->users[list->count++];
	*row = (struct user){ .target = target, .pid = pid, .how = how, .count = 1 };
	return row;
}

static void add_waiters(const struct waiters *waiters, const struct shm_object *object,
                        size_t target, struct users_list *list, struct operators_limits *limits)
{
	for (size_t i = 0; i < waiters->count; i++) {
		const struct waiter *waiter = &waiters->waiters[i];
		struct user *row;

		if (!waiter_is_of(waiter, object))
			continue;
		row = add_row(list, target, USER_WAITS, waiter->pid);
		row->uid = waiter->uid;
		row->count = waiter->threads;
		row->life = CREATOR_LIVES;
		memcpy(row->command, waiter->command, sizeof(row->command));
		limits->seen += waiter->threads;
	}
}

/* FIRST: the first row of the object. WHEN: of the operation, seconds since 1970. */
static void add_operator(struct users_list *list, size_t first, size_t target, enum user_how how,
                         pid_t pid, time_t when)
{
	struct process_identity identity;
	struct user *row;

	for (size_t i = first; i < list->count; i++) {
		if (list->users[i].pid == pid && list->users[i].how == how) {
			list->users[i].count++;
			return;
		}
	}
	row = add_row(list, target, how, pid);
	row->life = process_find_creator(pid, when, row->command);
	if (row->life == CREATOR_LIVES && process_read_identity(pid, &identity) == 0)
		row->uid = user_map_user(identity.effective_uid);
	else
		row->uid = (uid_t)-1;
}

static void add_set_operators(const struct shm_object *set, size_t target, struct users_list *list,
                              struct operators_limits *limits)
{
	/* To set a value is an operation, too, and sets the other time: semctl(2). */
	const time_t last =
	    set->operation_time > set->change_time ? set->operation_time : set->change_time;
	const size_t first = list->count;

	for (uint64_t i = 0; i < set->semaphores; i++) {
		struct set_member member;

		if (semaphore_set_read(set->id, (int)i, &member) < 0) {
			limits->failure = errno;
			return;
		}
		limits->waiting +=
		    (uint64_t)member.increase_waiters + (uint64_t)member.zero_waiters;
		limits->outside |= member.pid == 0 && !process_all_are_listed();
		if (member.pid > 0)
			add_operator(list, first, target, USER_OPERATED, member.pid, last);
	}
}

void operators_add(const struct waiters *waiters, const struct shm_object *object, size_t target,
                   struct users_list *list, struct operators_limits *limits)
{
	*limits = (struct operators_limits){ .failure = 0 };
	add_waiters(waiters, object, target, list, limits);
	if (object->kind == KIND_SEM) {
		add_set_operators(object, target, list, limits);
		return;
	}
	if (object->send_pid > 0)
		add_operator(list, list->count, target, USER_SENT, object->send_pid,
		             object->send_time);
	if (object->receive_pid > 0)
		add_operator(list, list->count, target, USER_RECEIVED, object->receive_pid,
		             object->receive_time);
	limits->outside = (object->send_time != 0 && object->send_pid == 0) ||
	                  (object->receive_time != 0 && object->receive_pid == 0);
}
