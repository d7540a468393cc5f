#include "usage/unnamed.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "system/beneath.h"
#include "system/process_files.h"
#include "system/process_list.h"
#include "system/process_maps.h"
#include "usage/memory_devices.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { DIRECTORY_SIZE = 16, LINK_SIZE = PATH_MAX };

/* A search through all processes. */
struct search {
	struct unnamed_list *list;
	struct memory_devices devices; /* the kernel's own, where no file has a name */
	dev_t posix;                   /* device of POSIX_DIRECTORY */
	int posix_directory;           /* descriptor; -1 if there is none */
	bool posix_is_plain;           /* not a tmpfs: its file system also holds unrelated files */
	int proc;                      /* descriptor of /proc */
};

/* The process that is being searched. */
struct look {
	struct search *search;
	pid_t pid;
	char directory[DIRECTORY_SIZE]; /* in /proc */
};

static const char deleted[] = " (deleted)";
static const char memfd_prefix[] = "/memfd:";

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_deleted(const char *path)
{
	const size_t length = strlen(path);

	return length >= sizeof(deleted) - 1 &&
	       strcmp(path + length - (sizeof(deleted) - 1), deleted) == 0;
}

static bool is_posix(const struct search *search, dev_t device)
{
	return search->posix_directory >= 0 && device == search->posix;
}

/*
 * Check by name whether an unlinked file is shared memory, where its device alone does not identify
 * it.
 */
static bool is_named_so(const struct search *search, dev_t device, const char *path)
{
	if (is_posix(search, device))
		return !search->posix_is_plain || strstr(path, POSIX_DIRECTORY "/") != NULL;
	return !search->devices.unknown || starts_with(path, memfd_prefix) ||
	       starts_with(path, "/dev/zero (") || starts_with(path, "/anon_hugepage (");
}

