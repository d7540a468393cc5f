#include "objects/ref_file.h"

#include "base/descriptor.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "objects/tree.h"
#include "system/account.h"
#include "system/beneath.h"
#include "system/place.h"
#include "system/process_maps.h"
#include "system/user_map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(struct error *error, int number, const char *sentence)
{
	error_set(error, STATUS_FAILED, "%s", sentence);
	error->number = number;
	return -1;
}

static const char *access_word(enum ref_file_access access)
{
	return access == REF_FILE_WRITE ? "writing" : "reading";
}

/*
 * Check the type before anything is opened, since opening a FIFO or a device has side effects.
 */
static int check_file(const struct stat *st, const struct ref *ref, struct error *error)
{
	if (S_ISREG(st->st_mode))
		return 0;
	if (S_ISDIR(st->st_mode))
		return fail(error, EISDIR, "is a directory, not memory");
	if (S_ISLNK(st->st_mode))
		return fail(error, ELOOP, "is a symbolic link, so it is not an object");
	if (ref->kind == REF_FD)
		return fail(
		    error, ENOTSUP,
		    "is neither memory nor a regular file, but a pipe, a socket or a device");
	return fail(error, ENOTSUP, "is not a regular file");
}

static int no_such_file(const struct ref *ref, struct error *error)
{
	char directory[32];

	if (ref->kind == REF_POSIX)
		return fail(error, ENOENT,
		            posix_file_kind(ref->file) == KIND_PSEM ? "no such semaphore"
		                                                    : "no such object");
	if (ref->kind == REF_FILE)
		return fail(error, ENOENT, "no such file");
	snprintf(directory, sizeof(directory), "/proc/%d", ref->pid);
	if (ref->pid != 0 && access(directory, F_OK) < 0)
		return fail(error, ENOENT, "no such process");
	if (ref->address != 0)
		return fail(
		    error, ENOENT,
		    "the process has no shared mapping of a file or of memory at this address");
	return fail(error, ENOENT, "the process has no such descriptor");
}

static int open_failed(int number, const struct ref *ref, const struct stat *st,
                       enum ref_file_access access, struct error *error)
{
	switch (number) {
	case ENOENT:
		return no_such_file(ref, error);
	case EACCES:
	case EPERM:
		if (ref->address != 0 && st == NULL && number == EPERM)
			error_set(error, STATUS_FAILED,
			          "only root may follow a mapping (CAP_CHECKPOINT_RESTORE, before "
			          "Linux 5.9 CAP_SYS_ADMIN)");
		else if (ref->kind == REF_FD && st == NULL)
			error_set(
			    error, STATUS_FAILED,
			    "no permission to inspect the process: only its user and root may");
		else if (st != NULL)
			error_set(error, STATUS_FAILED,
			          "no permission to open it for %s: mode %o, owner %s",
			          access_word(access), (unsigned int)st->st_mode & 07777U,
			          account_user(user_map_user(st->st_uid)));
		else
			error_set(error, STATUS_FAILED, "no permission to search its directory");
		break;
	case ETXTBSY:
		error_set(error, STATUS_FAILED,
		          "is a running program, or swap space in use: it can't be written (read "
		          "it, or map it with --private)");
		break;
	case EROFS:
		error_set(error, STATUS_FAILED, "is on a file system that is mounted read-only");
		break;
	case EWOULDBLOCK:
		error_set(error, STATUS_FAILED,
		          "another process holds a lease on it, see fcntl(2) (try again)");
		break;
	default:
		error_set_errno(error, number, "can't be opened for %s", access_word(access));
	}
	error->number = number;
	return -1;
}

/* Read the status of a file and check its type, without opening it. */
static int look_checked(const char *path, const struct ref *ref, struct stat *st,
                        struct error *error)
{
	if (stat(path, st) < 0)
		return open_failed(errno, ref, NULL, REF_FILE_READ, error);
	return check_file(st, ref, error);
}

/*
 * Open a file by path: first with O_PATH, which has no side effects; then, if it is a regular file,
 * through that descriptor, even if its name now refers to a different file.
 */
static int open_checked(const char *path, const struct ref *ref, enum ref_file_access access,
                        struct error *error)
{
	const int flags = access == REF_FILE_WRITE ? O_RDWR : O_RDONLY;
	struct stat st;
	int found;
	int fd;

	found = open(path, O_PATH | O_CLOEXEC);
	if (found < 0)
		return open_failed(errno, ref, NULL, access, error);
	if (fstat(found, &st) < 0) {
		fd = open_failed(errno, ref, NULL, access, error);
	} else if (check_file(&st, ref, error) < 0) {
		fd = -1;
	} else {
		fd = beneath_reopen(found, path, flags);
		if (fd < 0)
			open_failed(errno, ref, &st, access, error);
	}
	close(found);
	return fd;
}

