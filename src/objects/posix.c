#include "objects/posix.h"

#include "base/descriptor.h"
#include "objects/posix_files.h"
#include "objects/tree.h"
#include "system/cachestat.h"
#include "system/lease.h"
#include "system/place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

int posix_file_name(enum object_kind kind, const char *name, char file[POSIX_FILE_SIZE],
                    struct error *error)
{
	const char *prefix = kind == KIND_PSEM ? SEMAPHORE_PREFIX : "";
	size_t room = POSIX_FILE_SIZE - 1 - strlen(prefix);

	if (*name == '/')
		name++;
	if (*name == '\0')
		return error_set(error, STATUS_USAGE, "the name is empty");
	/* The file of a semaphore has a prefix, so sem_open("/.") is valid. */
	if (*prefix == '\0' && (strcmp(name, ".") == 0 || strcmp(name, "..") == 0))
		return error_set(error, STATUS_USAGE, "'%s' is not a valid name for an object",
		                 name);
	if (strchr(name, '/') != NULL)
		return error_set(
		    error, STATUS_USAGE,
		    "the name of a POSIX object can have no slash but a leading one: /name");
	if (strlen(name) > room)
		return error_set(error, STATUS_USAGE,
		                 "the name is too long: %zu bytes without the slash, at most %zu",
		                 strlen(name), room);
	stpcpy(stpcpy(file, prefix), name);
	return 0;
}

enum object_kind posix_file_kind(const char *file)
{
	size_t length = strlen(SEMAPHORE_PREFIX);

	return strncmp(file, SEMAPHORE_PREFIX, length) == 0 && file[length] != '\0' ? KIND_PSEM
	                                                                            : KIND_PSHM;
}

const char *posix_former_name(const char *path)
{
	const size_t length = strlen(POSIX_DIRECTORY);
	const char *slash = strrchr(path, '/');

	if (slash == NULL ||
	    (strncmp(path, POSIX_DIRECTORY "/", length + 1) == 0 && slash != path + length))
		return path;
	return slash;
}

