#include "system/mounted.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "base/sorted.h"
#include "system/linux.h"
#include "system/mount.h"
#include "system/mount_view.h"
#include "system/process_list.h"
#include "system/remote_call.h"
#include "system/tmpfs_list.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

static int compare_device(const void *item, const void *key)
{
	const dev_t device = ((const struct mounted *)item)->device;
	const dev_t wanted = *(const dev_t *)key;

	return (device > wanted) - (device < wanted);
}

/* Index of a device, or of its insertion point. */
static size_t place_of(const struct mounted_list *list, dev_t device)
{
	return sorted_place(list->devices, list->count, sizeof(*list->devices), &device,
	                    compare_device);
}

struct mounted *mounted_find(const struct mounted_list *list, dev_t device)
{
	const size_t place = place_of(list, device);

	return place < list->count && list->devices[place].device == device ? &list->devices[place]
	                                                                    : NULL;
}

struct mounted *mounted_add(struct mounted_list *list, dev_t device)
{
	const size_t place = place_of(list, device);
	struct mounted *found = mounted_find(list, device);

	if (found != NULL)
		return found;
	list->devices = vector_grow(list->devices, list->count, sizeof(*list->devices));
	found = &list->devices[place];
	memmove(found + 1, found, (list->count - place) * sizeof(*found));
	list->count++;
	*found = (struct mounted){ .device = device, .type = MOUNTED_OTHER };
	return found;
}

static enum mounted_type type_of_magic(unsigned long magic)
{
	if (magic == TMPFS_MAGIC)
		return MOUNTED_TMPFS;
	return magic == HUGETLBFS_MAGIC ? MOUNTED_HUGETLBFS : MOUNTED_OTHER;
}

int mounted_read_table(struct mounted_list *list, int proc, const char *directory)
{
	struct mount_table table;
	enum tmpfs_type type;
	const int result = mount_table_read_of(proc, directory, &table);

	for (size_t i = 0; i < table.count; i++) {
		struct mounted *found = mounted_add(list, table.mounts[i].device);

		found->is_mounted = true;
		if (tmpfs_find_type(&table.mounts[i], &type))
			found->type = type == TMPFS_HUGE ? MOUNTED_HUGETLBFS : MOUNTED_TMPFS;
	}
	mount_table_free(&table);
	return result;
}

int mounted_read(struct mounted_list *list, int proc, const char *directory)
{
	struct mount_view view;

	if (mount_view_find(proc, directory, &view) < 0)
		return -1;
	if (mount_view_is_seen(&list->views, &view) ||
	    mounted_read_table(list, proc, directory) == 0)
		return 0;
	mount_view_forget(&list->views);
	return -1;
}

void mounted_set_use(struct mounted *mounted, const struct statfs *fs)
{
	mounted->knows_used = fs->f_blocks > 0 && fs->f_blocks >= fs->f_bfree;
	if (mounted->knows_used)
		mounted->used = (uint64_t)(fs->f_blocks - fs->f_bfree) * (uint64_t)fs->f_bsize;
	/* The root directory is always there. */
	if (fs->f_files > fs->f_ffree)
		mounted->files = fs->f_files - fs->f_ffree - 1;
}

static void ask(const void *path, void *answer)
{
	struct mounted *found = answer;
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return;
	found->type = type_of_magic((unsigned long)fs.f_type);
	mounted_set_use(found, &fs);
}

struct mounted *mounted_ask(struct mounted_list *list, dev_t device, const char *path)
{
	struct mounted answer = { .type = MOUNTED_OTHER };
	struct mounted *found;

	if (remote_call(ask, path, &answer, sizeof(answer)) < 0)
		answer = (struct mounted){ .type = MOUNTED_OTHER };
	found = mounted_add(list, device);
	found->type = answer.type;
	found->knows_used = answer.knows_used;
	found->used = answer.used;
	found->files = answer.files;
	return found;
}

bool mounted_anywhere(dev_t device)
{
	const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct mounted_list list = { .count = 0 };
	struct pid_list processes = { .count = 0 };
	bool found = proc < 0 || mounted_read(&list, proc, "self") < 0 ||
	             mounted_find(&list, device) != NULL;

	if (!found && pid_list_all(&processes) < 0)
		found = true;
	for (size_t i = 0; !found && i < processes.count; i++) {
		char directory[16];

		snprintf(directory, sizeof(directory), "%d", processes.pids[i]);
		if (mounted_read(&list, proc, directory) < 0)
			(void)mounted_read_table(&list, proc, directory);
		found = mounted_find(&list, device) != NULL;
	}
	pid_list_free(&processes);
	mounted_free(&list);
	descriptor_close(proc);
	return found;
}

void mounted_free(struct mounted_list *list)
{
	free(list->devices);
	mount_views_free(&list->views);
	*list = (struct mounted_list){ .count = 0 };
}
