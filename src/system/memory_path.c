#include "system/memory_path.h"

#include "base/descriptor.h"
#include "system/beneath.h"
#include "system/mount.h"
#include "system/place.h"
#include "system/remote_directory.h"
#include "system/served.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bsd/string.h>

const char *memory_path_rest(const struct memory_path *path)
{
	const char *rest = path->path + path->point;

	return rest + (*rest == '/');
}

static int has_dots(struct error *error)
{
	error_set(error, STATUS_USAGE, "a path in shared memory can't have '..'");
	error->number = ENOTSUP;
	return -1;
}

/* Append the names of a text to a path: 0, or -1 with error set. */
static int append_names(char path[PATH_MAX], const char *text, struct error *error)
{
	while (*text != '\0') {
		const size_t length = strcspn(text, "/");
		const size_t used = strlen(path);

		if (length == 2 && strncmp(text, "..", 2) == 0)
			return has_dots(error);
		if (length > 0 && !(length == 1 && *text == '.')) {
			if (length > NAME_MAX || used + 1 + length >= PATH_MAX)
				return error_set(error, STATUS_USAGE, "the path is too long");
			path[used] = '/';
			strlcpy(path + used + 1, text, length + 1);
		}
		text += length;
		text += strspn(text, "/");
	}
	return 0;
}

/* The root directory is the empty text. */
static int make_absolute(const char *text, char path[PATH_MAX], struct error *error)
{
	path[0] = '\0';
	if (*text == '\0')
		return error_set(error, STATUS_USAGE, "the path is empty");
	if (*text != '/' && place_root() >= 0)
		return error_set(error, STATUS_USAGE,
		                 "must be an absolute path: it is one of another process");
	if (*text != '/') {
		char current[PATH_MAX];

		if (getcwd(current, sizeof(current)) == NULL)
			return error_set_errno(error, errno,
			                       "the current directory can't be determined");
		if (append_names(path, current, error) < 0)
			return -1;
	}
	return append_names(path, text, error);
}

static bool is_at_or_below(const char *path, const char *directory)
{
	const size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 &&
	       (path[length] == '\0' || path[length] == '/');
}

static int not_memory(const struct mount *mount, struct error *error)
{
	error_set(error, STATUS_FAILED, "is not in a tmpfs or hugetlbfs%s%s",
	          mount != NULL ? ", but on " : "", mount != NULL ? mount->type : "");
	error->number = ENOTSUP;
	return -1;
}

static bool is_memory_type(const char *type)
{
	return strcmp(type, "tmpfs") == 0 || strcmp(type, "hugetlbfs") == 0 ||
	       strcmp(type, "devtmpfs") == 0;
}

/* The mount on the way to another one that is served by a program; NULL if there is none. */
static const struct mount *find_served(const struct mount_table *table, const struct mount *mount)
{
	/* The length of the table bounds the way. */
	for (size_t i = 0; i < table->count && mount != NULL; i++) {
		/* The program runs on such an overlay, or in a container that does. */
		if (strcmp(mount->type, "overlay") != 0 && mount_is_served(table, mount, true))
			return mount;
		mount = mount_table_find(table, mount->parent);
	}
	return NULL;
}

/* POINT: an absolute path. */
static int open_point(const char *point)
{
	struct beneath root;
	int directory;
	int result;

	while (*point == '/')
		point++;
	if (place_root() >= 0) {
		const struct remote_directory found =
		    remote_directory_open(place_root(), *point != '\0' ? point : ".");

		errno = found.failure;
		return found.descriptor;
	}
	directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	root = beneath_begin(directory);
	result = directory < 0 ? -1 : beneath_open_point(&root, point);
	descriptor_close(directory);
	return result;
}

/* Check a mount point after it has been opened. */
static int check_opened(int directory, const struct mount *mount, struct error *error)
{
	struct statfs fs;
	struct stat st;
	uint64_t id;

	if (fstat(directory, &st) < 0 || fstatfs(directory, &fs) < 0)
		return error_set_errno(error, errno, "can't be inspected");
	if (fs.f_type != TMPFS_MAGIC && fs.f_type != HUGETLBFS_MAGIC)
		return not_memory(NULL, error);
	if (mount_of_descriptor(directory, &id) == 0 && id != mount->id)
		return error_set(error, STATUS_FAILED,
		                 "something else was mounted there meanwhile (try again)");
	if (!place_trusts(st.st_uid))
		return error_set(error, STATUS_FAILED,
		                 "its mount point %s is owned by a user who is not in the user "
		                 "namespace of the process: it is not entered, since it may be "
		                 "mounted there to deceive you",
		                 mount->point);
	return 0;
}

static int open_mount(const struct mount_table *table, const struct mount *mount,
                      struct memory_path *found, struct error *error)
{
	const struct mount *served = find_served(table, mount);

