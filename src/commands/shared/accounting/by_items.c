#include "commands/shared/accounting/by_items.h"

#include "base/memory.h"
#include "base/number.h"
#include "commands/shared/accounting/held_lines.h"
#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/posix_queue.h"
#include "objects/segment.h"
#include "objects/tree.h"
#include "system/drm_memory.h"
#include "system/file_set.h"
#include "system/namespace_list.h"
#include "system/place.h"
#include "system/privileges.h"
#include "system/process.h"
#include "system/tmpfs_sum.h"
#include "usage/choose.h"
#include "usage/family.h"
#include "usage/family_catalogue.h"
#include "usage/scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The state while items are collected. */
struct collector {
	struct by_items *items;
	const struct by_request *request;
	const struct families *families;
	ino_t own;             /* our IPC namespace */
	dev_t posix;           /* device of POSIX_DIRECTORY; 0: unknown */
	const char **places;   /* by index in items->mounts; NULL: not composed yet */
	struct file_set added; /* files that may be found again */
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

static dev_t device_of(const struct collector *collector, const struct shm_object *object)
{
	if (object_tree(object) != NULL)
		return object_tree(object)->device;
	return KIND_BIT(object->kind) & KINDS_DEVSHM ? collector->posix : 0;
}

/* Whether this file was added already, by another name or from a directory around this one. */
static bool is_repeated(struct collector *collector, const struct by_item *item)
{
	const bool may_repeat =
	    item->object->is_linked || collector->request->filter->tree_count > 1;

	return item->device != 0 && may_repeat &&
	       !file_set_add(&collector->added, item->device, item->object->inode);
}

/* The path to a file system: through /proc if the program has not mounted it. */
static const char *place_of(const struct collector *collector, const struct tmpfs *tmpfs)
{
	const char **place = &collector->places[tmpfs - collector->items->mounts.items];

	if (tmpfs->is_own)
		return tmpfs->point;
	if (*place == NULL)
		*place = keep_text(collector->items,
		                   needed_text("/proc/%d/root%s", tmpfs->pid, tmpfs->point));
	return *place;
}

/* The mount point of an object, and the word for it in the lines of usage_collect(). */
static void set_place(const struct collector *collector, struct by_item *item)
{
	const struct object_tree *tree = object_tree(item->object);
	const struct tmpfs *tmpfs = tmpfs_list_find(&collector->items->mounts, item->device);

	if (tree != NULL && tree->is_huge)
		item->kind = "hugetlbfs";
	else if (tree != NULL)
		item->kind = item->device == collector->posix ? "dir" : "tmpfs";
	if (item->object->kind == KIND_PMSG)
		item->place = POSIX_QUEUE_DIRECTORY;
	else if (item->device != 0 && item->device == collector->posix)
		item->place = POSIX_DIRECTORY;
	else if (tmpfs != NULL)
		item->place = place_of(collector, tmpfs);
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
	pid_t creator;

	if (!collector->request->with_users)
		return;
	if (object->usage != NULL && object->usage->processes > 0) {
		item->users = object->usage->users;
		item->user_count = object->usage->processes;
	} else if ((creator = sysv_living_creator(object)) != 0) {
		set_user(collector->items, item, creator);
	}
}

static void add_object(struct collector *collector, const struct shm_object *object,
                       ino_t namespace)
{
	struct by_item item = {
		.kind = object_kind_word(object),
		.family = family_of(collector, object),
		.object = object,
		.namespace = namespace,
		.count = 1,
		.time = object->change_time,
		.device = device_of(collector, object),
		.has_owner = !(object->known & KNOWN_COVERED),
		.use = object->usage != NULL ? object->usage->use : USE_UNKNOWN,
	};

	if (is_repeated(collector, &item))
		return;
	set_place(collector, &item);
	if (object->known & KNOWN_USED)
		item.bytes = object->used;
	else if (KIND_BIT(object->kind) & KINDS_MAPPED)
		collector->items->unknown++;
	set_users(collector, &item, object);
	*add_item(collector->items) = item;
}

/* Add the objects that match a filter, of the namespace that the program is in. */
static void add_objects(struct collector *collector, const struct object_filter *filter,
                        ino_t namespace)
{
	struct by_items *items = collector->items;
	unsigned int needs[KIND_COUNT];
	struct object_list *list = needed_array(1, sizeof(*list));
	struct error one;

	items->lists = vector_grow(items->lists, items->list_count, sizeof(*items->lists));
	items->lists[items->list_count++] = list;
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++)
		needs[kind] = NEED_USERS | NEED_USED;
	if (filter->kinds != 0 && choose_list(filter, needs, list, &one) < 0) {
		/* Only root can read all directories. With --dir, that is an error. */
		if (one.number == EACCES && filter->recursive &&
		    collector->request->filter->tree_count == 0)
			items->is_partial = true;
		else
			fail(collector, &one);
	}
	if (list->usages != NULL)
		items->left_out += list->usages->left_out;
	for (size_t i = 0; i < list->count; i++)
		add_object(collector, &list->objects[i], namespace);
}

