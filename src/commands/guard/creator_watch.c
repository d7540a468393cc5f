#include "commands/guard/creator_watch.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "commands/guard/descendants.h"
#include "commands/guard/fork_watch.h"
#include "commands/guard/maker_watch.h"
#include "objects/kind.h"
#include "objects/posix_files.h"
#include "objects/segment.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* A segment created between two scans; times are by process_clock(). */
struct seen_segment {
	int id;
	bool old;        /* it existed before the program */
	bool proven;     /* created by a descendant */
	uint64_t absent; /* it did not exist yet */
	uint64_t seen;   /* it existed */
};

static void wait_for(const struct creator_watch *watch, int descriptor)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (descriptor >= 0)
		(void)epoll_ctl(watch->descriptor, EPOLL_CTL_ADD, descriptor, &event);
}

static void listen_to_kernel(struct creator_watch *watch)
{
	watch->descriptor = epoll_create1(EPOLL_CLOEXEC);
	watch->forks = fork_watch_begin(getpid());
	if (watch->forks != NULL)
		wait_for(watch, fork_watch_fd(watch->forks));
	watch->makers = posix_makers_watch();
	watch->makers_refused = watch->makers == NULL && errno == EPERM;
	if (watch->makers != NULL)
		wait_for(watch, posix_makers_fd(watch->makers));
}

static int compare_ids(const void *left, const void *right)
{
	const struct seen_segment *a = left;
	const struct seen_segment *b = right;

	return (a->id > b->id) - (a->id < b->id);
}

static struct seen_segment *find_seen(const struct creator_watch *watch, size_t count, int id)
{
	const struct seen_segment key = { .id = id };

	if (count == 0)
		return NULL;
	return bsearch(&key, watch->segments, count, sizeof(key), compare_ids);
}

static bool creator_descends(const struct creator_watch *watch, const struct seen_segment *segment,
                             pid_t pid)
{
	struct process_stat creator;
	struct pid_life life = { .pid = pid, .end = UINT64_MAX };

	if (!process_numbers_are_ours() || process_read_stat(pid, &creator) < 0)
		return false;
	life.begin = process_start(&creator);
	return pid_life_covers(&life, segment->absent, segment->seen) &&
	       descendants_have(watch->descendants, pid);
}

static bool creator_descended(const struct creator_watch *watch, const struct seen_segment *segment,
                              pid_t pid)
{
	if (watch->forks != NULL &&
	    fork_watch_had(watch->forks, pid, segment->absent, segment->seen))
		return true;
	for (size_t i = 0; i < watch->life_count; i++) {
		if (watch->lives[i].pid == pid &&
		    pid_life_covers(&watch->lives[i], segment->absent, segment->seen))
			return true;
	}
	return false;
}

static struct seen_segment *add_seen(struct creator_watch *watch, int id, uint64_t now)
{
	watch->segments =
	    vector_grow(watch->segments, watch->segment_count, sizeof(*watch->segments));
	watch->segments[watch->segment_count] =
	    (struct seen_segment){ .id = id, .absent = watch->last_look, .seen = now };
	return &watch->segments[watch->segment_count++];
}

void creator_watch_read(struct creator_watch *watch)
{
	if (watch->makers != NULL)
		posix_makers_read(watch->makers, watch->descendants, watch->forks);
	if (watch->forks != NULL)
		fork_watch_read(watch->forks);
}

/* Forget descendants that exited before a time by process_clock(). */
static void forget_lives(struct creator_watch *watch, uint64_t before)
{
	size_t kept = 0;

	for (size_t i = 0; i < watch->life_count; i++) {
		if (watch->lives[i].end >= before)
			watch->lives[kept++] = watch->lives[i];
	}
	watch->life_count = kept;
}

void creator_watch_look_at(struct creator_watch *watch, const struct object_list *list,
                           uint64_t begin, bool all)
{
	const uint64_t end = process_clock();
	const size_t known = watch->segment_count;

	/* The kernel has already reported the creators of these segments. */
	creator_watch_read(watch);
	for (size_t i = 0; i < list->count; i++) {
		const struct shm_object *object = &list->objects[i];
		struct seen_segment *segment;

		if (object->kind != KIND_SHM || object->creator_pid <= 0)
			continue;
		segment = find_seen(watch, known, object->id);
		if (segment == NULL)
			segment = add_seen(watch, object->id, end);
		if (!segment->old && !segment->proven)
			segment->proven = creator_descended(watch, segment, object->creator_pid) ||
			                  creator_descends(watch, segment, object->creator_pid);
	}
	if (watch->segment_count > known)
		qsort(watch->segments, watch->segment_count, sizeof(*watch->segments), compare_ids);
	if (!all)
		return;
	watch->last_look = begin;
	/* A segment first seen later than this was created after that time. */
	forget_lives(watch, begin);
	if (watch->forks != NULL)
		fork_watch_forget(watch->forks, begin);
}

void creator_watch_look(struct creator_watch *watch)
{
	struct object_list list = { .count = 0 };
	const uint64_t begin = process_clock();
	/* An object that can't be inspected stays unproven. */
	const bool all = sysv_list(&list) == 0;

	creator_watch_look_at(watch, &list, begin, all);
	object_list_free(&list);
}

void creator_watch_ended(struct creator_watch *watch, pid_t pid, uint64_t begin, uint64_t end)
{
	watch->lives = vector_grow(watch->lives, watch->life_count, sizeof(*watch->lives));
	watch->lives[watch->life_count++] =
	    (struct pid_life){ .pid = pid, .begin = begin, .end = end };
}

void creator_watch_begin(struct creator_watch *watch)
{
	struct object_list list = { .count = 0 };

	listen_to_kernel(watch);
	watch->last_look = process_clock();
	(void)sysv_list(&list);
	for (size_t i = 0; i < list.count; i++)
		add_seen(watch, list.objects[i].id, watch->last_look)->old = true;
	if (watch->segment_count > 0)
		qsort(watch->segments, watch->segment_count, sizeof(*watch->segments), compare_ids);
	object_list_free(&list);
}

bool creator_watch_proves(const struct creator_watch *watch, const struct shm_object *object)
{
	char file[POSIX_FILE_SIZE];

	if (object->kind == KIND_SHM) {
		const struct seen_segment *segment =
		    find_seen(watch, watch->segment_count, object->id);

		return segment != NULL && segment->proven;
	}
	if (!(KIND_BIT(object->kind) & KINDS_DEVSHM))
		return false;
	object_file_name(object, file);
	return creator_watch_proves_file(watch, file);
}

bool creator_watch_proves_file(const struct creator_watch *watch, const char *file)
{
	return watch->makers != NULL && posix_makers_descended(watch->makers, file);
}

const char *creator_watch_why(const struct creator_watch *watch, enum object_kind kind)
{
	if (kind == KIND_SHM || ((KIND_BIT(kind) & KINDS_DEVSHM) && watch->makers != NULL))
		return "kept: not known to be the program's";
	if ((KIND_BIT(kind) & KINDS_DEVSHM) && watch->makers_refused)
		return "kept: the kernel reports creators only with CAP_SYS_ADMIN";
	return "kept: the kernel does not report its creator";
}

void creator_watch_end(struct creator_watch *watch)
{
	posix_makers_free(watch->makers);
	fork_watch_end(watch->forks);
	descriptor_close(watch->descriptor);
	free(watch->lives);
	free(watch->segments);
	*watch = (struct creator_watch){ .descriptor = -1 };
}
