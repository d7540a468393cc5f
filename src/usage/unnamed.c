#include "usage/unnamed.h"

#include "base/memory.h"
#include "system/cachestat.h"
#include "system/mount_namespace.h"
#include "system/process.h"
#include "system/user_map.h"
#include "usage/held.h"
#include "usage/unnamed_search.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_same(const struct unnamed_object *a, const struct unnamed_object *b)
{
	return a->device == b->device && a->object.inode == b->object.inode;
}

/*
 * By file; entries of the same file by usefulness: not of this process, with a descriptor, with a
 * status, of the oldest process.
 */
static int compare(const void *left, const void *right)
{
	const struct unnamed_object *a = left;
	const struct unnamed_object *b = right;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (a->object.inode != b->object.inode)
		return a->object.inode < b->object.inode ? -1 : 1;
	if ((a->began == UINT64_MAX) != (b->began == UINT64_MAX))
		return a->began == UINT64_MAX ? 1 : -1;
	if ((a->fd < 0) != (b->fd < 0))
		return a->fd < 0 ? 1 : -1;
	if ((a->address == 0) != (b->address == 0))
		return a->address == 0 ? 1 : -1;
	if (a->has_status != b->has_status)
		return a->has_status ? -1 : 1;
	if (a->began != b->began)
		return a->began < b->began ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->fd > b->fd) - (a->fd < b->fd);
}

/* The largest users of memory first. */
static int compare_used(const void *left, const void *right)
{
	const struct unnamed_object *a = left;
	const struct unnamed_object *b = right;

	if (a->object.used != b->object.used)
		return a->object.used > b->object.used ? -1 : 1;
	return compare(left, right);
}

/*
 * A process whose mounts could not be read may have a file system mounted that seems to be mounted
 * nowhere. Its mount table alone needs no permission.
 */
static void read_unseen(struct unnamed_search *search)
{
	bool is_needed = false;

	for (size_t i = 0; i < search->mounted.count; i++)
		is_needed |= unnamed_is_adrift(&search->mounted.devices[i]);
	for (size_t i = 0; is_needed && i < search->unseen.count; i++) {
		char directory[16];

		snprintf(directory, sizeof(directory), "%d", search->unseen.pids[i]);
		(void)mounted_read_table(&search->mounted, search->proc, directory);
	}
}

static bool has_process(const struct unnamed_search *search, ino_t namespace)
{
	for (size_t i = 0; i < search->mounted.views.count; i++) {
		if (search->mounted.views.views[i].namespace == namespace)
			return true;
	}
	return false;
}

/* A descriptor of a namespace holds a file system that is mounted there. */
static void add_holder(struct unnamed_list *list, const struct unnamed_namespace *kept,
                       dev_t device)
{
	list->holders = vector_grow(list->holders, list->holder_count, sizeof(*list->holders));
	list->holders[list->holder_count++] = (struct unnamed_holder){
		.device = device,
		.began = kept->began,
		.user = { .pid = kept->pid,
		          .how = USER_NAMESPACE,
		          .count = 1,
		          .fd = kept->fd,
		          .life = CREATOR_LIVES },
	};
}

/* Add the file systems of a mount namespace that only descriptors keep. FIRST: of these. */
static void read_namespace(struct unnamed_search *search, size_t first)
{
	const struct unnamed_namespace *kept = search->namespaces;
	struct mount_namespace namespace;
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", kept[first].pid, kept[first].fd);
	if (mount_namespace_read(path, &namespace) < 0)
		return;
	for (size_t i = 0; i < namespace.count; i++) {
		const struct mounted *found = &namespace.found[i];

		if (mounted_find(&search->mounted, found->device) == NULL)
			*mounted_add(&search->mounted, found->device) = *found;
		for (size_t j = first; j < search->namespace_count; j++) {
			if (kept[j].inode == kept[first].inode)
				add_holder(search->list, &kept[j], found->device);
		}
	}
}

static void read_namespaces(struct unnamed_search *search)
{
	for (size_t i = 0; i < search->namespace_count; i++) {
		const ino_t inode = search->namespaces[i].inode;
		size_t first = 0;

		while (search->namespaces[first].inode != inode)
			first++;
		if (first == i && !has_process(search, inode))
			read_namespace(search, i);
	}
}

static bool is_adrift(const struct unnamed_search *search, dev_t device)
{
	const struct mounted *mounted = mounted_find(&search->mounted, device);

	return mounted != NULL && unnamed_is_adrift(mounted);
}

/* Keep what no directory lists, now that all mounts are known. */
static void keep_unlisted(const struct unnamed_search *search)
{
	struct unnamed_list *list = search->list;
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct unnamed_object *object = &list->objects[i];

		if (object->kind == UNNAMED_FILE && is_adrift(search, object->device))
			object->kind = UNNAMED_DETACHED;
		if (object->kind == UNNAMED_DETACHED || !object->has_name)
			list->objects[kept++] = *object;
	}
	list->count = kept;
	kept = 0;
	for (size_t i = 0; i < list->holder_count; i++) {
		if (is_adrift(search, list->holders[i].device))
			list->holders[kept++] = list->holders[i];
	}
	list->holder_count = kept;
}