/* Add the files of the file systems that the program itself has mounted. */
static void add_files(struct collector *collector)
{
	const struct tmpfs_list *mounts = &collector->items->mounts;
	const struct object_tree **trees = needed_array(mounts->count, sizeof(*trees));
	struct object_filter filter = *collector->request->filter;
	struct error unused;

	filter.kinds &= KIND_BIT(KIND_PSHM);
	filter.recursive = true;
	filter.trees = trees;
	for (size_t i = 0; i < mounts->count; i++) {
		const struct tmpfs *tmpfs = &mounts->items[i];
		const struct object_tree *tree = NULL;

		/* Files that can't be reached remain part of the file system. */
		if (tmpfs->is_own && !tmpfs->is_hidden && tmpfs->device != collector->posix)
			tree = object_tree_open(tmpfs->point, &unused);
		if (tree != NULL && tree->device == tmpfs->device)
			trees[filter.tree_count++] = tree;
	}
	if (filter.tree_count > 0)
		add_objects(collector, &filter, collector->own);
	free(trees);
}

static void add_own(struct collector *collector)
{
	const struct by_request *request = collector->request;
	struct object_filter filter = *request->filter;

	filter.recursive |= request->with_files;
	add_objects(collector, &filter, collector->own);
	if (request->with_files && filter.tree_count == 0)
		add_files(collector);
}

/* Enter each other IPC namespace, never to return. */
static void add_other_namespaces(struct collector *collector)
{
	struct object_filter filter = *collector->request->filter;
	struct ipc_namespace_list list;
	struct error one;

	filter.kinds &= KINDS_SYSV;
	filter.recursive = false;
	if (ipc_namespaces_list(&list, &one) < 0)
		fail(collector, &one);
	else
		collector->items->knows_namespaces =
		    !process_some_are_hidden() && (list.hidden == 0 || privileges_can_inspect());
	for (size_t i = 0; i < list.count; i++) {
		const struct ipc_namespace *namespace = &list.namespaces[i];

		if (namespace->is_repeated || namespace->inode == collector->own)
			continue;
		if (place_enter_ipc(namespace->holder, namespace->inode) == 0)
			add_objects(collector, &filter, namespace->inode);
		else if (errno != ESRCH && errno != ENOENT)
			collector->items->hidden++;
	}
	ipc_namespaces_free(&list);
}

/*
 * Memory without a name
 */

/* The number of files and directories in the rest of a file system; 0 if it is unknown. */
static uint64_t rest_count(const struct unnamed_list *list, const struct unnamed_object *rest)
{
	uint64_t count = rest->siblings;

	for (size_t i = 0; i < list->count && count > 0; i++)
		count -= list->objects[i].device == rest->device && !list->objects[i].is_rest;
	return count;
}

