#include "commands/usage/by_items.h"

#include "base/memory.h"
#include "commands/usage/held_lines.h"
#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/posix_queue.h"
#include "objects/sum.h"
#include "system/drm_memory.h"
#include "system/namespace_list.h"
#include "system/place.h"
#include "system/process.h"
#include "system/tmpfs_sum.h"
#include "usage/choose.h"
#include "usage/family.h"
#include "usage/family_catalogue.h"
#include "usage/scan.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is known while items are collected. */
struct collector {
	struct by_items *items;
	const struct by_request *request;
	const struct families *families;
	ino_t own;    /* our IPC namespace */
	void *linked; /* tsearch(3): inodes of files with several hard links */
	struct error *error;
	int result;
};

static void fail(struct collector *collector, const struct error *one)
{
	collector->result = error_join(collector->error, collector->result, one);
}

static struct by_item *add_item(struct by_items *items)
{
	items->items = vector_grow(items->items, items->count, sizeof(*items->items));
	memset(&items->items[items->count], 0, sizeof(*items->items));
	return &items->items[items->count++];
}

/* Keep a text until the items are freed. */
static const char *keep_text(struct by_items *items, char *text)
{
	items->texts = vector_grow(items->texts, items->text_count, sizeof(*items->texts));
	items->texts[items->text_count++] = text;
	return text;
}

/* Room for users of an item, until the items are freed. */
static struct object_user *keep_users(struct by_items *items, size_t count)
{
	struct object_user *users = needed_array(count, sizeof(*users));

	items->users = vector_grow(items->users, items->users_count, sizeof(*items->users));
	items->users[items->users_count++] = users;
	return users;
}

/* Set a single user. */
static void set_user(struct by_items *items, struct by_item *item, pid_t pid)
{
	struct object_user *user = keep_users(items, 1);

	user->pid = pid;
	process_command(pid, user->command);
	item->users = user;
	item->user_count = 1;
}

static ino_t namespace_of(pid_t pid)
{
	struct stat st;

	return process_ipc_namespace(pid, &st) == 0 ? st.st_ino : 0;
}

/*
 * Objects
 */

static int compare_inodes(const void *left, const void *right)
{
	const ino_t *a = left;
	const ino_t *b = right;

	return (*a > *b) - (*a < *b);
}

/* Whether this is another name of a file that was added already. */
static bool is_repeated(struct collector *collector, const struct shm_object *object)
{
	const ino_t **found;

	if (!(KIND_BIT(object->kind) & KINDS_DEVSHM) || !object->is_linked)
		return false;
	found = needed(tsearch(&object->inode, &collector->linked, compare_inodes));
	return *found != &object->inode;
}

static const char *place_of(const struct shm_object *object)
{
	if (KIND_BIT(object->kind) & KINDS_DEVSHM)
		return POSIX_DIRECTORY;
	return object->kind == KIND_PMSG ? POSIX_QUEUE_DIRECTORY : NULL;
}

static const char *family_of(const struct collector *collector, const struct shm_object *object)
{
	struct family_match match;

	if (collector->families == NULL || !family_match(collector->families, object, &match))
		return NULL;
	return match.family->name;
}

/* The creator of an unused segment takes the place of its users while it runs. */
static void set_users(const struct collector *collector, struct by_item *item,
                      const struct shm_object *object)
{
	char command[COMMAND_SIZE];

	if (!collector->request->with_users)
		return;
	if (object->usage != NULL && object->usage->processes > 0) {
		item->users = object->usage->users;
		item->user_count = object->usage->processes;
	} else if (object->kind == KIND_SHM && object->attaches == 0 && object->creator_pid > 0 &&
	           process_creator_command(object->creator_pid, object->change_time, command)) {
		set_user(collector->items, item, object->creator_pid);
	}
}

