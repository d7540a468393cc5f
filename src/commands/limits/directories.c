#include "commands/limits/directories.h"

#include "objects/posix.h"
#include "objects/tree_list.h"
#include "system/mount.h"
#include "system/place.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The space or the inodes of a file system. FREE: of the value. */
static void add(struct limit *limit, enum limit_unit unit, uint64_t value, uint64_t free)
{
	memset(limit, 0, sizeof(*limit));
	limit->group = LIMITS_DIRECTORIES;
	limit->unit = unit;
	limit->value = value;
	/* Without a limit, a tmpfs reports 0, and a hugetlbfs 0 or the largest number. */
	limit->unlimited = value == 0 || value == UINT64_MAX;
	limit->used_known = !limit->unlimited;
	if (limit->used_known)
		limit->used = value - free;
}

/* The command that doubles a limit; empty if the mount point is not known. */
static void add_cure(struct limit *limit, const char *option, const struct mount *mount)
{
	if (mount == NULL || limit->unlimited || strlen(mount->point) > NAME_MAX)
		return;
	snprintf(limit->cure, sizeof(limit->cure), "%smount -o remount,%s=%" PRIu64 " %s",
	         place_mount_prefix(), option,
	         limit->value > UINT64_MAX / 2 ? UINT64_MAX : limit->value * 2, mount->point);
}

/*
 * The memory that filling the files in the directory takes, of the room in their file system and in
 * memory. Returns 0, or -1 with error set if it is unknown.
 */
static int add_sparse(struct limit *limit, const struct object_tree *tree, const struct statvfs *fs,
                      struct error *error)
{
	const struct object_tree_request request = { .kinds = KIND_BIT(KIND_PSHM) };
	struct commitment commitment = { .missing = 0 };
	struct object_list files = { .count = 0 };
	const uint64_t left = limit_room(fs);
	struct error cause;
	int result;

	add(limit, UNIT_BYTES, left, left);
	limit->unlimited = false;
	limit->used_known = false;
	limit->is_commitment = true;
	snprintf(limit->name, sizeof(limit->name), "sparse:%s", tree->path);
	limit->meaning = "memory that filling its sparse files takes";
	result = tree->is_posix ? posix_list(request.kinds, &files, &cause)
	                        : object_tree_list(tree, &request, &files, &cause);
	if (result < 0) {
		error_set(error, STATUS_FAILED, "the use of %.255s is unknown: %s", limit->name,
		          cause.text);
	} else {
		commitment_read(&commitment, &files);
		limit_commit(limit, &commitment, left);
	}
	object_list_free(&files);
	return result;
}

int limits_read_directories(const struct object_tree *const *trees, size_t tree_count,
                            bool is_strict, struct limit limits[LIMITS_MAX], size_t *count,
                            struct error *error)
{
	struct mount_table mounts;
	int result = 0;

	*count = 0;
	(void)mount_table_read(place_process(), &mounts);
	for (size_t i = 0; i < tree_count; i++) {
		const struct object_tree *tree = trees[i];
		const struct mount *mount = mount_table_find(&mounts, tree->top.mount);
		struct limit *size = &limits[*count];
		struct limit *inodes = size + 1;
		struct statvfs fs;
		struct error one;

		if (*count + 3 > LIMITS_MAX) {
			error_set(&one, STATUS_FAILED, "only the first %zu directories are shown",
			          i);
			result = error_join(error, result, &one);
			break;
		}
		if (fstatvfs(tree->top.directory, &fs) < 0) {
			error_set_errno(&one, errno, "the limits of %.255s can't be read",
			                tree->path);
			result = error_join(error, result, &one);
			continue;
		}
		add(size, UNIT_BYTES, fs.f_blocks * fs.f_frsize, fs.f_bfree * fs.f_frsize);
		snprintf(size->name, sizeof(size->name), "size:%s", tree->path);
		size->meaning = "all of the file system of this directory";
		add_cure(size, "size", mount);
		add(inodes, UNIT_INODES, fs.f_files, fs.f_ffree);
		snprintf(inodes->name, sizeof(inodes->name), "inodes:%s", tree->path);
		inodes->meaning = "files in it";
		add_cure(inodes, "nr_inodes", mount);
		*count += 2;
		/* The pages of a hugetlbfs are reserved when a file is mapped. */
		if (tree->is_huge)
			continue;
		if (add_sparse(inodes + 1, tree, &fs, &one) < 0 && is_strict)
			result = error_join(error, result, &one);
		*count += 1;
	}
	mount_table_free(&mounts);
	return result;
}
