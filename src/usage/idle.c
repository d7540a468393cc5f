#include "usage/idle.h"

#include "base/duration.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "objects/filter.h"
#include "objects/kind.h"
#include "objects/semaphore_set.h"
#include "objects/sysv_table.h"
#include "system/process.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The semaphores of all companions of an object that are inspected; with more, it is kept. */
enum { COMPANION_SEMAPHORES_MAX = 4096 };

/* The processes of the last operations on an object. */
struct operators {
	pid_t alive; /* 0: none */
	char command[COMMAND_SIZE];
	pid_t doubtful; /* has the pid and may be the process; 0: none */
	pid_t gone;     /* 0: none */
	uint32_t gone_count;
	bool outside; /* one may be outside this pid namespace */
};

/* The bits of a key that ftok(3) takes from the file; the others are those of the project. */
static uint32_t file_of_key(key_t key)
{
	enum { FILE_BITS = 0xffffff };

	return (uint32_t)key & FILE_BITS;
}

static int compare_companions(const void *left, const void *right)
{
	const struct shm_object *const *a = left;
	const struct shm_object *const *b = right;
	const uint32_t one = file_of_key((*a)->key);
	const uint32_t other = file_of_key((*b)->key);

	return (one > other) - (one < other);
}

/* The objects that have a key, sorted. */
static void find_companions(struct idle *idle)
{
	idle->companions = needed_array(idle->sysv.count, sizeof(*idle->companions));
	for (size_t i = 0; i < idle->sysv.count; i++) {
		if (idle->sysv.objects[i].key != 0)
			idle->companions[idle->companion_count++] = &idle->sysv.objects[i];
	}
	qsort(idle->companions, idle->companion_count, sizeof(*idle->companions),
	      compare_companions);
}

int idle_begin(struct idle *idle, const struct idle_options *options, struct error *error)
{
	*idle = (struct idle){
		.options = *options,
		.sees_all = process_numbers_are_ours() && process_all_are_listed(),
	};
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if (kind_is_sysv((enum object_kind)kind) &&
		    object_kinds[kind].list(KIND_BIT(kind), &idle->sysv, error) < 0)
			return -1;
	}
	find_companions(idle);
	return waiters_scan(&idle->waiters, error);
}

void idle_end(struct idle *idle)
{
	free(idle->companions);
	waiters_free(&idle->waiters);
	object_list_free(&idle->sysv);
	*idle = (struct idle){ .companion_count = 0 };
}

/*
 * Evidence of use
 */

/* WHEN: time of the operation, seconds since 1970; 0: there was none, so no process is outside. */
static void add_operator(const struct idle *idle, struct operators *operators, pid_t pid,
                         time_t when)
{
	char command[COMMAND_SIZE];

	if (pid == 0) {
		operators->outside |= when != 0 && !idle->sees_all;
		return;
	}
	if (pid == operators->alive || pid == operators->gone || pid == operators->doubtful)
		return;
	switch (process_find_creator(pid, when, command)) {
	case CREATOR_LIVES:
		operators->alive = pid;
		memcpy(operators->command, command, sizeof(command));
		break;
	case CREATOR_GONE:
	case CREATOR_REPLACED:
		operators->gone = pid;
		operators->gone_count++;
		break;
	case CREATOR_UNKNOWN:
	default:
		operators->doubtful = pid;
		break;
	}
}