static void add_object(struct collector *collector, const struct shm_object *object,
                       ino_t namespace)
{
	struct by_item *item;

	if (is_repeated(collector, object))
		return;
	item = add_item(collector->items);
	item->kind = object_kind_word(object);
	item->place = place_of(object);
	item->family = family_of(collector, object);
	item->object = object;
	item->namespace = namespace;
	item->count = 1;
	item->time = object->change_time;
	item->has_owner = !(object->known & KNOWN_COVERED);
	item->use = object->usage != NULL ? object->usage->use : USE_UNKNOWN;
	if (object->known & KNOWN_USED)
		item->bytes = object->used;
	else if (KIND_BIT(object->kind) & KINDS_MAPPED)
		collector->items->unknown++;
	set_users(collector, item, object);
}

/* Add the objects of the namespace that the program is in. */
static void add_objects(struct collector *collector, unsigned int kinds, ino_t namespace)
{
	struct by_items *items = collector->items;
	struct object_filter filter = *collector->request->filter;
	unsigned int needs[KIND_COUNT];
	struct object_list *list = needed_array(1, sizeof(*list));
	struct error one;

	items->lists = vector_grow(items->lists, items->list_count, sizeof(*items->lists));
	items->lists[items->list_count++] = list;
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++)
		needs[kind] = NEED_USERS | NEED_USED;
	filter.kinds &= kinds;
	if (filter.kinds != 0 && choose_list(&filter, needs, list, &one) < 0)
		fail(collector, &one);
	if (list->usages != NULL)
		items->left_out += list->usages->left_out;
	for (size_t i = 0; i < list->count; i++)
		add_object(collector, &list->objects[i], namespace);
}

/* Enter each other IPC namespace, never to return. */
static void add_other_namespaces(struct collector *collector)
{
	struct ipc_namespace_list list;
	struct error one;

	if (ipc_namespaces_list(&list, &one) < 0)
		fail(collector, &one);
	for (size_t i = 0; i < list.count; i++) {
		const struct ipc_namespace *namespace = &list.namespaces[i];

		if (namespace->is_repeated || namespace->inode == collector->own)
			continue;
		if (place_enter_ipc(namespace->holder, namespace->inode) == 0)
			add_objects(collector, KINDS_SYSV, namespace->inode);
		else if (errno != ESRCH && errno != ENOENT)
			collector->items->hidden++;
	}
	ipc_namespaces_free(&list);
}

/*
 * Memory without a name
 */

static void add_unnamed(struct collector *collector, const struct unnamed_object *unnamed)
{
	const struct tmpfs *tmpfs = tmpfs_list_find(&collector->items->mounts, unnamed->device);
	const struct shm_object *object = &unnamed->object;
	struct by_item *item = add_item(collector->items);
	const bool is_removed = unnamed->kind == UNNAMED_OBJECT || unnamed->kind == UNNAMED_FILE;

	item->kind = is_removed                  ? "removed"
	             : held_is_graphics(unnamed) ? "graphics"
	                                         : unnamed_kind_word(unnamed->kind);
	if (is_removed)
		item->place = tmpfs != NULL ? tmpfs->point : NULL;
	if (unnamed->kind == UNNAMED_OBJECT && unnamed->has_status && unnamed_name(unnamed) != NULL)
		item->family = family_of(collector, object);
	item->object = object;
	item->namespace = namespace_of(unnamed->pid);
	item->count = !unnamed->is_rest;
	item->has_owner = unnamed->has_status && !unnamed->is_rest;
	if (item->has_owner)
		item->time = object->change_time;
	item->use = USE_USED;
	if (object->known & KNOWN_USED)
		item->bytes = object->used;
	else
		collector->items->unknown++;
}

/* Set the users of the items from FIRST on, which are those of the targets. */
static void set_unnamed_users(struct by_items *items, size_t first, const struct users_list *list)
{
	size_t end;

	for (size_t i = 0; i < list->count; i = end) {
		const struct user *users = &list->users[i];
		struct by_item *item = &items->items[first + users->target];
		struct object_user *kept;

		for (end = i; end < list->count && list->users[end].target == users->target;)
			end++;
		kept = keep_users(items, end - i);
		item->users = kept;
		for (size_t k = i; k < end; k++) {
			if (k > i && list->users[k].pid == list->users[k - 1].pid)
				continue;
			kept[item->user_count].pid = list->users[k].pid;
			memcpy(kept[item->user_count++].command, list->users[k].command,
			       COMMAND_SIZE);
		}
	}
}