/* Explain why a file below a directory could not be opened, with errno. ST: zero if it is unknown. */
static void open_below_failed(const struct ref *ref, const struct stat *st,
                              enum ref_file_access access, struct error *error)
{
	if (errno == EXDEV)
		fail(error, EXDEV, "can't be opened: " BENEATH_COVERED);
	else if ((errno == ELOOP || errno == ENOTDIR) && st->st_mode == 0)
		fail(error, errno,
		     "can't be opened: a part of the path is not a directory (symbolic links in "
		     "shared memory are not followed)");
	else if ((errno != ENOTSUP && errno != ELOOP) || st->st_mode == 0)
		open_failed(errno, ref, st->st_mode != 0 ? st : NULL, access, error);
	else if (check_file(st, ref, error) == 0)
		fail(error, ENOTSUP, "the name now refers to a different file");
}

static int open_posix(const struct ref *ref, enum ref_file_access access, struct error *error)
{
	int directory = posix_open_directory();
	const struct beneath beneath = beneath_begin(directory);
	struct stat st = { .st_mode = 0 };
	int fd;

	if (directory < 0)
		return open_failed(errno, ref, NULL, access, error);
	fd = beneath_open(&beneath, ref->file, access == REF_FILE_WRITE ? O_RDWR : O_RDONLY, &st);
	if (fd < 0)
		open_below_failed(ref, &st, access, error);
	close(directory);
	return fd;
}

/* The directory and the name of a file in a tmpfs or hugetlbfs, where other users may prepare the way. */
struct memory_file {
	struct object_parent parent;
	struct shm_object object;
	char name[PATH_MAX]; /* of the object */
	char file[POSIX_FILE_SIZE];
};

/*
 * Find the directory of a file. Returns 1; 0 if it is a file of another file system, at a path of ours;
 * or -1 with error set.
 */
static int find_in_memory(const struct ref *ref, struct memory_file *found, struct error *error)
{
	const struct object_tree *tree;

	memset(found, 0, sizeof(*found));
	/* An absolute path is one of the place, a relative one is always ours. */
	if (place_root() >= 0 && *ref->path != '/')
		return 0;
	tree = object_tree_of_path(ref->path, found->name, error);
	if (tree == NULL)
		return error->number == ENOTSUP && place_root() < 0 ? 0 : -1;
	found->object.kind = KIND_PSHM;
	found->object.tree = tree;
	found->object.name = found->name;
	object_file_name(&found->object, found->file);
	return 1;
}

static int look_in_memory(const struct ref *ref, struct memory_file *found, struct stat *st,
                          struct error *error)
{
	const struct beneath *beneath = object_parent_of(&found->parent, &found->object);
	int result = -1;

	st->st_mode = 0;
	if (beneath == NULL || beneath_stat(beneath, found->file, st) < 0)
		open_below_failed(ref, st, REF_FILE_READ, error);
	else
		result = check_file(st, ref, error);
	object_parent_end(&found->parent);
	return result;
}

static int open_in_memory(const struct ref *ref, struct memory_file *found,
                          enum ref_file_access access, struct error *error)
{
	const struct beneath *beneath = object_parent_of(&found->parent, &found->object);
	struct stat st = { .st_mode = 0 };
	int fd = -1;

	if (beneath != NULL)
		fd = beneath_open(beneath, found->file,
		                  access == REF_FILE_WRITE ? O_RDWR : O_RDONLY, &st);
	if (fd < 0)
		open_below_failed(ref, &st, access, error);
	object_parent_end(&found->parent);
	return fd;
}

/*
 * Check whether the descriptor with the number in the REF was inherited from "shmtool create
 * --anonymous", by the name of the memfd. It outlives the process that the REF names.
 */
static bool is_inherited_from(const struct ref *ref)
{
	char path[64];
	char target[64];
	char expected[64];
	ssize_t length;

	if (ref->address != 0)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ref->fd);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	snprintf(expected, sizeof(expected), "/memfd:" REF_FILE_ANONYMOUS_NAME " (deleted)",
	         (long)ref->pid);
	return strcmp(target, expected) == 0;
}

/*
 * Find the shared mapping that contains an address. If there is none, the result is from 0 to 0,
 * which no mapping is: the kernel then reports that it does not exist, or denies access.
 */
