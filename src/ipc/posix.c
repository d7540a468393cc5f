#include "ipc/posix.h"

#include "ipc/cachestat.h"
#include "ipc/lease.h"
#include "ipc/semaphore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The unit of st_blocks, whatever the block size: inode(7). */
enum { STAT_BLOCK = 512 };

int posix_file_name(enum object_kind kind, const char *name, char file[POSIX_FILE_SIZE],
                    struct error *error)
{
	const char *prefix = kind == KIND_PSEM ? SEMAPHORE_PREFIX : "";
	size_t room = POSIX_FILE_SIZE - 1 - strlen(prefix);

	if (*name == '/')
		name++;
	if (*name == '\0')
		return error_set(error, STATUS_USAGE, "the name is empty");
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(error, STATUS_USAGE, "'%s' is no name for an object", name);
	if (strchr(name, '/') != NULL)
		return error_set(error, STATUS_USAGE,
		                 "the name of a POSIX object has no slash but the first: /name");
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

int posix_open_directory(void)
{
	return open(POSIX_DIRECTORY, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int open_for_listing(void)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	/* Looking leaves no access time behind, where that is allowed: to the owner and root. */
	int directory = open(POSIX_DIRECTORY, flags | O_NOATIME);

	if (directory < 0 && errno == EPERM)
		directory = open(POSIX_DIRECTORY, flags);
	return directory;
}

/* The part of a file's name that names the object. */
static const char *object_name(enum object_kind kind, const char *file)
{
	return kind == KIND_PSEM ? file + strlen(SEMAPHORE_PREFIX) : file;
}

/* Add a file to the list; -1 with errno ENOENT or ENOTSUP if it vanished or is no regular file. */
static int add_file(int directory, const char *file, struct object_list *list)
{
	enum object_kind kind = posix_file_kind(file);
	struct shm_object *object;
	struct stat st;

	if (fstatat(directory, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = ENOTSUP;
		return -1;
	}
	object = object_list_add(list);
	if (object == NULL)
		return -1;
	object->kind = kind;
	object->name = object_list_text(list, "/", object_name(kind, file));
	if (object->name == NULL) {
		object_list_drop(list);
		return -1;
	}
	object->uid = st.st_uid;
	object->gid = st.st_gid;
	object->mode = st.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
	object->bytes = (uint64_t)st.st_size;
	object->used = (uint64_t)st.st_blocks * STAT_BLOCK;
	object->known = KNOWN_USED;
	object->access_time = st.st_atime;
	object->modify_time = st.st_mtime;
	object->change_time = st.st_ctime;
	object->inode = st.st_ino;
	return 0;
}

/* Kind by kind, and by name. */
static int compare_names(const void *left, const void *right)
{
	const struct shm_object *a = left;
	const struct shm_object *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

int posix_list(unsigned int kinds, struct object_list *list, struct error *error)
{
	size_t first = list->count;
	const struct dirent *entry;
	int directory = open_for_listing();
	DIR *stream = NULL;
	int failure = 0;

	/* Without the directory there is no object. */
	if (directory < 0 && errno == ENOENT)
		return 0;
	if (directory < 0 || (stream = fdopendir(directory)) == NULL) {
		error_set_errno(error, errno, "%s can't be read", POSIX_DIRECTORY);
		if (directory >= 0)
			close(directory);
		return -1;
	}
	while (errno = 0, (entry = readdir(stream)) != NULL) {
		if (entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN)
			continue;
		if (!(kinds & KIND_BIT(posix_file_kind(entry->d_name))))
			continue;
		if (add_file(directory, entry->d_name, list) < 0 && errno != ENOENT &&
		    errno != ENOTSUP)
			failure = errno;
	}
	if (errno != 0)
		failure = errno;
	closedir(stream);
	if (list->count > first)
		qsort(list->objects + first, list->count - first, sizeof(*list->objects),
		      compare_names);
	if (failure != 0)
		return error_set_errno(error, failure, "not all of %s can be looked at",
		                       POSIX_DIRECTORY);
	return 0;
}

int posix_find(const char *file, struct object_list *list)
{
	int directory = posix_open_directory();
	int result;
	int saved;

	if (directory < 0)
		return -1;
	result = add_file(directory, file, list);
	saved = errno;
	close(directory);
	errno = saved;
	return result;
}

/* The file of an object that was listed. */
static void file_of(const struct shm_object *object, char file[POSIX_FILE_SIZE])
{
	const char *prefix = object->kind == KIND_PSEM ? SEMAPHORE_PREFIX : "";

	stpcpy(stpcpy(file, prefix), object->name + 1);
}

/* Open the very file that was listed; another one under the same name is not it. */
static int open_listed(int directory, const struct shm_object *object, int flags)
{
	char file[POSIX_FILE_SIZE];
	struct stat st;
	int fd;

	file_of(object, file);
	fd = openat(directory, file, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_ino != object->inode)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void collect_residency(int directory, struct shm_object *object)
{
	int fd = open_listed(directory, object, O_RDONLY);

	if (fd < 0)
		return;
	if (cachestat_resident(fd, object->used, &object->resident) == 0) {
		/* Both were read one after the other. */
		if (object->used < object->resident)
			object->used = object->resident;
		object->known |= KNOWN_RESIDENCY;
	}
	close(fd);
}

static void collect_value(int directory, struct shm_object *object)
{
	/* Only the owner and root may read without leaving an access time behind. */
	int fd = open_listed(directory, object, O_RDONLY | O_NOATIME);

	if (fd < 0)
		return;
	if (semaphore_read_value(fd, object->bytes, &object->semaphore_value) == 0)
		object->known |= KNOWN_VALUE;
	close(fd);
}

void posix_collect(struct object_list *list, enum object_kind kind, unsigned int needs)
{
	struct lease_list leases;
	int directory;

	if (!(needs & (NEED_RESIDENCY | NEED_VALUE)))
		return;
	directory = posix_open_directory();
	if (directory < 0)
		return;
	if (lease_read(directory, &leases) < 0) {
		close(directory);
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		struct shm_object *object = &list->objects[i];

		/* An open would break a lease that somebody holds on the file. */
		if (object->kind != kind || lease_is_held(&leases, object->inode))
			continue;
		if (needs & NEED_RESIDENCY)
			collect_residency(directory, object);
		if (object->kind == KIND_PSEM && (needs & NEED_VALUE))
			collect_value(directory, object);
	}
	lease_free(&leases);
	close(directory);
}

int posix_reserve(int fd, uint64_t from, uint64_t length)
{
	int number;

	if (fallocate(fd, 0, (off_t)from, (off_t)length) == 0)
		return 0;
	if (errno != EOPNOTSUPP)
		return -1;
	number = posix_fallocate(fd, (off_t)from, (off_t)length);
	if (number == 0)
		return 0;
	/* It stops half-way when there is no room. */
	(void)!ftruncate(fd, (off_t)from);
	errno = number;
	return -1;
}

int posix_remove(const char *file)
{
	int directory = posix_open_directory();
	int result;
	int saved;

	if (directory < 0)
		return -1;
	result = unlinkat(directory, file, 0);
	saved = errno;
	close(directory);
	errno = saved;
	return result;
}
