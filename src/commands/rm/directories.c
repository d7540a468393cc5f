#include "commands/rm/directories.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "objects/tree.h"
#include "stream/interrupt.h"
#include "system/account.h"
#include "usage/directory_users.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A chosen directory. */
struct directory {
	struct removal_row *row;
	size_t removed; /* names that this run has removed from it, or would remove */
};

/* The chosen directories, by tree and name: a directory comes before those in it. */
struct directories {
	struct removal *removal;
	struct directory *items;
	size_t count;
	struct directory_use *uses;
	size_t use_count;
};

static int compare_names(const struct object_tree *tree, const char *name, size_t length,
                         const struct shm_object *object)
{
	int order;

	if (tree != object_tree(object))
		return tree < object_tree(object) ? -1 : 1;
	order = strncmp(name, object->name, length);
	return order != 0 ? order : -(object->name[length] != '\0');
}

static int compare(const void *left, const void *right)
{
	const struct shm_object *a = ((const struct directory *)left)->row->object;
	const struct shm_object *b = ((const struct directory *)right)->row->object;

	return compare_names(object_tree(a), a->name, strlen(a->name), b);
}

/* The chosen directory that holds an object, or NULL. */
static struct directory *find_parent(const struct directories *directories,
                                     const struct shm_object *object)
{
	const struct object_tree *tree = object_tree(object);
	const size_t length = (size_t)(strrchr(object->name, '/') - object->name);
	size_t low = 0;
	size_t high = directories->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = compare_names(tree, object->name, length,
		                                directories->items[middle].row->object);

		if (order == 0)
			return &directories->items[middle];
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool is_removed(const struct removal_row *row)
{
	return row->action == ACTION_REMOVED || row->action == ACTION_WOULD_REMOVE;
}

static void count_removed(const struct directories *directories, const struct removal_row *row)
{
	struct directory *parent;

	if (object_tree(row->object) == NULL || !is_removed(row))
		return;
	parent = find_parent(directories, row->object);
	if (parent != NULL)
		parent->removed++;
}

/* The number of names in a directory, or -1 with errno; counting stops after LIMIT. */
static long count_names(const struct shm_object *object, size_t limit)
{
	const struct object_tree *tree = object_tree(object);
	const int fd = beneath_open_directory(&tree->top, object->name + 1, O_RDONLY);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	size_t count = 0;
	int failure;

	if (stream == NULL) {
		descriptor_close(fd);
		return -1;
	}
	while (count <= limit && (errno = 0, entry = readdir(stream)) != NULL)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	failure = count <= limit ? errno : 0;
	closedir(stream);
	errno = failure;
	return failure == 0 ? (long)count : -1;
}

/* Whether the age that the filter asks for is reached. */
static bool is_old(const struct removal *removal, const struct removal_row *row)
{
	const struct object_filter *filter = &removal->request->filter;

	if (filter->older_than.given && row->age < filter->older_than.limit)
		return false;
	if (filter->idle_for.given &&
	    object_idle(row->object, removal->now) < filter->idle_for.limit)
		return false;
	return filter->older_than.given || filter->idle_for.given;
}

static void removal_failed(struct removal_row *row, int number)
{
	const struct shm_object *object = row->object;

	if (number == ENOENT)
		candidate_decide(row, ACTION_KEPT, "no longer exists");
	else if (number == ENOTEMPTY || number == EEXIST)
		candidate_decide(row, ACTION_KEPT, "not empty");
	else if (number == EXDEV || number == EBUSY)
		candidate_decide(row, ACTION_KEPT, BENEATH_COVERED);
	else if (number == ELOOP || number == ENOTDIR || number == ESTALE)
		candidate_decide(row, ACTION_KEPT, "the name now refers to a different object");
	else if (number == EPERM || number == EACCES)
		candidate_decide(row, ACTION_FAILED,
		                 "owned by %s; no permission to remove it from its directory",
		                 account_user(object->uid));
	else
		candidate_decide(row, ACTION_FAILED, "can't be removed: %s", strerror(number));
}

/* Keep a directory that is in use or in which names are left. Returns whether it is kept. */
static bool is_kept(const struct directories *directories, struct directory *directory)
{
	const struct removal_request *request = directories->removal->request;
	struct removal_row *row = directory->row;
	const struct shm_object *object = row->object;
	const size_t gone = request->dry_run ? directory->removed : 0;
	const struct directory_use *use = directory_users_of(
	    directories->uses, directories->use_count, object_tree(object)->device, object->inode);
	const long names = count_names(object, gone);

	if (names < 0) {
		removal_failed(row, errno);
	} else if ((size_t)names > gone) {
		candidate_decide(row, ACTION_KEPT, "not empty");
		row->is_hidden = request->hides_directories;
	} else if (directory->removed == 0 && !is_old(directories->removal, row)) {
		candidate_decide(row, ACTION_KEPT,
		                 request->filter.older_than.given || request->filter.idle_for.given
		                     ? "empty, but not for long enough"
		                     : "it was empty before (with --older-than, it is removed)");
		row->is_hidden = request->hides_directories;
	} else if (directory->removed == 0 && row->is_stray) {
		candidate_decide(row, ACTION_KEPT, "it was empty before, and has no known family");
		row->is_hidden = request->hides_directories;
	} else if (use != NULL && use->pid != 0) {
		candidate_decide(row, ACTION_KEPT, "used by %d (%s)", use->pid, use->command);
	} else {
		return false;
	}
	return true;
}

static void remove_one(const struct directories *directories, struct directory *directory)
{
	const struct removal_request *request = directories->removal->request;
	struct removal_row *row = directory->row;

	if (row->is_decided || is_kept(directories, directory))
		return;
	if (interrupt_pending()) {
		candidate_decide(row, ACTION_KEPT, "interrupted");
	} else if (request->dry_run) {
		candidate_decide(row, ACTION_WOULD_REMOVE, NULL);
	} else if (!request->interactive || candidate_is_wanted(directories->removal, row)) {
		if (object_tree_remove(row->object) == 0)
			candidate_decide(row, ACTION_REMOVED, NULL);
		else
			removal_failed(row, errno);
	}
	count_removed(directories, row);
}

void directories_remove(struct removal *removal)
{
	struct directories directories = { .removal = removal };

	for (size_t i = 0; i < removal->list.count; i++)
		directories.count += removal->list.objects[i].kind == KIND_DIR;
	if (directories.count == 0)
		return;
	directories.items = needed_array(directories.count, sizeof(*directories.items));
	directories.uses = needed_array(directories.count, sizeof(*directories.uses));
	directories.count = 0;
	for (size_t i = 0; i < removal->list.count; i++) {
		const struct shm_object *object = &removal->list.objects[i];

		if (object->kind != KIND_DIR)
			continue;
		directories.items[directories.count++].row = &removal->rows[i];
		if (!(object->known & KNOWN_COVERED))
			directories.uses[directories.use_count++] =
			    (struct directory_use){ .device = object_tree(object)->device,
				                    .inode = object->inode };
	}
	qsort(directories.items, directories.count, sizeof(*directories.items), compare);
	for (size_t i = 0; i < removal->list.count; i++) {
		if (removal->list.objects[i].kind != KIND_DIR)
			count_removed(&directories, &removal->rows[i]);
	}
	directory_users_find(directories.uses, directories.use_count);
	/* The directories in one come after it. */
	for (size_t i = directories.count; i-- > 0;)
		remove_one(&directories, &directories.items[i]);
	free(directories.items);
	free(directories.uses);
}