static bool is_used_by(const struct by_item *item, pid_t pid)
{
	for (uint32_t i = 0; i < item->user_count; i++) {
		if (item->users[i].pid == pid)
			return true;
	}
	return false;
}

/* Find the processes of the items from FIRST on, which are of SELECTED. */
static void find_unnamed_users(struct collector *collector, size_t first,
                               const struct unnamed_object *const *selected)
{
	const struct filter_id *used_by = &collector->request->filter->used_by;
	struct by_items *items = collector->items;
	const size_t count = items->count - first;
	struct users_target *targets = needed_array(count, sizeof(*targets));
	const struct users_request request = { .targets = targets, .count = count };
	struct users_list users = { .count = 0 };
	struct error one;

	for (size_t i = 0; i < count; i++)
		users_target_of_unnamed(selected[i], &targets[i]);
	if (users_scan(&request, &users, &one) < 0)
		fail(collector, &one);
	for (size_t i = 0; i < count; i++) {
		if (selected[i]->is_rest)
			unnamed_add_holders(&items->unnamed, selected[i], i, &users);
	}
	users_sort(&users);
	set_unnamed_users(items, first, &users);
	users_free(&users);
	free(targets);
	if (!used_by->given)
		return;
	items->count = first;
	for (size_t i = first; i < first + count; i++) {
		if (is_used_by(&items->items[i], (pid_t)used_by->id))
			items->items[items->count++] = items->items[i];
	}
}

static void add_all_unnamed(struct collector *collector)
{
	const struct by_request *request = collector->request;
	struct by_items *items = collector->items;
	const struct unnamed_object **selected;
	const size_t first = items->count;
	const time_t now = time(NULL);
	struct error one;

	if (request->unnamed == 0)
		return;
	if (unnamed_find(&items->unnamed, &one) < 0)
		fail(collector, &one);
	selected = needed_array(items->unnamed.count, sizeof(*selected));
	for (size_t i = 0; i < items->unnamed.count; i++) {
		const struct unnamed_object *unnamed = &items->unnamed.objects[i];

		if (!(request->unnamed & UNNAMED_BIT(unnamed->kind)) || held_is_private(unnamed) ||
		    !unnamed_match(unnamed, request->filter, now))
			continue;
		add_unnamed(collector, unnamed);
		selected[items->count - first - 1] = unnamed;
	}
	if (items->count > first && (request->with_users || request->filter->used_by.given))
		find_unnamed_users(collector, first, selected);
	free(selected);
}

/*
 * File systems
 */

/*
 * The memory of objects in a file system, which are items of their own.
 *
 * @param with_removed  also of removed files
 */
static struct object_sum known_on(const struct by_items *items, dev_t device, bool is_posix,
                                  bool with_removed)
{
	const struct object_list *own = items->lists[0];
	struct object_sum sum = { .files = 0 };

	for (size_t i = 0; is_posix && i < own->count; i++) {
		if (KIND_BIT(own->objects[i].kind) & KINDS_DEVSHM)
			object_sum_add(&sum, &own->objects[i]);
	}
	object_sum_end(&sum);
	for (size_t i = 0; with_removed && i < items->unnamed.count; i++) {
		const struct unnamed_object *unnamed = &items->unnamed.objects[i];

		if (unnamed->device != device || !(unnamed->object.known & KNOWN_USED))
			continue;
		sum.files++;
		sum.used += unnamed->object.used;
	}
	return sum;
}

/* The numbers are read at different moments, so the difference may be negative. */
static uint64_t less(uint64_t all, uint64_t some)
{
	return some < all ? all - some : 0;
}

/*
 * Find the number of files in a file system and their memory, without objects and removed files.
 * Where the kernel does not count them, the directories are read.
 *
 * @return 0, or -1 if they are unknown, at least partly
 */
static int sum_rest(const struct by_items *items, const struct tmpfs *tmpfs, bool is_posix,
                    struct by_item *item)
{
	const bool is_counted = tmpfs->has_use && tmpfs->type != TMPFS_HUGE;
	const struct object_sum known = known_on(items, tmpfs->device, is_posix, is_counted);
	struct tmpfs_sum sum = { .files = tmpfs->files, .used = tmpfs->used };
	int directory;

