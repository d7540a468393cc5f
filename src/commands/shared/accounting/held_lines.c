#include "commands/shared/accounting/held_lines.h"

#include "base/memory.h"
#include "objects/posix.h"
#include "system/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_own_line(enum unnamed_kind kind)
{
	return kind == UNNAMED_OBJECT || kind == UNNAMED_FILE || kind == UNNAMED_DETACHED;
}

/* drivers/gpu/drm/drm_gem.c of the kernel. */
bool held_is_graphics(const struct unnamed_object *object)
{
	const char *name = unnamed_name(object);

	return object->kind == UNNAMED_ANONYMOUS && name != NULL &&
	       (strcmp(name, "drm mm object") == 0 || strcmp(name, "i915") == 0);
}

static struct held_group *find_group(struct held_groups *held, const struct unnamed_object *object)
{
	const dev_t device = has_own_line(object->kind) ? object->device : 0;
	struct held_group *group;

	for (size_t i = held->count; i > 0; i--) {
		group = &held->groups[i - 1];
		if (group->kind == object->kind && group->device == device &&
		    group->is_huge == object->is_huge && group->page_bytes == object->page_bytes)
			return group;
	}
	held->groups = vector_grow(held->groups, held->count, sizeof(*held->groups));
	group = &held->groups[held->count++];
	*group = (struct held_group){
		.kind = object->kind,
		.device = device,
		.is_huge = object->is_huge,
		.page_bytes = object->page_bytes,
		.largest = object,
	};
	return group;
}

static void add_object(struct held_groups *held, const struct unnamed_object *object,
                       bool is_swapping)
{
	const struct shm_object *memory = &object->object;
	struct held_group *group = find_group(held, object);

	if (object->kind == UNNAMED_DETACHED)
		group->files = object->siblings;
	else
		group->files++;
	if (group->largest->is_rest && !object->is_rest)
		group->largest = object;
	if (!(memory->known & KNOWN_USED)) {
		group->unknown += !object->is_rest;
		group->is_uncounted |= object->is_rest;
	} else if (memory->known & KNOWN_RESIDENCY) {
		group->resident += memory->resident;
		group->swapped += memory->used - memory->resident;
	} else {
		group->resident += memory->used;
		group->is_unsplit |= is_swapping && memory->used > 0;
	}
}

int held_groups_find(struct held_groups *held, bool is_swapping, struct error *error)
{
	const int result = unnamed_find(&held->list, error);

	if (is_swapping)
		unnamed_collect_residency(&held->list);
	for (size_t i = 0; i < held->list.count; i++) {
		const struct unnamed_object *object = &held->list.objects[i];

		if (held_is_graphics(object))
			held->graphics += object->object.used;
		else
			add_object(held, object, is_swapping);
	}
	return result;
}

void held_groups_free(struct held_groups *held)
{
	unnamed_free(&held->list);
	free(held->groups);
	held->groups = NULL;
	held->count = 0;
}

struct held_group held_groups_on(const struct held_groups *held, dev_t device)
{
	for (size_t i = 0; i < held->count; i++) {
		if (held->groups[i].device == device && held->groups[i].kind != UNNAMED_DETACHED)
			return held->groups[i];
	}
	return (struct held_group){ .files = 0 };
}

/* How a process keeps a file system that is mounted nowhere: "descriptor 5". */
static void describe_hold(const struct held_groups *held, const struct held_group *group,
                          char text[64])
{
	const struct unnamed_object *object = group->largest;
	int fd = object->fd;

	snprintf(text, 64, "a mapping");
	for (size_t i = 0; object->is_rest && i < held->list.holder_count; i++) {
		const struct unnamed_holder *holder = &held->list.holders[i];

		if (holder->device != object->device || holder->user.pid != object->pid)
			continue;
		fd = holder->user.how == USER_OPEN ? holder->user.fd : -1;
		if (fd < 0)
			snprintf(text, 64, "its %s directory",
			         holder->user.how == USER_ROOT ? "root" : "working");
		break;
	}
	if (fd >= 0)
		snprintf(text, 64, "descriptor %d", fd);
}

