#include "objects/inventory.h"

#include "objects/kind.h"
#include "objects/posix_files.h"
#include "objects/posix_queue.h"
#include "objects/sysv_table.h"
#include "objects/tree.h"
#include "objects/tree_list.h"
#include "system/beneath.h"

#include <errno.h>
#include <sys/ipc.h>

static void drop_unwanted(const struct object_filter *filter, struct object_list *list)
{
	time_t now = time(NULL);
	size_t kept = 0;

	if (filter_takes_all(filter))
		return;
	for (size_t i = 0; i < list->count; i++) {
		if (!filter_match(filter, &list->objects[i], now))
			continue;
		if (kept != i)
			list->objects[kept] = list->objects[i];
		kept++;
	}
	list->count = kept;
}

/*
 * Drop objects that are covered by a mount: no value of them is known. Returns 0, or -1 with error
 * set if there were any but directories, on which mounts are to be expected.
 */
static int drop_covered(struct object_list *list, struct error *error)
{
	size_t kept = 0;
	size_t covered = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct shm_object *object = &list->objects[i];

		if ((object->known & KNOWN_COVERED) == 0) {
			if (kept != i)
				list->objects[kept] = list->objects[i];
			kept++;
		} else if (object->kind != KIND_DIR && covered++ == 0) {
			char ref[REF_TEXT_SIZE];

			object_ref(object, ref);
			error_set(error, STATUS_FAILED, "%s can't be inspected: %s", ref,
			          BENEATH_COVERED);
		}
	}
	list->count = kept;
	if (covered > 1)
		error_append(error, " (and on %zu more)", covered - 1);
	return covered > 0 ? -1 : 0;
}

int inventory_collect(struct object_list *list, const unsigned int needs[KIND_COUNT],
                      struct error *error)
{
	struct error one;
	int result = 0;

	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if (object_kinds[kind].collect == NULL ||
		    object_kinds[kind].collect(list, needs[kind]) == 0)
			continue;
		error_set_errno(&one, errno, "some values of %s are unknown",
		                object_kinds[kind].plural);
		result = error_join(error, result, &one);
	}
	return result;
}

/* The kinds that are listed together with a kind. */
static unsigned int listed_with(enum object_kind kind)
{
	unsigned int together = 0;

	for (unsigned int other = 0; other < KIND_COUNT; other++) {
		if (object_kinds[other].list == object_kinds[kind].list)
			together |= KIND_BIT(other);
	}
	return together;
}

/* List some kinds, but nothing in directories. */
static int list_kinds(unsigned int kinds, struct object_list *list, struct error *error)
{
	struct error one;
	int result = 0;

	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		const unsigned int together = kinds & listed_with((enum object_kind)kind);

		if (!(kinds & KIND_BIT(kind)))
			continue;
		if (object_kinds[kind].list(together, list, &one) < 0) {
			list->failed |= together;
			result = error_join(error, result, &one);
		}
		kinds &= ~together;
	}
	return result;
}

/* List what is in a directory, and, of POSIX_DIRECTORY, the POSIX objects. */
static int list_tree(const struct object_filter *filter, const struct object_tree *tree,
                     struct object_list *list, struct error *error)
{
	const struct object_tree_request request = { .kinds = filter->kinds,
		                                     .recursive = filter->recursive };
	const unsigned int kinds = tree->is_posix ? filter->kinds & KINDS_DEVSHM : 0;
	struct error one;
	int result = list_kinds(kinds, list, error);
	const size_t first = list->count;

	if (object_tree_list(tree, &request, list, &one) < 0)
		result = error_join(error, result, &one);
	object_files_sort(list, first);
	return result;
}

/* List everything, and what is in the directories of POSIX_DIRECTORY. */
static int list_recursively(const struct object_filter *filter, struct object_list *list,
                            struct error *error)
{
	const struct object_tree *tree = NULL;
	unsigned int kinds = filter->kinds & ~(unsigned int)KIND_BIT(KIND_DIR);
	struct error one;
	int failure = 0;
	int result;