int posix_open_directory(void)
{
	return open(place_posix_directory(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int posix_list(unsigned int kinds, struct object_list *list, struct error *error)
{
	return object_files_list(place_posix_directory(), posix_file_kind, kinds, list, error);
}

int posix_find(const char *file, struct object_list *list)
{
	return object_files_find(posix_open_directory(), file, posix_file_kind(file), list);
}

/*
 * Without swap, all pages of a file are in memory, so it need not be opened; huge pages are never
 * swapped.
 */
static bool is_all_resident(int directory)
{
	struct statfs fs;

	if (fstatfs(directory, &fs) < 0)
		return false;
	return fs.f_type == HUGETLBFS_MAGIC || (fs.f_type == TMPFS_MAGIC && cachestat_lacks_swap());
}

/* Returns 0, or -1 with errno if the file can't be opened. */
static int collect_residency(const struct beneath *beneath, struct shm_object *object)
{
	int fd = object_files_open(beneath, object, O_RDONLY);

	if (fd < 0)
		return -1;
	if (cachestat_resident(fd, &object->resident) == 0) {
		/* The two values were read at different moments. */
		if (object->used < object->resident)
			object->used = object->resident;
		object->known |= KNOWN_RESIDENCY;
	}
	close(fd);
	return 0;
}

/*
 * Read a semaphore's value from its file without mapping it. The file is a sem_t, whose layout is
 * private to the C library, so sem_getvalue(3) is called on a copy of it.
 *
 * BYTES: the size of the file; if it is not sizeof(sem_t), another C library created the semaphore.
 */
static int read_semaphore_value(int fd, uint64_t bytes, unsigned int *value)
{
	sem_t copy;
	int result;

	if (bytes != sizeof(copy) || pread(fd, &copy, sizeof(copy), 0) != (ssize_t)sizeof(copy) ||
	    sem_getvalue(&copy, &result) < 0 || result < 0)
		return -1;
	*value = (unsigned int)result;
	return 0;
}

/* Returns 0, also for a semaphore of another C library, or -1 with errno. */
static int collect_value(const struct beneath *beneath, struct shm_object *object)
{
	/* Only the owner and root may read without updating the access time. */
	int fd = object_files_open(beneath, object, O_RDONLY | O_NOATIME);

	int result;

	if (fd < 0)
		return -1;
	errno = 0;
	if (read_semaphore_value(fd, object->bytes, &object->semaphore_value) == 0)
		object->known |= KNOWN_VALUE;
	result = errno == 0 ? 0 : -1;
	descriptor_close(fd);
	return result;
}

/* Collect the values that need an open. */
static int collect_one(const struct beneath *beneath, struct shm_object *object, unsigned int needs)
{
	int result = 0;

	if (needs & NEED_RESIDENCY)
		result = collect_residency(beneath, object);
	if ((needs & NEED_VALUE) && collect_value(beneath, object) < 0)
		result = -1;
	return result;
}

/* A run of objects of a kind that are on the same file system. */
struct run {
	struct shm_object *objects;
	size_t count;
	unsigned int needs;
};

/*
 * DIRECTORY: a descriptor on the file system. Returns 0, or an errno value if values may be unknown
 * because of it.
 */
static int collect_run(const struct run *run, int directory)
{
	struct object_parent parent = { .is_open = false };
	unsigned int needs = run->needs;
	struct lease_list leases;
	int failure = 0;

	if ((needs & NEED_RESIDENCY) && is_all_resident(directory)) {
		for (size_t i = 0; i < run->count; i++) {
			run->objects[i].resident = run->objects[i].used;
			run->objects[i].known |= KNOWN_RESIDENCY;
		}
		needs &= ~(unsigned int)NEED_RESIDENCY;
	}
	if (needs == 0)
		return 0;
	if (lease_read(directory, &leases) < 0)
		return errno;
	for (size_t i = 0; i < run->count; i++) {
		const struct beneath *beneath;

		/* An open would break another process's lease on the file. */
		if (lease_is_held(&leases, run->objects[i].inode))
			continue;
		beneath = object_parent_of(&parent, &run->objects[i]);
		if ((beneath == NULL || collect_one(beneath, &run->objects[i], needs) < 0) &&
		    !errno_is_passing(failure))
			failure = errno;
	}
	object_parent_end(&parent);
	lease_free(&leases);
	return failure;
}

/* Find the next run from an index on; it is empty at the end of the list. */
static struct run next_run(const struct object_list *list, enum object_kind kind, size_t first)
{
	struct run run = { .objects = list->objects, .count = 0 };
	const struct object_tree *tree = NULL;

	for (size_t i = first; i < list->count; i++) {
		struct shm_object *object = &list->objects[i];
		const bool is_wanted = object->kind == kind && !object_is_held(object) &&
		                       !(object->known & KNOWN_COVERED);

		if (run.count == 0 && !is_wanted)
			continue;
		if (run.count > 0 && (!is_wanted || object_tree(object) != tree))
			break;
		if (run.count++ == 0) {
			run.objects = object;
			tree = object_tree(object);
		}
	}
	return run;
}

int posix_collect(struct object_list *list, enum object_kind kind, unsigned int needs)
{
	size_t next = 0;
	int failure = 0;
	int posix_failure;
	int posix;

	needs &= NEED_RESIDENCY | (kind == KIND_PSEM ? NEED_VALUE : 0U);
	if (needs == 0)
		return 0;
	posix = posix_open_directory();
	posix_failure = errno;
	for (;;) {
		struct run run = next_run(list, kind, next);
		const struct object_tree *tree = run.count > 0 ? object_tree(run.objects) : NULL;
		int result;

		if (run.count == 0)
			break;
		run.needs = needs;
		next = (size_t)(run.objects - list->objects) + run.count;
		if (tree == NULL && posix < 0)
			result = posix_failure;
		else
			result = collect_run(&run, tree != NULL ? tree->top.directory : posix);
		if (!errno_is_passing(failure))
			failure = result;
	}
	descriptor_close(posix);
	errno = failure;
	return errno_is_passing(failure) ? -1 : 0;
}

/* As fallocate(2) after the end of a file, by writing the last byte of each page. */
static int reserve_by_writing(int fd, uint64_t from, uint64_t length)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t end = from + length;

	for (uint64_t at = from; at < end;) {
		const uint64_t next = (at / page + 1) * page;
		const uint64_t last = (next < end ? next : end) - 1;
		char byte = 0;

		/* Another process may have made the file larger, and written to it. */
		if ((pread(fd, &byte, 1, (off_t)last) == 1 && byte != 0) ||
		    pwrite(fd, "", 1, (off_t)last) == 1)
			at = next;
		else if (errno != EINTR)
			return -1;
	}
	return 0;
}

int posix_reserve(int fd, uint64_t from, uint64_t length)
{
	int number;

	if (fallocate(fd, 0, (off_t)from, (off_t)length) == 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != ENOSYS)
		return -1;
	if (reserve_by_writing(fd, from, length) == 0)
		return 0;
	/* Space ran out half-way. */
	number = errno;
	(void)!ftruncate(fd, (off_t)from);
	errno = number;
	return -1;
}

time_t posix_birth(const struct shm_object *object)
{
	const int directory = object_open_parent(object);
	time_t born = object->change_time;
	char file[POSIX_FILE_SIZE];
	struct statx found;

	if (directory < 0)
		return born;
	object_file_name(object, file);
	if (statx(directory, file, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC,
	          STATX_INO | STATX_BTIME, &found) == 0 &&
	    found.stx_ino == object->inode && (found.stx_mask & STATX_BTIME))
		born = found.stx_btime.tv_sec;
	close(directory);
	return born;
}

int posix_remove(const struct shm_object *object)
{
	char file[POSIX_FILE_SIZE];

	object_file_name(object, file);
	return object_files_remove(object_open_parent(object), file);
}
