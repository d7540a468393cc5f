#include "usage/held.h"

#include "base/descriptor.h"
#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "objects/ref_file.h"
#include "system/beneath.h"
#include "system/cachestat.h"
#include "system/lease.h"
#include "system/mounted.h"
#include "system/process.h"
#include "system/process_maps.h"
#include "usage/memory_devices.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static const struct held_kind memfd = { "memfd", "Memfd" };
static const struct held_kind anonymous = { "anon", "Anonymous Shared Memory" };
static const struct held_kind removed = { "pshm", "Removed POSIX Shared Memory Object" };
static const struct held_kind removed_file = { "removed", "Removed File in Memory" };
static const struct held_kind detached = { "detached", "File of a Detached Tmpfs" };
static const struct held_kind segment = { "shm", "Shared Memory Segment" };
static const struct held_kind file = { "file", "File" };

static const char memfd_prefix[] = "/memfd:";

/* The kernel's name of a file, proc_pid_fd(5): its path, and whether it has been unlinked. */
struct held_name {
	char path[PATH_MAX];
	bool is_deleted;
};

static int read_name(const char *link, struct held_name *name)
{
	static const char deleted[] = " (deleted)";
	const ssize_t length = readlink(link, name->path, sizeof(name->path) - 1);
	char *end;

	if (length < 0)
		return -1;
	name->path[length] = '\0';
	end = name->path + length - (sizeof(deleted) - 1);
	name->is_deleted = end >= name->path && strcmp(end, deleted) == 0;
	return 0;
}

/* Strip the kernel's " (deleted)" suffix. */
static void cut_deleted(struct held_name *name)
{
	if (name->is_deleted)
		*strrchr(name->path, ' ') = '\0';
}

/* If a file is an object of POSIX_DIRECTORY, add that object: 0, or -1. */
static int find_listed_file(const struct held_name *name, const struct stat *st,
                            struct object_list *list)
{
	const char *slash = strrchr(name->path, '/');
	const int directory = posix_open_directory();
	const struct beneath beneath = beneath_begin(directory);
	struct stat found;
	int result = -1;

	if (directory < 0)
		return -1;
	if (slash != NULL && slash[1] != '\0' && beneath_stat(&beneath, slash + 1, &found) == 0 &&
	    found.st_dev == st->st_dev && found.st_ino == st->st_ino)
		result = posix_find(slash + 1, list);
	close(directory);
	return result;
}

/* If a file is a segment and the process is in our IPC namespace, add the segment: 0, or -1. */
static int find_segment(const struct ref *ref, const struct stat *st, struct object_list *list)
{
	struct stat theirs;
	struct stat ours;

	if (process_own_ipc_namespace(&ours) < 0 ||
	    (ref->pid != 0 && process_ipc_namespace(ref->pid, &theirs) < 0) ||
	    (ref->pid != 0 && theirs.st_ino != ours.st_ino))
		return -1;
	return object_kinds[KIND_SHM].find_id((int)st->st_ino, list);
}

static bool is_in_posix_directory(const struct stat *st)
{
	const int directory = posix_open_directory();
	struct stat found;
	const bool is_same =
	    directory >= 0 && fstat(directory, &found) == 0 && found.st_dev == st->st_dev;

	descriptor_close(directory);
	return is_same;
}

static bool is_in_memory(const char *link)
{
	struct statfs fs;

	return statfs(link, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == HUGETLBFS_MAGIC);
}

/*
 * The kind of a file. LINK leads to it. CALLED receives the part of the kernel's name (modified) that
 * is the file's name, or NULL.
 */
static const struct held_kind *identify(const char *link, struct held_name *name,
                                        const struct stat *st, const char **called)
{
	struct memory_devices devices;

	memory_devices_find(&devices);
	*called = NULL;
	if (st->st_nlink == 0 && memory_devices_have(&devices, st->st_dev)) {
		if (process_maps_names_segment(name->path))
			return &segment;
		if (strncmp(name->path, memfd_prefix, sizeof(memfd_prefix) - 1) == 0) {
			cut_deleted(name);
			*called = name->path + sizeof(memfd_prefix) - 1;
			return &memfd;
		}
		if (!devices.unknown || strncmp(name->path, "/dev/zero (", 11) == 0)
			return &anonymous;
	}
	if (st->st_nlink == 0 && is_in_posix_directory(st)) {
		cut_deleted(name);
		*called = posix_former_name(name->path);
		return &removed;
	}
	*called = name->path;
	if (!is_in_memory(link))
		return &file;
	if (st->st_nlink == 0)
		cut_deleted(name);
	if (!mounted_anywhere(st->st_dev))
		return &detached;
	return st->st_nlink == 0 ? &removed_file : &file;
}

