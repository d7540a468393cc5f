#include "objects/posix_files.h"

#include "base/access.h"
#include "base/allocated.h"
#include "base/descriptor.h"
#include "system/user_map.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *object_file_prefix(enum object_kind kind)
{
	return kind == KIND_PSEM ? SEMAPHORE_PREFIX : "";
}

void object_files_fill(struct shm_object *object, const struct stat *st)
{
	object->uid = user_map_user(st->st_uid);
	object->gid = user_map_group(st->st_gid);
	object->mode = st->st_mode & 07777;
	object->is_linked = st->st_nlink > 1;
	object->access_time = st->st_atime;
	object->modify_time = st->st_mtime;
	object->change_time = st->st_ctime;
	object->inode = st->st_ino;
}

void object_files_fill_memory(struct shm_object *object, const struct stat *st)
{
	object->bytes = (uint64_t)st->st_size;
	object->used = allocated_bytes(st);
	object->known = KNOWN_USED;
}

/* Add an object with a name and nothing else. */
static struct shm_object *add_name(const char *file, enum object_kind kind,
                                   struct object_list *list)
{
	struct shm_object *object = object_list_add(list);

	object->kind = kind;
	object->name = object_list_text(list, "/", file + strlen(object_file_prefix(kind)));
	return object;
}

static int add_file(const struct beneath *beneath, const char *file, enum object_kind kind,
                    struct object_list *list)
{
	struct shm_object *object;
	struct stat st;

	if (beneath_stat(beneath, file, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = ENOTSUP;
		return -1;
	}
	object = add_name(file, kind, list);
	object_files_fill(object, &st);
	if (kind != KIND_PMSG)
		object_files_fill_memory(object, &st);
	return 0;
}

int object_files_find(int directory, const char *file, enum object_kind kind,
                      struct object_list *list)
{
	const struct beneath beneath = beneath_begin(directory);
	const int result = directory < 0 ? -1 : add_file(&beneath, file, kind, list);

	descriptor_close(directory);
	return result;
}

int object_files_remove(int directory, const char *file)
{
	const struct beneath beneath = beneath_begin(directory);
	const int result = directory < 0 ? -1 : beneath_unlink(&beneath, file);

	descriptor_close(directory);
	return result;
}

/* The status of an open file, also if one of the two calls for it fails. */
static int look_at_open(int fd, struct stat *st)
{
	struct statx status;

	if (fstat(fd, st) == 0)
		return 0;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) < 0)
		return -1;
	beneath_take_status(&status, st);
	return 0;
}

int object_files_withdraw(const struct beneath *beneath, const char *file, int fd)
{
	struct stat named;
	struct stat mine;

	if (look_at_open(fd, &mine) < 0 || beneath_stat(beneath, file, &named) < 0)
		return -1;
	if (named.st_ino == mine.st_ino && named.st_dev == mine.st_dev)
		return unlinkat(beneath->directory, file, 0);
	errno = ESTALE;
	return -1;
}

/* By kind, then by name. */
static int compare_names(const void *left, const void *right)
{
	const struct shm_object *a = left;
	const struct shm_object *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Add a file found in a listing. If something is mounted on it, only its name is known. */
static int add_listed(const struct beneath *beneath, const char *file, enum object_kind kind,
                      struct object_list *list)
{
	struct shm_object *object;

	if (add_file(beneath, file, kind, list) == 0 || errno == ENOENT || errno == ENOTSUP)
		return 0;
	if (errno != EXDEV)
		return -1;
	object = add_name(file, kind, list);
	if (object == NULL)
		return -1;
	object->known = KNOWN_COVERED;
	return 0;
}

int object_files_list_unsorted(const char *path, object_file_kind_fn *kind_of, unsigned int kinds,
                               struct object_list *list, struct error *error)
{
	const struct dirent *entry;
	int directory = descriptor_open_directory(AT_FDCWD, path);
	struct beneath beneath;
	DIR *stream = NULL;
	int failure = 0;

	/* If the directory does not exist, there are no objects. */
	if (directory < 0 && errno == ENOENT)
		return 0;
	if (directory < 0 || (stream = fdopendir(directory)) == NULL) {
		error_set_errno(error, errno, "%s can't be read", path);
		descriptor_close(directory);
		return -1;
	}
	beneath = beneath_begin(directory);
	while (errno = 0, (entry = readdir(stream)) != NULL) {
		enum object_kind kind = kind_of(entry->d_name);

		if (entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN)
			continue;
		if (!(kinds & KIND_BIT(kind)))
			continue;
		if (add_listed(&beneath, entry->d_name, kind, list) < 0)
			failure = errno;
	}
	if (errno != 0)
		failure = errno;
	closedir(stream);
	if (failure != 0)
		return error_set_errno(error, failure, "not all files in %s can be inspected",
		                       path);
	return 0;
}

int object_files_list(const char *path, object_file_kind_fn *kind_of, unsigned int kinds,
                      struct object_list *list, struct error *error)
{
	size_t first = list->count;
	int result = object_files_list_unsorted(path, kind_of, kinds, list, error);

	object_files_sort(list, first);
	return result;
}

void object_files_sort(struct object_list *list, size_t first)
{
	if (list->count > first)
		qsort(list->objects + first, list->count - first, sizeof(*list->objects),
		      compare_names);
}

void object_file_name(const struct shm_object *object, char file[POSIX_FILE_SIZE])
{
	const char *name = object->name;

	if (object_tree(object) != NULL)
		name = strrchr(name, '/');
	stpcpy(stpcpy(file, object_file_prefix(object->kind)), name + 1);
}

bool object_file_access(const char *path, const struct shm_object *object, int wanted)
{
	char file[POSIX_FILE_SIZE];
	int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool allowed;

	if (directory < 0)
		return false;
	object_file_name(object, file);
	allowed = access_check(directory, file, wanted) == 0;
	close(directory);
	return allowed;
}

int object_files_open(const struct beneath *beneath, const struct shm_object *object, int flags)
{
	char file[POSIX_FILE_SIZE];
	struct stat st;
	int fd;

	object_file_name(object, file);
	fd = beneath_open_seen(beneath, file, flags, &st);
	if (fd >= 0 && st.st_ino != object->inode) {
		close(fd);
		errno = ESTALE;
		return -1;
	}
	return fd;
}
