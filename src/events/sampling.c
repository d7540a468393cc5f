/*
 * Any object, by listing all of them again and again and comparing each list with the one before.
 * Whatever begins and ends between two lists is missed.
 */
#include "base/clock.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "events/process_facts.h"
#include "events/source.h"
#include "objects/kind.h"
#include "system/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { NANOSECONDS_PER_MILLISECOND = 1000 * 1000 };

/* The period is at least that many times as long as a sample takes: 1.25 % of a processor. */
enum { REST = 80 };

/* The objects that one function lists. */
struct sample {
	unsigned int kinds; /* bits of KIND_BIT() */
	struct object_list list;
	bool failed; /* the last listing; that is reported once */
};

struct sampling {
	struct sample samples[KIND_COUNT];
	size_t count;
	uint64_t clock;  /* of the last sample, nanoseconds since 1970 */
	uint64_t period; /* nanoseconds */
	int timer;
	struct process_facts *facts;
};

/* A comparison of two lists. */
struct difference {
	struct sampling *sampling;
	struct event_sink *sink;
};

/* By kind, then by id or by name. */
static int compare_objects(const void *a, const void *b)
{
	const struct shm_object *left = a;
	const struct shm_object *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	if (!kind_is_sysv(left->kind))
		return strcmp(left->name, right->name);
	return (left->id > right->id) - (left->id < right->id);
}

/* A file with the name of another one is another object. */
static bool is_replaced(const struct shm_object *before, const struct shm_object *after)
{
	return !kind_is_sysv(after->kind) && before->inode != after->inode;
}

static void pass(const struct difference *now, enum event_type type,
                 const struct shm_object *object, const struct event_process *process,
                 uint64_t before, uint64_t after)
{
	const struct event event = {
		.time = now->sampling->clock,
		.type = type,
		.object = object,
		.process = *process,
		.before = before,
		.after = after,
	};

	event_sink_add(now->sink, &event);
}

static void pass_plain(const struct difference *now, enum event_type type,
                       const struct shm_object *object)
{
	const struct event_process nobody = { .uid = (uid_t)-1 };

	pass(now, type, object, &nobody, EVENT_UNKNOWN, EVENT_UNKNOWN);
}

/* Describe a process that the kernel recorded for a segment, at a time in seconds since 1970. */
static void describe(const struct difference *now, pid_t pid, time_t when,
                     struct event_process *process)
{
	char command[COMMAND_SIZE];
	const bool lives = process_creator_command(pid, when, command);

	process_facts_find(now->sampling->facts, lives ? pid : 0, false, process);
	process->pid = pid;
}

static void pass_created(const struct difference *now, const struct shm_object *object)
{
	struct event_process process = { .uid = (uid_t)-1 };

	if (object->kind == KIND_SHM)
		describe(now, object->creator_pid, object->change_time, &process);
	if (kind_is_sysv(object->kind))
		process.uid = object->creator_uid;
	pass(now, EVENT_CREATED, object, &process, EVENT_UNKNOWN, EVENT_UNKNOWN);
	if (object->kind != KIND_SHM || object->attaches == 0)
		return;
	describe(now, object->last_pid, object->attach_time, &process);
	pass(now, EVENT_ATTACHED, object, &process, 0, object->attaches);
}

/*
 * Attaches and detaches. The kernel records the times of the last ones in seconds, and the process of
 * the last one of either.
 */
static void compare_attaches(const struct difference *now, const struct shm_object *before,
                             const struct shm_object *after)
{
	const bool is_silent = before->attaches == after->attaches &&
	                       before->attach_time == after->attach_time &&
	                       before->detach_time == after->detach_time;
	const bool is_both = is_silent && before->last_pid != after->last_pid;
	const bool is_attached = after->attaches > before->attaches ||
	                         before->attach_time != after->attach_time || is_both;
	const bool is_detached = after->attaches < before->attaches ||
	                         before->detach_time != after->detach_time || is_both;
	struct event_process nobody = { .uid = (uid_t)-1 };
	struct event_process last;
	bool attach_is_last;

	if (!is_attached && !is_detached)
		return;
	attach_is_last = !is_detached || after->attach_time > after->detach_time;
	describe(now, after->last_pid, attach_is_last ? after->attach_time : after->detach_time,
	         &last);
	if (is_attached)
		pass(now, EVENT_ATTACHED, after, is_detached && !is_both ? &nobody : &last,
		     before->attaches, is_detached ? EVENT_UNKNOWN : after->attaches);
	if (is_detached)
		pass(now, EVENT_DETACHED, after, is_attached && attach_is_last ? &nobody : &last,
		     is_attached ? EVENT_UNKNOWN : before->attaches, after->attaches);
}

static void compare_segment(const struct difference *now, const struct shm_object *before,
                            const struct shm_object *after)
{
	compare_attaches(now, before, after);
	if (after->marked && !before->marked)
		pass_plain(now, EVENT_MARKED, after);
	if (after->locked != before->locked)
		pass_plain(now, after->locked ? EVENT_LOCKED : EVENT_UNLOCKED, after);
}

/* The object existed before, too. */
static void compare_states(const struct difference *now, const struct shm_object *before,
                           const struct shm_object *after)
{
	const struct event_process nobody = { .uid = (uid_t)-1 };

	if (after->kind == KIND_SHM)
		compare_segment(now, before, after);
	if (object_size_is_known(before) && object_size_is_known(after) &&
	    before->bytes != after->bytes)
		pass(now, EVENT_RESIZED, after, &nobody, before->bytes, after->bytes);
	if (before->uid != after->uid || before->gid != after->gid || before->mode != after->mode)
		pass_plain(now, EVENT_CHANGED, after);
}