static enum object_use judge_operators(const struct operators *operators, char *why)
{
	if (operators->alive != 0) {
		snprintf(why, IDLE_WHY_SIZE, "process %d (%s), which used it last, is running",
		         operators->alive, operators->command);
		return USE_USED;
	}
	if (operators->doubtful != 0)
		snprintf(why, IDLE_WHY_SIZE, "process %d is running and may have used it last",
		         operators->doubtful);
	else if (operators->outside)
		snprintf(why, IDLE_WHY_SIZE,
		         "it may have been used by a process outside this pid namespace");
	else if (operators->gone_count > 1)
		snprintf(why, IDLE_WHY_SIZE,
		         "process %d and %" PRIu32 " more, which used it last, have exited",
		         operators->gone, operators->gone_count - 1);
	else if (operators->gone != 0)
		snprintf(why, IDLE_WHY_SIZE, "process %d, which used it last, has exited",
		         operators->gone);
	else
		snprintf(why, IDLE_WHY_SIZE, "no process has used it");
	return operators->doubtful != 0 || operators->outside ? USE_UNKNOWN : USE_ABANDONED;
}

/* Find a thread that is in a call on the object. The kernel does not count stopped threads. */
static bool is_waited_for(const struct idle *idle, const struct shm_object *object, char *why)
{
	const struct waiter *waiter = waiters_find(&idle->waiters, object);

	if (waiter != NULL)
		snprintf(why, IDLE_WHY_SIZE, "process %d (%s) waits for it", waiter->pid,
		         waiter->command);
	return waiter != NULL;
}

static enum object_use judge_set(const struct idle *idle, const struct shm_object *set, char *why)
{
	/* Setting a value is also an operation, and updates the change time: semctl(2). */
	const time_t last =
	    set->operation_time > set->change_time ? set->operation_time : set->change_time;
	struct operators operators = { .alive = 0 };
	struct set_member member;
	uint64_t waiting = 0;

	if (is_waited_for(idle, set, why))
		return USE_USED;
	for (uint64_t i = 0; i < set->semaphores; i++) {
		if (semaphore_set_read(set->id, (int)i, &member) < 0) {
			snprintf(why, IDLE_WHY_SIZE, "its semaphores can't be read: %s",
			         strerror(errno));
			return USE_UNKNOWN;
		}
		waiting += (uint64_t)member.increase_waiters + (uint64_t)member.zero_waiters;
		add_operator(idle, &operators, member.pid, last);
	}
	if (waiting == 0)
		return judge_operators(&operators, why);
	snprintf(why, IDLE_WHY_SIZE, "%" PRIu64 " process%s for it", waiting,
	         waiting == 1 ? " waits" : "es wait");
	return USE_USED;
}

static enum object_use judge_queue(const struct idle *idle, const struct shm_object *queue,
                                   char *why)
{
	struct operators operators = { .alive = 0 };
	char text[USERS_BLIND_TEXT_SIZE];
	enum object_use use;

	if (is_waited_for(idle, queue, why))
		return USE_USED;
	add_operator(idle, &operators, queue->send_pid, queue->send_time);
	add_operator(idle, &operators, queue->receive_pid, queue->receive_time);
	use = judge_operators(&operators, why);
	if (use != USE_ABANDONED || !users_are_blind(&idle->waiters.blind))
		return use;
	users_blind_text(&idle->waiters.blind, false, text);
	snprintf(why, IDLE_WHY_SIZE, "a process may wait for it: %s", text);
	return USE_UNKNOWN;
}

/* Judge an object regardless of its companions: USE_ABANDONED if there is no sign of use. */
static enum object_use judge_use(const struct idle *idle, const struct shm_object *object,
                                 char *why)
{
	if (object->kind == KIND_SEM)
		return judge_set(idle, object, why);
	if (object->kind == KIND_MSG)
		return judge_queue(idle, object, why);
	if (object->kind == KIND_SHM && object->attaches > 0) {
		snprintf(why, IDLE_WHY_SIZE, "it is attached");
		return USE_USED;
	}
	snprintf(why, IDLE_WHY_SIZE, "no process has it open");
	return USE_ABANDONED;
}

/*
 * Companions
 */

static bool are_companions(const struct shm_object *one, const struct shm_object *other)
{
	const bool is_same = one->kind == other->kind && one->id == other->id;

	return !is_same && one->uid == other->uid &&
	       (one->key == other->key || file_of_key(one->key) != 0);
}