/* The former name of an object, from the kernel's path of its file, which is cut in place. */
static const char *former_name(struct unnamed_object *found, char *path)
{
	const char *slash;

	if (is_deleted(path))
		path[strlen(path) - (sizeof(deleted) - 1)] = '\0';
	if (found->kind == UNNAMED_MEMFD)
		return path + sizeof(memfd_prefix) - 1;
	if (strcmp(path, "/dev/zero") == 0)
		return "";
	slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

static bool is_same(const struct unnamed_object *a, const struct unnamed_object *b)
{
	return a->device == b->device && a->object.inode == b->object.inode;
}

/*
 * Record an object. A duplicate of the preceding object is dropped here, all others in
 * put_in_order().
 *
 * @param path  the kernel's path of it; modified
 */
static void add(const struct look *look, struct unnamed_object *found, char *path)
{
	struct unnamed_list *list = look->search->list;
	struct unnamed_object *last = list->count > 0 ? &list->objects[list->count - 1] : NULL;

	if (last != NULL && is_same(last, found) && last->pid == look->pid) {
		if (last->fd < 0 && last->address == 0)
			last->address = found->address;
		return;
	}
	if (is_posix(look->search, found->device))
		found->kind = UNNAMED_REMOVED;
	else
		found->kind = starts_with(path, memfd_prefix) ? UNNAMED_MEMFD : UNNAMED_ANONYMOUS;
	found->pid = look->pid;
	found->object.kind = KIND_PSHM;
	found->object.name = object_list_text(&list->texts, "/", former_name(found, path));
	list->objects = vector_grow(list->objects, list->count, sizeof(*list->objects));
	list->objects[list->count++] = *found;
}

/*
 * Skip a process that can't be inspected or has exited: users_scan() reports those. A shortage of
 * descriptors or memory ends the search.
 */
static int pass_over(void)
{
	return errno_is_passing(errno) ? -1 : 0;
}

/*
 * Follow a link of /proc. Returns 1 and the status if the target is memory that has no name and can
 * be shared, 0 if it is something else, -1 if the link can't be followed.
 */
static int take_status(const struct search *search, int directory, const char *name,
                       struct unnamed_object *found)
{
	struct statx status;
	struct stat st;
	dev_t device;

	if (process_files_look(directory, name, STATX_BASIC_STATS, &status) <= 0)
		return -1;
	if (!(status.stx_mask & STATX_TYPE) || !S_ISREG(status.stx_mode) || status.stx_nlink > 0)
		return 0;
	device = makedev(status.stx_dev_major, status.stx_dev_minor);
	if (!memory_devices_have(&search->devices, device) && !is_posix(search, device))
		return 0;
	beneath_take_status(&status, &st);
	object_files_fill(&found->object, &st);
	object_files_fill_memory(&found->object, &st);
	found->device = device;
	found->has_status = true;
	return 1;
}

/* Returns 0, or -1 with errno. */
static int look_at_descriptor(const struct look *look, int directory, const char *name)
{
	struct unnamed_object found = { .fd = number_of_name(name) };
	char path[LINK_SIZE];
	ssize_t length;

	const int result = take_status(look->search, directory, name, &found);

	if (result < 0)
		return pass_over();
	/* readlinkat(2) fails if the descriptor has been closed meanwhile. */
	if (result == 0 || (length = readlinkat(directory, name, path, sizeof(path) - 1)) < 0)
		return 0;
	path[length] = '\0';
	/* Segments are not nameless: they have an id. */
	if (process_maps_names_segment(path) || !is_named_so(look->search, found.device, path))
		return 0;
	add(look, &found, path);
	return 0;
}

static int look_at_descriptors(const struct look *look)
{
	struct process_files files;
	const char *name;
	int result = 0;
	int next = 0;

	if (process_files_open(look->search->proc, look->directory, &files) < 0)
		return pass_over();
	while (result == 0 && (next = process_files_next(&files, &name)) > 0)
		result = look_at_descriptor(look, files.directory, name);
	if (next < 0)
		result = pass_over();
	process_files_close(&files);
	return result;
}

/* The name of an existing file may also end in " (deleted)". */
static bool has_name(const struct search *search, const char *path, ino_t inode)
{
	const char *slash = strrchr(path, '/');
	const struct beneath beneath = beneath_begin(search->posix_directory);
	struct stat st;

	return search->posix_directory >= 0 && slash != NULL &&
	       beneath_stat(&beneath, slash + 1, &st) == 0 && st.st_ino == inode;
}

/*
 * Following a mapping to its file needs a capability, proc_pid_map_files(5); without it, the name
 * of the mapping shows that the file was unlinked. Returns 0, or -1 with errno.
 */
static int look_at_mapping(const struct look *look, struct process_maps *maps,
                           const struct process_mapping *mapping)
{
	struct unnamed_object found = {
		.fd = -1,
		.address = mapping->shared ? mapping->start : 0,
	};
	char path[LINK_SIZE];
	char link[DIRECTORY_SIZE + 64];

	if (!memory_devices_have(&look->search->devices, mapping->device) &&
	    !is_posix(look->search, mapping->device))
		return 0;
	if (process_maps_name(maps, mapping, path, sizeof(path)) < 0 || !is_deleted(path) ||
	    process_maps_names_segment(path) || !is_named_so(look->search, mapping->device, path))
		return 0;
	snprintf(link, sizeof(link), "%s/map_files/%" PRIx64 "-%" PRIx64, look->directory,
	         mapping->start, mapping->end);
	switch (take_status(look->search, look->search->proc, link, &found)) {
	case 0:
		return 0;
	case -1:
		if (pass_over() < 0)
			return -1;
		if (has_name(look->search, path, mapping->inode))
			return 0;
		found.object.inode = mapping->inode;
		found.device = mapping->device;
		break;
	}
	add(look, &found, path);
	return 0;
}

static int look_at_mappings(const struct look *look)
{
	const struct process_maps_request request = { .shared_only = false };
	struct process_maps maps;
	struct process_mapping mapping;
	int result = 0;

	if (process_maps_open(look->search->proc, look->directory, &request, &maps) < 0)
		return pass_over();
	while (result == 0 && process_maps_next(&maps, &mapping) > 0)
		result = look_at_mapping(look, &maps, &mapping);
	process_maps_close(&maps);
	return result;
}

static int look_at_processes(struct search *search)
{
	struct pid_list processes;
	int result = 0;

	if (pid_list_all(&processes) < 0)
		return -1;
	for (size_t i = 0; result == 0 && i < processes.count; i++) {
		struct look look = { .search = search, .pid = processes.pids[i] };

		snprintf(look.directory, sizeof(look.directory), "%d", look.pid);
		result = look_at_descriptors(&look);
		if (result == 0)
			result = look_at_mappings(&look);
	}
	pid_list_free(&processes);
	return result;
}

/* By file; entries of the same file by usefulness: with a descriptor, with a status. */
static int compare(const void *left, const void *right)
{
	const struct unnamed_object *a = left;
	const struct unnamed_object *b = right;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (a->object.inode != b->object.inode)
		return a->object.inode < b->object.inode ? -1 : 1;
	if ((a->fd < 0) != (b->fd < 0))
		return a->fd < 0 ? 1 : -1;
	if ((a->address == 0) != (b->address == 0))
		return a->address == 0 ? 1 : -1;
	if (a->has_status != b->has_status)
		return a->has_status ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->fd > b->fd) - (a->fd < b->fd);
}