static struct usage_line *add_detached(const struct held_groups *held,
                                       const struct held_group *group, struct usage_lines *lines)
{
	struct usage_line *line;
	char command[COMMAND_SIZE];
	char hold[64];

	process_command(group->largest->pid, command);
	describe_hold(held, group, hold);
	line = usage_line_add(lines, "detached", "%s kept by process %d (%s), %s",
	                      group->is_huge ? "hugetlbfs" : "tmpfs", (int)group->largest->pid,
	                      process_command_text(command), hold);
	return line;
}

static struct usage_line *add_removed(const struct held_group *group,
                                      const struct tmpfs_list *mounts, struct usage_lines *lines)
{
	const struct tmpfs *tmpfs = tmpfs_list_find(mounts, group->device);
	const char *where = group->kind == UNNAMED_OBJECT ? POSIX_DIRECTORY
	                    : tmpfs != NULL               ? tmpfs->point
	                                                  : NULL;
	struct usage_line *line;
	char command[COMMAND_SIZE];

	process_command(group->largest->pid, command);
	line = usage_line_add(lines, "removed", "removed files of %s, kept by process %d (%s)",
	                      where != NULL ? where : "a tmpfs", (int)group->largest->pid,
	                      process_command_text(command));
	if (where != NULL)
		line->where = needed(strdup(where));
	return line;
}

/* Why memory of a group is unknown; NULL if none is. */
static char *reason_of(const struct held_group *group)
{
	static const char uncounted[] = "without the files that no process has open: "
					"without a limit, the kernel does not count them";
	const char *more = group->is_uncounted ? "; " : "";

	if (group->unknown > 0)
		return needed_text("without %zu file%s of unknown size (root is required)%s%s",
		                   group->unknown, plural_s(group->unknown), more,
		                   group->is_uncounted ? uncounted : "");
	return group->is_uncounted ? needed(strdup(uncounted)) : NULL;
}

static void add_line(const struct held_groups *held, const struct held_group *group,
                     const struct tmpfs_list *mounts, struct usage_lines *lines)
{
	struct usage_line *line;

	if (group->kind == UNNAMED_MEMFD)
		line = usage_line_add(lines, "memfd", "memfds");
	else if (group->kind == UNNAMED_ANONYMOUS)
		line = usage_line_add(lines, "anon", "shared anonymous memory");
	else if (group->kind == UNNAMED_DETACHED)
		line = add_detached(held, group, lines);
	else
		line = add_removed(group, mounts, lines);
	usage_line_set(line, group->files, group->resident, group->swapped);
	if (group->kind == UNNAMED_DETACHED && group->files == 0)
		line->known &= ~(unsigned int)USAGE_COUNT;
	if (group->is_unsplit)
		line->known &= ~(unsigned int)USAGE_SPLIT;
	if (group->is_huge)
		line->page_bytes = group->page_bytes;
	line->reason = reason_of(group);
	if (!has_own_line(group->kind))
		return;
	line->is_place = true;
	line->pid = group->largest->pid;
	process_command(line->pid, line->command);
	unnamed_ref(group->largest, line->ref);
}

/* Even if there is nothing, these two lines are shown. */
static void add_empty_line(const struct held_groups *held, enum unnamed_kind kind,
                           struct usage_lines *lines)
{
	const struct held_group none = { .kind = kind };

	for (size_t i = 0; i < held->count; i++) {
		if (held->groups[i].kind == kind && !held->groups[i].is_huge)
			return;
	}
	add_line(held, &none, NULL, lines);
}

void held_groups_add_lines(const struct held_groups *held, const struct tmpfs_list *mounts,
                           struct usage_lines *lines)
{
	for (size_t i = 0; i < held->count; i++) {
		/* If POSIX_DIRECTORY is on a disk, its files are no shared memory. */
		if (held->groups[i].kind != UNNAMED_OBJECT ||
		    tmpfs_list_find(mounts, held->groups[i].device) != NULL)
			add_line(held, &held->groups[i], mounts, lines);
	}
	add_empty_line(held, UNNAMED_MEMFD, lines);
	add_empty_line(held, UNNAMED_ANONYMOUS, lines);
}