static void find_mapping(const char *process, uint64_t address, struct process_mapping *found)
{
	const struct process_maps_request request = { .shared_only = true };
	const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct process_mapping mapping;
	struct process_maps maps;

	found->start = 0;
	found->end = 0;
	if (proc < 0)
		return;
	if (process_maps_open(proc, process, &request, &maps) == 0) {
		while (process_maps_next(&maps, &mapping) > 0 && mapping.start <= address) {
			if (address < mapping.end && mapping.shared)
				*found = mapping;
		}
		process_maps_close(&maps);
	}
	close(proc);
}

static void mapping_path(const struct ref *ref, char path[REF_FILE_PATH_SIZE])
{
	struct process_mapping mapping;
	char process[16];

	snprintf(process, sizeof(process), ref->pid != 0 ? "%d" : "self", ref->pid);
	find_mapping(process, ref->address, &mapping);
	snprintf(path, REF_FILE_PATH_SIZE, "/proc/%s/map_files/%" PRIx64 "-%" PRIx64, process,
	         mapping.start, mapping.end);
}

void ref_file_descriptor_path(const struct ref *ref, char path[REF_FILE_PATH_SIZE])
{
	if (ref->address != 0) {
		mapping_path(ref, path);
		return;
	}
	/* Check our own descriptors first: the process may have exited, and its pid been reused. */
	if (ref->pid == 0 || is_inherited_from(ref))
		snprintf(path, REF_FILE_PATH_SIZE, "/proc/self/fd/%d", ref->fd);
	else
		snprintf(path, REF_FILE_PATH_SIZE, "/proc/%d/fd/%d", ref->pid, ref->fd);
}

static int open_descriptor(const struct ref *ref, enum ref_file_access access, struct error *error)
{
	char path[REF_FILE_PATH_SIZE];
	int fd;

	ref_file_descriptor_path(ref, path);
	fd = open_checked(path, ref, access, error);
	/* A process that has changed its user may still use its own descriptors. */
	if (fd < 0 && error->number == EACCES && is_inherited_from(ref))
		fd = fcntl(ref->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd;
}

int ref_file_look(const struct ref *ref, struct stat *st, struct error *error)
{
	struct memory_file found;
	int is_memory;

	if (ref->kind == REF_FD) {
		char path[REF_FILE_PATH_SIZE];

		ref_file_descriptor_path(ref, path);
		return look_checked(path, ref, st, error);
	}
	is_memory = find_in_memory(ref, &found, error);
	if (is_memory == 0)
		return look_checked(ref->path, ref, st, error);
	return is_memory < 0 ? -1 : look_in_memory(ref, &found, st, error);
}

int ref_file_open(const struct ref *ref, enum ref_file_access access, struct error *error)
{
	struct memory_file found;
	int is_memory;

	if (ref->kind == REF_POSIX)
		return open_posix(ref, access, error);
	if (ref->kind == REF_FD)
		return open_descriptor(ref, access, error);
	is_memory = find_in_memory(ref, &found, error);
	if (is_memory == 0)
		return open_checked(ref->path, ref, access, error);
	return is_memory < 0 ? -1 : open_in_memory(ref, &found, access, error);
}

/* Open the directory of a file on a disk: a descriptor, or -1 with errno. FILE: receives its name. */
static int open_parent(const char *path, char file[POSIX_FILE_SIZE])
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	char directory[PATH_MAX];

	if (strlen(path) >= sizeof(directory) || strlen(name) >= POSIX_FILE_SIZE) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (*name == '\0') {
		errno = EISDIR;
		return -1;
	}
	snprintf(file, POSIX_FILE_SIZE, "%s", name);
	snprintf(directory, sizeof(directory), "%.*s", slash != NULL ? (int)(name - path) : 1,
	         slash != NULL ? path : ".");
	return open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int ref_file_create(const struct ref *ref, mode_t mode, struct beneath *beneath,
                    char file[POSIX_FILE_SIZE], struct error *error)
{
	const int flags = O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC;
	struct memory_file found;
	const int is_memory = find_in_memory(ref, &found, error);
	int fd = -1;
	int number;

	if (is_memory < 0)
		return -1;
	if (is_memory > 0)
		snprintf(file, POSIX_FILE_SIZE, "%s", found.file);
	*beneath = beneath_begin(is_memory > 0 ? object_open_parent(&found.object)
	                                       : open_parent(ref->path, file));
	if (is_memory > 0)
		place_begin_naming();
	if (beneath->directory >= 0)
		fd = openat(beneath->directory, file, flags, mode);
	if (is_memory > 0)
		place_end_naming();
	if (fd >= 0)
		return fd;
	number = errno;
	descriptor_close(beneath->directory);
	beneath->directory = -1;
	error_set_errno(error, number, "can't be created");
	error->number = number;
	return -1;
}