/* Judge a companion by its current state; the snapshot may be old, and this run may have removed it. */
static enum object_use judge_companion(const struct idle *idle, const struct shm_object *companion,
                                       char *why)
{
	struct shm_object now = { .known = 0 };

	if (sysv_table_look(object_kinds[companion->kind].table, companion->id, &now) == 0)
		return judge_use(idle, &now, why);
	snprintf(why, IDLE_WHY_SIZE, "it can't be inspected: %s", strerror(errno));
	return errno == ENOENT ? USE_ABANDONED : USE_UNKNOWN;
}

/*
 * Find an object with the same key, or of the same file, that is in use. The companions are inspected
 * for each object, so that without a limit, a user could keep root busy for hours.
 */
static bool has_used_companion(const struct idle *idle, const struct shm_object *object, char *why)
{
	const uint32_t file = file_of_key(object->key);
	char companion_why[IDLE_WHY_SIZE];
	uint64_t semaphores = 0;
	size_t place;

	if (!kind_is_sysv(object->kind) || object->key == 0)
		return false;
	place = sorted_place(idle->companions, idle->companion_count, sizeof(*idle->companions),
	                     &object, compare_companions);
	for (; place < idle->companion_count; place++) {
		const struct shm_object *other = idle->companions[place];
		char ref[REF_TEXT_SIZE];
		enum object_use use;

		if (file_of_key(other->key) != file)
			break;
		if (!are_companions(object, other))
			continue;
		semaphores += other->kind == KIND_SEM ? other->semaphores : 0;
		if (semaphores > COMPANION_SEMAPHORES_MAX) {
			snprintf(why, IDLE_WHY_SIZE,
			         "too many semaphores with keys of the same file (ftok) to "
			         "inspect them all");
			return true;
		}
		use = judge_companion(idle, other, companion_why);
		if (use == USE_ABANDONED)
			continue;
		object_ref(other, ref);
		snprintf(why, IDLE_WHY_SIZE, "%.255s with %s %s in use: %.150s", ref,
		         other->key == object->key ? "the same key"
		                                   : "a key of the same file (ftok)",
		         use == USE_USED ? "is" : "may be", companion_why);
		return true;
	}
	return false;
}

/*
 * The judgement
 */

/* Whether its messages keep a queue. */
static bool is_kept_by_messages(const struct idle *idle, const struct shm_object *object, char *why)
{
	if (!(KIND_BIT(object->kind) & KINDS_QUEUES) || idle->options.with_messages)
		return false;
	if (!(object->known & KNOWN_MESSAGES))
		snprintf(why, IDLE_WHY_SIZE, "its messages can't be counted");
	else if (object->messages > 0)
		snprintf(why, IDLE_WHY_SIZE, "it holds %" PRIu64 " message%s", object->messages,
		         plural_s(object->messages));
	else
		return false;
	return true;
}

enum object_use idle_judge(const struct idle *idle, const struct shm_object *object, time_t now,
                           char why[IDLE_WHY_SIZE])
{
	const uint64_t idle_for = object_idle(object, now);
	const enum object_use use = judge_use(idle, object, why);
	const enum object_use kept = object->kind == KIND_PMSG ? USE_UNUSED : USE_UNKNOWN;
	char duration[DURATION_WORDS_SIZE];
	size_t length;

	if (use != USE_ABANDONED)
		return use;
	if (is_kept_by_messages(idle, object, why) || has_used_companion(idle, object, why))
		return kept;
	duration_words(duration, idle_for);
	length = strlen(why);
	snprintf(why + length, IDLE_WHY_SIZE - length, "%s, idle for %s%s",
	         object->kind == KIND_PMSG ? "" : ", no process waits for it", duration,
	         idle_for < idle->options.idle_for ? " only" : "");
	return idle_for < idle->options.idle_for ? kept : USE_ABANDONED;
}