static void add_unnamed(struct collector *collector, const struct unnamed_object *unnamed)
{
	const struct tmpfs *tmpfs = tmpfs_list_find(&collector->items->mounts, unnamed->device);
	const struct shm_object *object = &unnamed->object;
	struct by_item *item = add_item(collector->items);
	const bool is_removed = unnamed->kind == UNNAMED_OBJECT || unnamed->kind == UNNAMED_FILE;

	item->kind = is_removed                  ? "removed"
	             : held_is_graphics(unnamed) ? "graphics"
	                                         : unnamed_kind_word(unnamed->kind);
	if (is_removed && tmpfs != NULL)
		item->place = place_of(collector, tmpfs);
	if (unnamed->kind == UNNAMED_OBJECT && unnamed->has_status && unnamed_name(unnamed) != NULL)
		item->family = family_of(collector, object);
	item->object = object;
	item->device = unnamed->device;
	item->is_removed = true;
	item->namespace = namespace_of(unnamed->pid);
	item->count = unnamed->is_rest ? rest_count(&collector->items->unnamed, unnamed) : 1;
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

		if (!(request->unnamed & UNNAMED_BIT(unnamed->kind)) ||
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
 * The files of a file system that are items of their own, and their memory.
 *
 * @param with_removed  also removed files
 */
static struct tmpfs_sum known_on(const struct by_items *items, dev_t device, bool with_removed)
{
	struct tmpfs_sum sum = { .files = 0 };

	for (size_t i = 0; i < items->count; i++) {
		const struct by_item *item = &items->items[i];

		if (item->device != device || (item->is_removed && !with_removed))
			continue;
		sum.files += item->count;
		sum.used += item->bytes;
	}
	return sum;
}

/*
 * Find the number of files in a file system and their memory, without objects and removed files.
 * Where the kernel does not count them, the directories are read.
 *
 * @return 0, or -1 if they are unknown, at least partly
 */
static int sum_rest(const struct by_items *items, const struct tmpfs *tmpfs, struct by_item *item)
{
	const bool is_counted = tmpfs->has_use && tmpfs->type != TMPFS_HUGE;
	const struct tmpfs_sum known = known_on(items, tmpfs->device, is_counted);
	struct tmpfs_sum sum = { .files = tmpfs->files, .used = tmpfs->used };

	if (!is_counted) {
		const int directory = tmpfs_open(tmpfs);

		if (directory < 0)
			return -1;
		tmpfs_sum_read(directory, false, NULL, &sum);
		close(directory);
	}
	item->count = number_minus(sum.files, known.files);
	item->bytes = number_minus(sum.used, known.used);
	return sum.is_partial ? -1 : 0;
}

static void add_mount(struct collector *collector, const struct tmpfs *tmpfs)
{
	struct by_items *items = collector->items;
	struct by_item found = { .use = USE_UNKNOWN };
	struct by_item *item;

	items->unknown += sum_rest(items, tmpfs, &found) < 0;
	if (found.bytes == 0)
		return;
	item = add_item(items);
	*item = found;
	if (tmpfs->device == collector->posix && strcmp(tmpfs->point, POSIX_DIRECTORY) == 0)
		item->kind = "dir";
	else
		item->kind = tmpfs->type == TMPFS_HUGE ? "hugetlbfs" : "tmpfs";
	item->place = place_of(collector, tmpfs);
	item->namespace = collector->own;
	if (tmpfs->is_own)
		return;
	item->namespace = namespace_of(tmpfs->pid);
	set_user(items, item, tmpfs->pid);
}

static void add_mounts(struct collector *collector)
{
	const struct tmpfs_list *mounts = &collector->items->mounts;

	for (size_t i = 0; i < mounts->count; i++)
		add_mount(collector, &mounts->items[i]);
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
			memory.bytes =
			    number_minus(memory.bytes, items->unnamed.objects[i].object.used);
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
	struct stat st;
	struct error one;

	memset(items, 0, sizeof(*items));
	if (request->with_families) {
		collector.families = families_shared(error);
		if (collector.families == NULL)
			return -1;
	}
	if (request->with_places && tmpfs_list_read(&items->mounts) < 0) {
		error_set_errno(&one, errno, "the mounts can't be read");
		fail(&collector, &one);
	}
	collector.places = needed_array(items->mounts.count, sizeof(*collector.places));
	if (stat(POSIX_DIRECTORY, &st) == 0)
		collector.posix = st.st_dev;
	add_own(&collector);
	add_all_unnamed(&collector);
	if (request->with_mounts) {
		add_mounts(&collector);
		add_graphics(&collector);
	}
	/* Last, since this changes what the program sees. */
	if (request->with_namespaces)
		add_other_namespaces(&collector);
	file_set_free(&collector.added);
	free(collector.places);
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
