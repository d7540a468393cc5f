#include "objects/tree.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "objects/posix_files.h"
#include "system/memory_path.h"
#include "system/place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* All trees that were opened: they live as long as the program. */
static struct {
	struct object_tree **trees;
	size_t count;
} opened;

/* Find an open tree, of the same place. */
static const struct object_tree *find_opened(const struct object_tree *wanted)
{
	for (size_t i = 0; i < opened.count; i++) {
		const struct object_tree *tree = opened.trees[i];

		if (tree->device == wanted->device && tree->inode == wanted->inode &&
		    tree->top.mount == wanted->top.mount && strcmp(tree->path, wanted->path) == 0)
			return tree;
	}
	return NULL;
}

/*
 * Keep a tree.
 *
 * DIRECTORY: a descriptor, which becomes the tree's; if negative, errno says why.
 */
static const struct object_tree *keep(const char *path, int directory, bool is_posix)
{
	struct object_tree tree = { .path = path, .is_posix = is_posix };
	const struct object_tree *same;
	struct object_tree *kept;
	struct statfs fs;
	struct stat st;

	if (directory < 0)
		return NULL;
	if (fstat(directory, &st) < 0 || fstatfs(directory, &fs) < 0) {
		const int saved = errno;

		close(directory);
		errno = saved;
		return NULL;
	}
	tree.top = beneath_begin(directory);
	tree.device = st.st_dev;
	tree.inode = st.st_ino;
	tree.is_huge = fs.f_type == HUGETLBFS_MAGIC;
	same = find_opened(&tree);
	if (same != NULL) {
		close(directory);
		return same;
	}
	tree.path = needed(strdup(path));
	kept = needed_array(1, sizeof(*kept));
	*kept = tree;
	opened.trees = vector_grow(opened.trees, opened.count, sizeof(struct object_tree *));
	opened.trees[opened.count++] = kept;
	return kept;
}

static int open_posix_directory(void)
{
	return open(place_posix_directory(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

const struct object_tree *object_tree_of_posix(void)
{
	return keep(POSIX_DIRECTORY, open_posix_directory(), true);
}

int object_tree_failed(struct error *error)
{
	const int number = errno;

	if (number == ENOENT)
		error_set(error, STATUS_FAILED, "no such file or directory");
	else if (number == EXDEV)
		error_set(error, STATUS_FAILED,
		          "can't be opened: " BENEATH_COVERED ", or on a directory in its path");
	else if (number == ELOOP || number == ENOTDIR)
		error_set(error, STATUS_FAILED,
		          "can't be opened: a part of the path is not a directory (symbolic "
		          "links in shared memory are not followed)");
	else
		error_set_errno(error, number, "can't be opened");
	error->number = number;
	return -1;
}

const struct object_tree *object_tree_open(const char *path, struct error *error)
{
	const struct object_tree *tree;
	struct memory_path found;
	struct beneath point;
	const char *rest;
	int directory;

	if (memory_path_find(path, &found, error) < 0)
		return NULL;
	point = beneath_begin(found.directory);
	rest = memory_path_rest(&found);
	directory = beneath_open_directory(&point, rest, O_PATH);
	tree = keep(found.path, directory, found.is_posix && *rest == '\0');
	if (tree == NULL)
		object_tree_failed(error);
	close(found.directory);
	return tree;
}

const struct object_tree *object_tree_of_path(const char *path, char name[PATH_MAX],
                                              struct error *error)
{
	const struct object_tree *tree;
	struct memory_path found;
	const char *rest;

	if (memory_path_find(path, &found, error) < 0)
		return NULL;
	rest = memory_path_rest(&found);
	if (*rest == '\0') {
		close(found.directory);
		error_set(error, STATUS_FAILED,
		          "is a mount point: name a file or directory in it (or use --dir)");
		return NULL;
	}
	/* The mount point ends, or is the root directory, before a slash. */
	snprintf(name, PATH_MAX, "%s", rest - 1);
	found.path[found.point] = '\0';
	tree = keep(found.path, found.directory, found.is_posix);
	if (tree == NULL)
		object_tree_failed(error);
	return tree;
}

/* The part of a name before its last slash, without the leading one. */
static size_t parent_length(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash > name ? (size_t)(slash - name - 1) : 0;
}

static bool has_parent(const struct object_parent *parent, const struct object_tree *tree,
                       const char *name, size_t length)
{
	return parent->is_open && parent->tree == tree &&
	       (tree == NULL ||
	        (strlen(parent->path) == length && memcmp(parent->path, name + 1, length) == 0));
}

const struct beneath *object_parent_of(struct object_parent *parent,
                                       const struct shm_object *object)
{
	const struct object_tree *tree = object_tree(object);
	const size_t length = tree != NULL ? parent_length(object->name) : 0;

	if (has_parent(parent, tree, object->name, length)) {
		errno = parent->failure;
		return parent->beneath.directory >= 0 ? &parent->beneath : NULL;
	}
	object_parent_end(parent);
	parent->is_open = true;
	parent->tree = tree;
	parent->path[0] = '\0';
	if (tree == NULL) {
		parent->beneath = beneath_begin(open_posix_directory());
	} else if (length >= sizeof(parent->path)) {
		errno = ENAMETOOLONG;
		parent->beneath.directory = -1;
	} else {
		memcpy(parent->path, object->name + 1, length);
		parent->path[length] = '\0';
		/* It is on the same mount. */
		parent->beneath = tree->top;
		parent->beneath.directory =
		    beneath_open_directory(&tree->top, parent->path, O_PATH);
	}
	parent->failure = errno;
	return parent->beneath.directory >= 0 ? &parent->beneath : NULL;
}

void object_parent_end(struct object_parent *parent)
{
	if (parent->is_open)
		descriptor_close(parent->beneath.directory);
	parent->is_open = false;
}

int object_open_parent(const struct shm_object *object)
{
	struct object_parent parent = { .is_open = false };
	const struct beneath *beneath = object_parent_of(&parent, object);

	/* The caller closes it. */
	return beneath != NULL ? beneath->directory : -1;
}

int object_tree_remove(const struct shm_object *directory)
{
	const char *name = strrchr(directory->name, '/') + 1;
	struct object_parent parent = { .is_open = false };
	const struct beneath *beneath = object_parent_of(&parent, directory);
	struct stat st;
	int result = -1;
	int saved;

	if (beneath != NULL && beneath_stat(beneath, name, &st) == 0) {
		errno = ESTALE;
		if (st.st_ino == directory->inode)
			result = beneath_remove_directory(beneath, name);
	}
	saved = errno;
	object_parent_end(&parent);
	errno = saved;
	return result;
}

void object_tree_path(const struct shm_object *object, char target[PATH_MAX])
{
	stpcpy(stpcpy(target, object->tree->path), object->name);
}

void object_tree_fill(struct shm_object *object, const struct object_tree *tree,
                      const struct stat *st)
{
	object->tree = tree;
	object_files_fill(object, st);
	object->kind = S_ISDIR(st->st_mode) ? KIND_DIR : KIND_PSHM;
	if (object->kind == KIND_PSHM)
		object_files_fill_memory(object, st);
	else
		object->is_linked = false;
}