/* The largest users of memory first. */
static int compare_used(const void *left, const void *right)
{
	const struct unnamed_object *a = left;
	const struct unnamed_object *b = right;

	if (a->object.used != b->object.used)
		return a->object.used > b->object.used ? -1 : 1;
	return compare(left, right);
}

/* Sort, and drop duplicates. */
static void put_in_order(struct unnamed_list *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->objects, list->count, sizeof(*list->objects), compare);
	for (size_t i = 1; i < list->count; i++) {
		if (!is_same(&list->objects[i], &list->objects[kept]))
			list->objects[++kept] = list->objects[i];
	}
	list->count = kept + 1;
	qsort(list->objects, list->count, sizeof(*list->objects), compare_used);
}

int unnamed_find(struct unnamed_list *list, struct error *error)
{
	struct search search = { .list = list, .proc = -1 };
	struct statfs fs;
	struct stat st;
	int result;

	memset(list, 0, sizeof(*list));
	memory_devices_find(&search.devices);
	search.posix_directory = posix_open_directory();
	result = search.posix_directory < 0 ? pass_over() : 0;
	if (search.posix_directory >= 0 && fstat(search.posix_directory, &st) == 0)
		search.posix = st.st_dev;
	search.posix_is_plain = search.posix_directory >= 0 &&
	                        fstatfs(search.posix_directory, &fs) == 0 &&
	                        fs.f_type != TMPFS_MAGIC;
	if (result == 0)
		search.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	result = search.proc < 0 ? -1 : look_at_processes(&search);
	if (result < 0)
		error_set_errno(error, errno, "/proc can't be read");
	descriptor_close(search.proc);
	descriptor_close(search.posix_directory);
	put_in_order(list);
	return result;
}

void unnamed_free(struct unnamed_list *list)
{
	object_list_free(&list->texts);
	free(list->objects);
	memset(list, 0, sizeof(*list));
}

const char *unnamed_name(const struct unnamed_object *object)
{
	const char *name = object->object.name + 1;

	if (*name == '\0')
		return NULL;
	return object->kind == UNNAMED_REMOVED ? object->object.name : name;
}

bool unnamed_match(const struct unnamed_object *object, const struct object_filter *filter,
                   time_t now)
{
	struct object_filter rest = *filter;

	rest.kinds = KIND_BIT(KIND_PSHM);
	rest.used_by.given = false;
	rest.name = (struct filter_list){ .count = 0 };
	if (unnamed_name(object) == NULL && !filter_list_passes_none(&filter->name))
		return false;
	if (!object->has_status && !filter_takes_all(&rest))
		return false;
	if (unnamed_name(object) != NULL)
		rest.name = filter->name;
	return filter_match(&rest, &object->object, now);
}

const char *unnamed_kind_word(const struct unnamed_object *object)
{
	static const char *const words[] = {
		[UNNAMED_MEMFD] = "memfd",
		[UNNAMED_REMOVED] = "pshm",
		[UNNAMED_ANONYMOUS] = "anon",
	};

	return words[object->kind];
}

void users_target_of_unnamed(const struct unnamed_object *object, struct users_target *target)
{
	memset(target, 0, sizeof(*target));
	target->device = object->device;
	target->mapped_device = object->device;
	target->inode = object->object.inode;
	target->is_memfd = object->kind != UNNAMED_REMOVED;
}
