#include "system/file_set.h"

#include "base/memory.h"

#include <search.h>
#include <stdlib.h>

struct file {
	dev_t device;
	ino_t inode;
};

static int compare_files(const void *left, const void *right)
{
	const struct file *a = left;
	const struct file *b = right;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return (a->inode > b->inode) - (a->inode < b->inode);
}

bool file_set_add(struct file_set *set, dev_t device, ino_t inode)
{
	const struct file file = { device, inode };
	struct file *copy;

	if (tfind(&file, &set->files, compare_files) != NULL)
		return false;
	copy = needed_array(1, sizeof(*copy));
	*copy = file;
	needed(tsearch(copy, &set->files, compare_files));
	return true;
}

void file_set_free(struct file_set *set)
{
	tdestroy(set->files, free);
	set->files = NULL;
}