static void add(const struct ref *ref, const char *link, struct held_name *name,
                const struct stat *st, struct object_list *list)
{
	struct shm_object *object = object_list_add(list);
	const char *called;

	object->kind = KIND_PSHM;
	object_files_fill(object, st);
	object_files_fill_memory(object, st);
	object->held_device = st->st_dev;
	object->held_kind = identify(link, name, st, &called);
	object->held_ref = object_list_text(list, "", ref->text);
	if (called != NULL && *called != '\0')
		object->name = object_list_text(list, "", called);
}

/* The blocks of a file on a disk do not count as memory. */
static void forget_disk(const char *link, struct shm_object *object)
{
	if (object_is_held(object) && object->held_kind == &file && !is_in_memory(link))
		object->known &= ~(unsigned int)KNOWN_USED;
}

int held_find(const struct ref *ref, struct object_list *list, struct error *error)
{
	char link[REF_FILE_PATH_SIZE];
	struct held_name name;
	struct stat st;

	if (ref_file_look(ref, &st, error) < 0)
		return -1;
	ref_file_descriptor_path(ref, link);
	if (read_name(link, &name) < 0)
		return error_set_errno(error, errno, "can't be inspected");
	if (st.st_nlink > 0 && find_listed_file(&name, &st, list) == 0)
		return 0;
	if (process_maps_names_segment(name.path) && st.st_nlink == 0 &&
	    find_segment(ref, &st, list) == 0)
		return 0;
	add(ref, link, &name, &st, list);
	forget_disk(link, &list->objects[list->count - 1]);
	return 0;
}

enum held_sort held_sort(const struct shm_object *object)
{
	if (object->held_kind == &memfd)
		return HELD_MEMFD;
	if (object->held_kind == &anonymous)
		return HELD_ANONYMOUS;
	if (object->held_kind == &segment)
		return HELD_SEGMENT;
	return object->held_kind == &file ? HELD_FILE : HELD_REMOVED;
}

bool held_is_kernel_memory(const struct shm_object *object)
{
	return object->held_kind == &memfd || object->held_kind == &anonymous;
}

/* Check whether open(2) would break another process's lease. */
static bool is_leased(const struct ref *ref, const struct shm_object *object)
{
	char link[REF_FILE_PATH_SIZE];
	struct lease_list leases;
	bool result = true;
	int fd;

	ref_file_descriptor_path(ref, link);
	fd = open(link, O_PATH | O_CLOEXEC);
	if (fd >= 0 && lease_read(fd, &leases) == 0) {
		result = lease_is_held(&leases, object->inode);
		lease_free(&leases);
	}
	descriptor_close(fd);
	return result;
}

void held_count_resident(const char *text, struct shm_object *object)
{
	struct error error;
	struct stat st;
	struct ref ref;
	int fd;

	if (ref_parse(text, REF_SHOWN, &ref, &error) < 0 || is_leased(&ref, object))
		return;
	fd = ref_file_open(&ref, REF_FILE_READ, &error);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_dev == object->held_device && st.st_ino == object->inode &&
	    cachestat_resident(fd, &object->resident) == 0) {
		/* The two values were read at different moments. */
		if (object->used < object->resident)
			object->used = object->resident;
		object->known |= KNOWN_RESIDENCY;
	}
	close(fd);
}

void held_collect_residency(struct object_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct shm_object *object = &list->objects[i];

		if (!object_is_held(object) || (object->known & KNOWN_USED) == 0)
			continue;
		if (cachestat_lacks_swap()) {
			object->resident = object->used;
			object->known |= KNOWN_RESIDENCY;
		} else {
			held_count_resident(object->held_ref, object);
		}
	}
}