	if (!is_counted) {
		directory = tmpfs_open(tmpfs);
		if (directory < 0)
			return -1;
		tmpfs_sum_read(directory, false, &sum);
		close(directory);
	}
	item->count = less(sum.files, known.files);
	item->bytes = less(sum.used, known.used);
	return sum.is_partial ? -1 : 0;
}

static void add_mount(struct collector *collector, const struct tmpfs *tmpfs, bool is_posix)
{
	struct by_items *items = collector->items;
	struct by_item found = { .use = USE_UNKNOWN };
	struct by_item *item;

	items->unknown += sum_rest(items, tmpfs, is_posix, &found) < 0;
	if (found.bytes == 0)
		return;
	item = add_item(items);
	*item = found;
	if (is_posix && strcmp(tmpfs->point, POSIX_DIRECTORY) == 0)
		item->kind = "dir";
	else
		item->kind = tmpfs->type == TMPFS_HUGE ? "hugetlbfs" : "tmpfs";
	item->place = tmpfs->point;
	item->namespace = collector->own;
	if (tmpfs->is_own)
		return;
	item->place = keep_text(items, needed_text("/proc/%d/root%s", tmpfs->pid, tmpfs->point));
	item->namespace = namespace_of(tmpfs->pid);
	set_user(items, item, tmpfs->pid);
}

static void add_mounts(struct collector *collector)
{
	const struct tmpfs_list *mounts = &collector->items->mounts;
	struct stat st;
	const dev_t posix = stat(POSIX_DIRECTORY, &st) == 0 ? st.st_dev : 0;

	for (size_t i = 0; i < mounts->count; i++)
		add_mount(collector, &mounts->items[i], mounts->items[i].device == posix);
}

/* The keys of the tree belong to the objects. */
static void keep(void *inode)
{
	(void)inode;
}

/* Add the graphics buffers that drivers report, without those that are mapped. */
static void add_graphics(struct collector *collector)
{
	struct by_items *items = collector->items;
	struct drm_memory memory;
	struct by_item *item;

	drm_memory_find(&memory);
	for (size_t i = 0; i < items->unnamed.count; i++) {
		if (held_is_graphics(&items->unnamed.objects[i]))
			memory.bytes = less(memory.bytes, items->unnamed.objects[i].object.used);
	}
	if (memory.bytes == 0)
		return;
	item = add_item(items);
	item->kind = "graphics";
	item->count = memory.clients;
	item->bytes = memory.bytes;
	item->use = USE_USED;
}

int by_items_collect(const struct by_request *request, struct by_items *items, struct error *error)
{
	struct collector collector = {
		.items = items,
		.request = request,
		.own = ipc_namespace_own(),
		.error = error,
	};
	struct error one;

	memset(items, 0, sizeof(*items));
	if (request->with_families) {
		collector.families = families_shared(error);
		if (collector.families == NULL)
			return -1;
	}
	if (tmpfs_list_read(&items->mounts) < 0) {
		error_set_errno(&one, errno, "the mounts can't be read");
		fail(&collector, &one);
	}
	add_objects(&collector, KINDS_ALL, collector.own);
	add_all_unnamed(&collector);
	if (request->with_mounts) {
		add_mounts(&collector);
		add_graphics(&collector);
	}
	/* Last, since this changes what the program sees. */
	if (request->filter->kinds & KINDS_SYSV)
		add_other_namespaces(&collector);
	tdestroy(collector.linked, keep);
	return collector.result;
}

void by_items_free(struct by_items *items)
{
	for (size_t i = 0; i < items->list_count; i++) {
		object_list_free(items->lists[i]);
		free(items->lists[i]);
	}
	for (size_t i = 0; i < items->text_count; i++)
		free(items->texts[i]);
	for (size_t i = 0; i < items->users_count; i++)
		free(items->users[i]);
	free(items->lists);
	free(items->texts);
	free(items->users);
	free(items->items);
	unnamed_free(&items->unnamed);
	tmpfs_list_free(&items->mounts);
	memset(items, 0, sizeof(*items));
}
