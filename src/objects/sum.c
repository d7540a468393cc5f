#include "objects/sum.h"

#include "base/memory.h"

#include <stdlib.h>

struct summed_file {
	ino_t inode;
	uint16_t place; /* of the object: inodes of different namespaces are different files */
	uint64_t bytes;
	uint64_t used;
};

static void count(struct object_sum *sum, uint64_t files, uint64_t bytes, uint64_t used)
{
	sum->files += files;
	if (__builtin_add_overflow(sum->bytes, bytes, &sum->bytes))
		sum->bytes = UINT64_MAX;
	if (__builtin_add_overflow(sum->used, used, &sum->used))
		sum->used = UINT64_MAX;
}

static void remember(struct object_sum *sum, const struct summed_file *file)
{
	sum->linked = vector_grow(sum->linked, sum->linked_count, sizeof(*sum->linked));
	sum->linked[sum->linked_count++] = *file;
}

void object_sum_add(struct object_sum *sum, const struct shm_object *object)
{
	const struct summed_file file = { object->inode, object->place, object->bytes,
		                          object->used };

	if ((KINDS_SYSV & KIND_BIT(object->kind)) || !object->is_linked)
		count(sum, 1, object->bytes, object->used);
	else
		remember(sum, &file);
}

void object_sum_add_file(struct object_sum *sum, ino_t inode, bool is_linked, uint64_t bytes,
                         uint64_t used)
{
	const struct summed_file file = { inode, 0, bytes, used };

	if (!is_linked)
		count(sum, 1, bytes, used);
	else
		remember(sum, &file);
}

void object_sum_merge(struct object_sum *sum, const struct object_sum *other)
{
	count(sum, other->files, other->bytes, other->used);
}

static int compare_files(const void *left, const void *right)
{
	const struct summed_file *a = left;
	const struct summed_file *b = right;

	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return (a->inode > b->inode) - (a->inode < b->inode);
}

void object_sum_end(struct object_sum *sum)
{
	if (sum->linked_count > 0)
		qsort(sum->linked, sum->linked_count, sizeof(*sum->linked), compare_files);
	for (size_t i = 0; i < sum->linked_count; i++) {
		const struct summed_file *file = &sum->linked[i];

		if (i == 0 || compare_files(file, &sum->linked[i - 1]) != 0)
			count(sum, 1, file->bytes, file->used);
	}
	free(sum->linked);
	sum->linked = NULL;
	sum->linked_count = 0;
}