	if (!is_memory_type(mount->type)) {
		not_memory(mount, error);
		/* As usage prints a directory of another process: /proc/PID/root/... */
		if (strcmp(mount->type, "proc") == 0 && strstr(found->path, "/root/") != NULL)
			error_append(error,
			             " (--ns PID --dir names a directory that process PID sees)");
		/* There, no caller may take the path in another way. */
		if (is_at_or_below(found->path, POSIX_DIRECTORY))
			error->number = EXDEV;
		return -1;
	}
	if (served != NULL)
		return error_set(error, STATUS_FAILED,
		                 "is not entered: the way to it leads through %s, whose server "
		                 "may never answer",
		                 served->type);
	found->point = strcmp(mount->point, "/") == 0 ? 0 : strlen(mount->point);
	found->directory = open_point(mount->point);
	if (found->directory < 0)
		return error_set_errno(error, errno, "its mount point %s can't be opened",
		                       mount->point);
	if (check_opened(found->directory, mount, error) == 0)
		return 0;
	descriptor_close(found->directory);
	found->directory = -1;
	return -1;
}

/* Drop the last name of a path. */
static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash != NULL)
		*slash = '\0';
}

/*
 * Replace a symbolic link by its target.
 *
 * PATH: absolute; no name before the link is one. LENGTH: up to and with the name of the link.
 */
static bool replace_link(char path[PATH_MAX], size_t length, const char *target)
{
	char made[PATH_MAX];
	struct error error;

	snprintf(made, sizeof(made), "%.*s", (int)length, path);
	if (*target == '/')
		made[0] = '\0';
	else
		go_up(made);
	while (strncmp(target, "../", 3) == 0) {
		target += 3;
		go_up(made);
	}
	if (append_names(made, target, &error) < 0 || append_names(made, path + length, &error) < 0)
		return false;
	strlcpy(path, made, PATH_MAX);
	return true;
}

/* Whether only root can put something into a directory. */
static bool is_of_root(const struct stat *directory)
{
	return directory->st_uid == 0 && (directory->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/*
 * Follow the first symbolic link of a path, if root has made it, such as /var/run and /dev/fd: in
 * memory, only if no other user can write to a directory on the way. Links of /proc are not paths.
 *
 * Returns whether there was one.
 */
static bool follow_link(const struct mount_table *table, char path[PATH_MAX])
{
	char before[PATH_MAX];
	char target[PATH_MAX];
	size_t length = 0;

	while (path[length] != '\0') {
		const struct mount *mount;
		struct stat st;

		length += 1 + strcspn(path + length + 1, "/");
		snprintf(before, sizeof(before), "%.*s", (int)length, path);
		mount = mount_table_at(table, before);
		if (mount == NULL || strcmp(mount->type, "proc") == 0 ||
		    find_served(table, mount) != NULL || lstat(before, &st) < 0)
			return false;
		if (S_ISLNK(st.st_mode)) {
			const ssize_t size = readlink(before, target, sizeof(target) - 1);

			if (st.st_uid != 0 || size < 0)
				return false;
			target[size] = '\0';
			return replace_link(path, length, target);
		}
		if (is_memory_type(mount->type) && !is_of_root(&st))
			return false;
	}
	return false;
}

/* Find the mount that a path is in. In our own place, links of root may lead to it. */
static const struct mount *find_mount(const struct mount_table *table, char path[PATH_MAX])
{
	enum { LINKS_MAX = 16 };

	for (int links = 0; links < LINKS_MAX && place_root() < 0 &&
	                    !is_at_or_below(path, POSIX_DIRECTORY) && follow_link(table, path);
	     links++)
		;
	return mount_table_at(table, *path != '\0' ? path : "/");
}

int memory_path_find(const char *text, struct memory_path *found, struct error *error)
{
	const size_t posix_length = strlen(POSIX_DIRECTORY);
	const struct mount *mount = NULL;
	struct mount_table table;
	int result;

	*found = (struct memory_path){ .directory = -1 };
	if (make_absolute(text, found->path, error) < 0)
		return -1;
	if (mount_table_read(place_process(), &table) == 0)
		mount = find_mount(&table, found->path);
	if (is_at_or_below(found->path, POSIX_DIRECTORY) &&
	    (mount == NULL || strlen(mount->point) <= posix_length)) {
		found->is_posix = true;
		found->point = posix_length;
		found->directory = open(place_posix_directory(), O_PATH | O_DIRECTORY | O_CLOEXEC);
		result = found->directory >= 0
		             ? 0
		             : error_set_errno(error, errno, "%s can't be opened", POSIX_DIRECTORY);
	} else if (mount == NULL) {
		result = not_memory(NULL, error);
	} else {
		result = open_mount(&table, mount, found, error);
	}
	mount_table_free(&table);
	return result;
}
