#include "commands/rm/misplaced.h"

#include "objects/tree.h"
#include "system/mount.h"
#include "system/place.h"

#include <stdbool.h>
#include <string.h>

/*
 * Whether an object is in POSIX_DIRECTORY, or anywhere in its file system.
 *
 * POSIX: the tree of that directory; NULL if it can't be opened.
 */
static bool is_in_posix_directory(const struct shm_object *object, const struct object_tree *posix)
{
	const struct object_tree *tree = object_tree(object);

	if (tree == NULL)
		return (KIND_BIT(object->kind) & KINDS_DEVSHM) != 0;
	return tree->is_posix || (posix != NULL && posix->device == tree->device);
}

int misplaced_drop(struct object_list *list, struct error *error)
{
	const struct object_tree *posix = object_tree_of_posix();
	size_t kept = 0;
	size_t files = 0;

	for (size_t i = 0; i < list->count && files == 0; i++)
		files += is_in_posix_directory(&list->objects[i], posix);
	if (files == 0 || place_check_removal(error) == 0)
		return 0;
	for (size_t i = 0; i < list->count; i++) {
		if (!is_in_posix_directory(&list->objects[i], posix))
			list->objects[kept++] = list->objects[i];
	}
	list->count = kept;
	return -1;
}

/*
 * The mount point at which a file system serves another purpose, or NULL. Everything in a directory
 * of /tmp may be removed; but /tmp itself has the files of all programs.
 */
static const char *find_purpose(const struct object_tree *tree, const struct mount_table *table)
{
	static const struct {
		const char *point;
		bool is_whole; /* only the file system as a whole */
	} points[] = {
		{ "/", false },    { "/run", false }, { "/run/lock", false },
		{ "/dev", false }, { "/tmp", true },  { "/var/tmp", true },
	};

	for (size_t i = 0; i < table->count; i++) {
		const struct mount *mount = &table->mounts[i];

		for (size_t j = 0; j < sizeof(points) / sizeof(points[0]); j++) {
			if (mount->device == tree->device &&
			    strcmp(mount->point, points[j].point) == 0 &&
			    (!points[j].is_whole || strcmp(tree->path, mount->point) == 0))
				return points[j].point;
		}
	}
	return NULL;
}

void misplaced_keep(struct removal *removal)
{
	const struct object_tree *posix = object_tree_of_posix();
	const struct object_tree *before = NULL;
	const char *purpose = NULL;
	struct mount_table tables[2] = { { .count = 0 }, { .count = 0 } };

	(void)mount_table_read(-1, &tables[0]);
	if (place_process() >= 0)
		(void)mount_table_read(place_process(), &tables[1]);
	for (size_t i = 0; i < removal->list.count; i++) {
		const struct object_tree *tree = object_tree(&removal->list.objects[i]);

		if (tree == NULL || is_in_posix_directory(&removal->list.objects[i], posix))
			continue;
		for (size_t j = 0; tree != before && j < 2; j++) {
			purpose = find_purpose(tree, &tables[j]);
			if (purpose != NULL)
				break;
		}
		before = tree;
		if (purpose != NULL)
			candidate_decide(&removal->rows[i], ACTION_KEPT,
			                 "the tmpfs at %s also holds files other than shared "
			                 "memory (name it as an operand)",
			                 purpose);
	}
	mount_table_free(&tables[0]);
	mount_table_free(&tables[1]);
}
