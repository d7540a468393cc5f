#include "commands/common/shared_watch.h"

#include "ipc/descendants.h"
#include "ipc/inventory.h"
#include "ipc/posix_queue.h"
#include "ipc/sysv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An id, or an inode: a name can be given to something else. */
struct known_object {
	enum object_kind kind;
	uint64_t number;
};

struct process_life {
	pid_t pid;
	time_t begin; /* seconds since 1970 */
	time_t end;
};

static struct known_object identify(const struct shm_object *object)
{
	return (struct known_object){
		.kind = object->kind,
		.number =
		    kind_is_sysv(object->kind) ? (uint64_t)object->id : (uint64_t)object->inode,
	};
}

static int compare_objects(const void *left, const void *right)
{
	const struct known_object *a = left;
	const struct known_object *b = right;

	if (a->kind != b->kind)
		return (a->kind > b->kind) - (a->kind < b->kind);
	return (a->number > b->number) - (a->number < b->number);
}

static bool is_new(const struct shared_watch *watch, const struct shm_object *object)
{
	const struct known_object key = identify(object);

	return watch->before_count == 0 || bsearch(&key, watch->before, watch->before_count,
	                                           sizeof(key), compare_objects) == NULL;
}

static int list_everything(struct object_list *list, struct error *error)
{
	const unsigned int needs[KIND_COUNT] = {
		[KIND_SHM] = NEED_COMMAND, [KIND_PMSG] = NEED_MESSAGES
	};
	struct object_filter filter = { .kinds = KINDS_ALL };

	if (!posix_queue_is_mounted())
		filter.kinds &= ~(unsigned int)KIND_BIT(KIND_PMSG);
	return inventory_list(&filter, needs, list, error);
}

int shared_watch_begin(struct shared_watch *watch, struct error *error)
{
	struct object_list list = { .count = 0 };
	int result = list_everything(&list, error);

	watch->before = calloc(list.count + 1, sizeof(*watch->before));
	if (watch->before == NULL) {
		result = error_set(error, STATUS_FAILED, "out of memory");
	} else {
		for (size_t i = 0; i < list.count; i++)
			watch->before[i] = identify(&list.objects[i]);
		watch->before_count = list.count;
		qsort(watch->before, list.count, sizeof(*watch->before), compare_objects);
	}
	object_list_free(&list);
	return result;
}

static bool is_proven(const struct shared_watch *watch, int id)
{
	for (size_t i = 0; i < watch->proven_count; i++) {
		if (watch->proven[i] == id)
			return true;
	}
	return false;
}

/* Without memory for it, it is not proven: it is kept. */
static void prove(struct shared_watch *watch, int id)
{
	int *grown = reallocarray(watch->proven, watch->proven_count + 1, sizeof(*grown));

	if (grown == NULL)
		return;
	watch->proven = grown;
	watch->proven[watch->proven_count++] = id;
}

/*
 * A process that began after the segment was made only has its creator's pid. The times are cut to
 * whole seconds.
 */
static bool creator_descends(const struct shm_object *segment)
{
	struct process_stat creator;

	return process_read_stat(segment->creator_pid, &creator) == 0 &&
	       process_began(&creator) <= segment->change_time + 1 &&
	       descends_from(creator.pid, getpid());
}

static bool creator_descended(const struct shared_watch *watch, const struct shm_object *segment)
{
	for (size_t i = 0; i < watch->life_count; i++) {
		const struct process_life *life = &watch->lives[i];

		if (life->pid == segment->creator_pid && life->begin <= segment->change_time + 1 &&
		    segment->change_time <= life->end)
			return true;
	}
	return false;
}

static void look_at_segments(struct shared_watch *watch, const struct object_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct shm_object *object = &list->objects[i];

		if (object->kind != KIND_SHM || object->creator_pid <= 0 ||
		    !is_new(watch, object) || is_proven(watch, object->id))
			continue;
		if (creator_descended(watch, object) || creator_descends(object))
			prove(watch, object->id);
	}
}

void shared_watch_look(struct shared_watch *watch)
{
	struct object_list list = { .count = 0 };

	/* What can't be looked at is not proven. */
	(void)sysv_list(&list);
	look_at_segments(watch, &list);
	object_list_free(&list);
}

void shared_watch_ended(struct shared_watch *watch, pid_t pid, time_t begin)
{
	struct process_life *grown =
	    reallocarray(watch->lives, watch->life_count + 1, sizeof(*grown));

	if (grown == NULL)
		return;
	watch->lives = grown;
	watch->lives[watch->life_count++] =
	    (struct process_life){ .pid = pid, .begin = begin, .end = time(NULL) };
}

/* The same segment as was listed, unused right now. */
static const char *remove_segment(struct leak *leak, struct object_list *texts)
{
	struct object_list now = { .count = 0 };
	char text[128];
	uint64_t nattch = 0;
	bool removed = false;
	const char *done = NULL;

	if (sysv_find(leak->object.id, &now) < 0 && errno != ENOENT) {
		snprintf(text, sizeof(text), "kept: %s", strerror(errno));
	} else if (now.count == 0 || now.objects[0].creator_pid != leak->object.creator_pid) {
		done = "gone meanwhile";
	} else if (now.objects[0].attaches > 0) {
		leak->object.attaches = now.objects[0].attaches;
		snprintf(text, sizeof(text), "kept: attached %" PRIu64 " time%s",
		         leak->object.attaches, leak->object.attaches == 1 ? "" : "s");
	} else if (sysv_remove(leak->object.id, &removed, &nattch) < 0) {
		snprintf(text, sizeof(text), "failed: %s", strerror(errno));
	} else if (!removed) {
		done = "marked for destruction: attached in between";
	} else {
		done = "removed";
	}
	object_list_free(&now);
	if (done != NULL)
		return done;
	done = object_list_text(texts, "", text);
	return done != NULL ? done : "kept";
}

static void decide(struct shared_watch *watch, struct leak_list *leaks, struct leak *leak)
{
	leak->proven = leak->object.kind == KIND_SHM && is_proven(watch, leak->object.id);
	if (leak->proven) {
		leaks->proven++;
		leak->done = remove_segment(leak, &leaks->objects);
	} else if (leak->object.kind == KIND_SHM) {
		leak->done = "kept: not known to be the program's";
	} else {
		leak->done = "kept: the kernel does not tell who made it";
	}
}

int shared_watch_finish(struct shared_watch *watch, struct leak_list *leaks, struct error *error)
{
	int result;

	memset(leaks, 0, sizeof(*leaks));
	result = list_everything(&leaks->objects, error);
	look_at_segments(watch, &leaks->objects);
	leaks->leaks = calloc(leaks->objects.count + 1, sizeof(*leaks->leaks));
	if (leaks->leaks == NULL)
		return error_set(error, STATUS_FAILED, "out of memory");
	for (size_t i = 0; i < leaks->objects.count; i++) {
		const struct shm_object *object = &leaks->objects.objects[i];

		if (is_new(watch, object) && !(object->kind == KIND_SHM && object->marked))
			leaks_add(leaks, object);
	}
	for (size_t i = 0; i < leaks->count; i++)
		decide(watch, leaks, &leaks->leaks[i]);
	return result;
}

void shared_watch_free(struct shared_watch *watch)
{
	free(watch->before);
	free(watch->lives);
	free(watch->proven);
	memset(watch, 0, sizeof(*watch));
}