/* Sort by file, and drop duplicates. */
static void drop_duplicates(struct unnamed_list *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->objects, list->count, sizeof(*list->objects), compare);
	for (size_t i = 1; i < list->count; i++) {
		if (!is_same(&list->objects[i], &list->objects[kept]))
			list->objects[++kept] = list->objects[i];
	}
	list->count = kept + 1;
}

/*
 * Drop private mappings of anonymous huge pages, whose duplicates have been dropped: the pages belong
 * to the process, not to the file that the kernel makes for them.
 */
static void drop_private(struct unnamed_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct unnamed_object *object = &list->objects[i];

		if (object->kind != UNNAMED_ANONYMOUS || !object->is_huge || object->fd >= 0 ||
		    object->address != 0)
			list->objects[kept++] = *object;
	}
	list->count = kept;
}

/* The first use of the oldest process that keeps a file system. */
static const struct unnamed_holder *first_holder(const struct unnamed_list *list, dev_t device)
{
	const struct unnamed_holder *first = NULL;

	for (size_t i = 0; i < list->holder_count; i++) {
		const struct unnamed_holder *holder = &list->holders[i];

		if (holder->device == device && (first == NULL || holder->began < first->began))
			first = holder;
	}
	return first;
}

/* Add the rest of a file system that is mounted nowhere, unless all of its memory is in objects. */
static void add_rest(struct unnamed_list *list, const struct mounted *mounted)
{
	const struct unnamed_holder *holder = first_holder(list, mounted->device);
	struct unnamed_object rest = {
		.kind = UNNAMED_DETACHED,
		.object = { .kind = KIND_PSHM, .name = "/" },
		.device = mounted->device,
		.fd = -1,
		.is_huge = mounted->type == MOUNTED_HUGETLBFS,
		.is_rest = true,
		.siblings = mounted->files,
	};
	uint64_t seen = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->objects[i].device != mounted->device)
			continue;
		seen += list->objects[i].object.used;
		list->objects[i].siblings = mounted->files;
	}
	if (holder == NULL)
		return;
	if (mounted->knows_used && mounted->used <= seen)
		return;
	rest.pid = holder->user.pid;
	if (mounted->knows_used) {
		rest.object.used = mounted->used - seen;
		rest.object.known = KNOWN_USED;
	}
	list->objects = vector_grow(list->objects, list->count, sizeof(*list->objects));
	list->objects[list->count++] = rest;
}

static void finish(struct unnamed_search *search)
{
	struct unnamed_list *list = search->list;

	read_namespaces(search);
	read_unseen(search);
	keep_unlisted(search);
	drop_duplicates(list);
	drop_private(list);
	for (size_t i = 0; i < search->mounted.count; i++) {
		if (unnamed_is_adrift(&search->mounted.devices[i]))
			add_rest(list, &search->mounted.devices[i]);
	}
	if (list->count > 0)
		qsort(list->objects, list->count, sizeof(*list->objects), compare_used);
}

int unnamed_find(struct unnamed_list *list, struct error *error)
{
	struct unnamed_search search = { .list = list };
	int result;

	memset(list, 0, sizeof(*list));
	result = unnamed_search(&search);
	if (result < 0)
		error_set_errno(error, errno, "/proc can't be read");
	finish(&search);
	unnamed_search_end(&search);
	return result;
}

void unnamed_free(struct unnamed_list *list)
{
	object_list_free(&list->texts);
	free(list->objects);
	free(list->holders);
	memset(list, 0, sizeof(*list));
}

void unnamed_collect_residency(struct unnamed_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct unnamed_object *unnamed = &list->objects[i];
		char ref[REF_TEXT_SIZE];

		if (!(unnamed->object.known & KNOWN_USED))
			continue;
		/* Huge pages are never swapped out. */
		if (unnamed->is_huge || cachestat_lacks_swap()) {
			unnamed->object.resident = unnamed->object.used;
			unnamed->object.known |= KNOWN_RESIDENCY;
			continue;
		}
		unnamed_ref(unnamed, ref);
		if (ref[0] != '\0')
			held_count_resident(ref, &unnamed->object);
	}
}

void unnamed_add_holders(const struct unnamed_list *list, const struct unnamed_object *object,
                         size_t target, struct users_list *users)
{
	for (size_t i = 0; i < list->holder_count; i++) {
		struct process_identity identity;
		struct user *row;

		if (list->holders[i].device != object->device)
			continue;
		users->users =
		    needed(reallocarray(users->users, users->count + 1, sizeof(*users->users)));
		row = &users->users[users->count++];
		*row = list->holders[i].user;
		row->target = target;
		row->uid = (uid_t)-1;
		if (process_read_identity(row->pid, &identity) == 0)
			row->uid = user_map_user(identity.effective_uid);
		process_command(row->pid, row->command);
	}
}