	if (filter->kinds & KINDS_IN_TREES) {
		tree = object_tree_of_posix();
		failure = tree == NULL ? errno : 0;
	}
	if (tree != NULL)
		kinds &= ~(unsigned int)KINDS_DEVSHM;
	result = list_kinds(kinds, list, error);
	if (failure != 0 && failure != ENOENT) {
		error_set_errno(&one, failure, "%s can't be read", POSIX_DIRECTORY);
		list->failed |= filter->kinds & KINDS_IN_TREES;
		result = error_join(error, result, &one);
	}
	if (tree != NULL && list_tree(filter, tree, list, &one) < 0)
		result = error_join(error, result, &one);
	return result;
}

int inventory_list(const struct object_filter *filter, struct object_list *list,
                   struct error *error)
{
	struct error one;
	int result = 0;

	for (size_t i = 0; i < filter->tree_count; i++) {
		if (list_tree(filter, filter->trees[i], list, &one) < 0)
			result = error_join(error, result, &one);
	}
	if (filter->tree_count == 0 && filter->recursive)
		result = list_recursively(filter, list, error);
	else if (filter->tree_count == 0)
		result = list_kinds(filter->kinds, list, error);
	if (filter->tree_count > 0 || filter->recursive)
		object_list_sort_kinds(list);
	/* The size of a POSIX queue must be collected. */
	if (filter->min_size.given || filter->max_size.given)
		(void)posix_queue_collect(list, NEED_MESSAGES);
	drop_unwanted(filter, list);
	if (!filter->takes_covered && drop_covered(list, &one) < 0)
		result = error_join(error, result, &one);
	return result;
}

/* If a number is not an id, it may be a key: programs also print keys in decimal. */
static void hint_key(const struct ref *ref, struct error *error)
{
	const struct kind *kind = &object_kinds[ref->object];
	int id;

	if (ref->kind != REF_ID || ref->id == IPC_PRIVATE ||
	    kind->find_key((key_t)ref->id, &id) < 0)
		return;
	error_append(error, " with this id, but there is one with this key: %skey:%d",
	             ref->object == KIND_SHM ? "" : kind->prefix, ref->id);
}

static int not_found(const struct ref *ref, struct error *error)
{
	if (errno == EXDEV)
		return error_set(error, STATUS_FAILED, "can't be inspected: " BENEATH_COVERED);
	if (errno == ENOTSUP)
		return error_set(error, STATUS_FAILED,
		                 "is not a regular file, so it is not a POSIX object");
	if (errno != ENOENT)
		return error_set_errno(error, errno, "can't be inspected");
	error_set(error, STATUS_FAILED, "no such %s", kind_noun(ref->object));
	hint_key(ref, error);
	return -1;
}

/* If the system call is denied, search a listing for the key. */
static int find_key(const struct kind *kind, key_t key, int *id)
{
	struct object_list list = { .count = 0 };
	struct error error;
	int number;
	bool found = false;

	if (kind->find_key(key, id) == 0)
		return 0;
	number = errno;
	if (!sysv_is_refused(number))
		return -1;
	if (kind->list(KINDS_SYSV, &list, &error) == 0)
		number = ENOENT;
	for (size_t i = 0; i < list.count && !found; i++) {
		found = list.objects[i].key == key;
		*id = list.objects[i].id;
	}
	object_list_free(&list);
	errno = number;
	return found ? 0 : -1;
}

static int find_file(const struct ref *ref, struct object_list *list, struct error *error)
{
	if (object_tree_find(ref->path, list, error) < 0)
		return -1;
	if (ref->object != KIND_DIR || list->objects[list->count - 1].kind == KIND_DIR)
		return 0;
	object_list_drop(list);
	return error_set(error, STATUS_FAILED, "is not a directory");
}

int inventory_find(const struct ref *ref, struct object_list *list, struct error *error)
{
	const struct kind *kind = &object_kinds[ref->object];
	int id = ref->id;
	int result = 0;

	if (ref->kind == REF_FILE)
		return find_file(ref, list, error);
	if (ref->kind == REF_POSIX)
		result = kind->find_name(ref->file, list);
	else if (ref->kind == REF_KEY && find_key(kind, ref->key, &id) < 0)
		result = -1;
	else
		result = kind->find_id(id, list);
	if (result < 0) {
		const int number = errno;

		not_found(ref, error);
		error->number = number;
	}
	return result;
}