/* Check whether two lists have the same objects at the same places. */
static bool has_same_objects(const struct object_list *before, const struct object_list *after)
{
	if (before->count != after->count)
		return false;
	for (size_t i = 0; i < after->count; i++) {
		if (compare_objects(&before->objects[i], &after->objects[i]) != 0)
			return false;
	}
	return true;
}

static void sort(struct object_list *list)
{
	if (list->count > 0)
		qsort(list->objects, list->count, sizeof(*list->objects), compare_objects);
}

static void compare_lists(const struct difference *now, struct object_list *before,
                          struct object_list *after)
{
	size_t old = 0;

	/* Usually, nothing has happened. */
	if (!has_same_objects(before, after)) {
		sort(before);
		sort(after);
	}
	for (size_t i = 0; i < after->count; i++) {
		const struct shm_object *object = &after->objects[i];
		int order = -1;

		while (old < before->count &&
		       (order = compare_objects(&before->objects[old], object)) < 0)
			pass_plain(now, EVENT_REMOVED, &before->objects[old++]);
		if (order != 0) {
			pass_created(now, object);
		} else if (is_replaced(&before->objects[old], object)) {
			pass_plain(now, EVENT_REMOVED, &before->objects[old++]);
			pass_created(now, object);
		} else {
			compare_states(now, &before->objects[old++], object);
		}
	}
	while (old < before->count)
		pass_plain(now, EVENT_REMOVED, &before->objects[old++]);
}

/* List the objects, unsorted. Returns 0, or -1 with error set. */
static int list_objects(unsigned int kinds, struct object_list *list, struct error *error)
{
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if (kinds & KIND_BIT(kind))
			return object_kinds[kind].list(kinds, list, error);
	}
	return 0;
}

static void take_sample(const struct difference *now, struct sample *sample)
{
	struct object_list list = { .count = 0 };
	struct error error;
	const bool failed = list_objects(sample->kinds, &list, &error) < 0;

	if (failed) {
		/* An object that is not listed need not be removed. */
		if (!sample->failed)
			event_sink_add_loss(now->sink, now->sampling->clock, 1);
		object_list_free(&list);
	} else {
		compare_lists(now, &sample->list, &list);
		object_list_free(&sample->list);
		sample->list = list;
	}
	sample->failed = failed;
}

/* Start to sample the kinds that one function lists. Returns false with error set on failure. */
static bool add_sample(struct sampling *sampling, unsigned int kinds, struct error *error)
{
	struct sample *sample = &sampling->samples[sampling->count];

	sample->kinds = kinds;
	if (list_objects(kinds, &sample->list, error) < 0) {
		object_list_free(&sample->list);
		return false;
	}
	sampling->count++;
	return true;
}

/* Wait for the next sample. TOOK: processor time of the last one, in nanoseconds. */
static void set_timer(const struct sampling *sampling, uint64_t took)
{
	const uint64_t rest = took * REST;
	const uint64_t wait = rest > sampling->period ? rest : sampling->period;
	const struct itimerspec setting = {
		.it_value = { .tv_sec = (time_t)(wait / NANOSECONDS_PER_SECOND),
		              .tv_nsec = (long)(wait % NANOSECONDS_PER_SECOND) },
	};

	(void)timerfd_settime(sampling->timer, 0, &setting, NULL);
}

static void close_sampling(void *state)
{
	struct sampling *sampling = state;

	for (size_t i = 0; i < sampling->count; i++)
		object_list_free(&sampling->samples[i].list);
	process_facts_free(sampling->facts);
	descriptor_close(sampling->timer);
	free(sampling);
}

static int open_sampling(const struct event_request *request, unsigned int kinds, void **state,
                         unsigned int *opened, struct error *error)
{
	struct sampling *sampling = needed_array(1, sizeof(*sampling));

	*opened = 0;
	sampling->facts = process_facts_new();
	sampling->period = (uint64_t)request->period * NANOSECONDS_PER_MILLISECOND;
	sampling->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (sampling->timer < 0) {
		error_set_errno(error, errno, "can't wait for the next sample");
		close_sampling(sampling);
		return -1;
	}
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		unsigned int together = 0;

		/* Kinds with the same function share a directory. */
		for (unsigned int other = kind; other < KIND_COUNT; other++) {
			if (object_kinds[other].list == object_kinds[kind].list)
				together |= kinds & KIND_BIT(other);
		}
		if ((together & KIND_BIT(kind)) && add_sample(sampling, together, error))
			*opened |= together;
		kinds &= ~together;
	}
	*state = sampling;
	set_timer(sampling, 0);
	if (sampling->count > 0)
		return 0;
	close_sampling(sampling);
	return -1;
}

static int sampling_fd(const void *state)
{
	return ((const struct sampling *)state)->timer;
}

static uint64_t read_sampling(void *state, bool finish, struct event_sink *sink)
{
	struct sampling *sampling = state;
	const struct difference now = { sampling, sink };
	uint64_t expirations;
	uint64_t began;

	if (read(sampling->timer, &expirations, sizeof(expirations)) < 0 && !finish)
		return clock_nanoseconds(CLOCK_REALTIME);
	began = clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID);
	sampling->clock = clock_nanoseconds(CLOCK_REALTIME);
	for (size_t i = 0; i < sampling->count; i++)
		take_sample(&now, &sampling->samples[i]);
	set_timer(sampling, clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID) - began);
	return sampling->clock + 1;
}

const struct event_source sampling_source = {
	.name = "sampling",
	.kinds = KINDS_ALL,
	.samples = true,
	.open = open_sampling,
	.fd = sampling_fd,
	.read = read_sampling,
	.close = close_sampling,
};
