#include "usage/aside.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "system/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

void aside_make(struct aside *aside, const char *file, ino_t inode, uint32_t number)
{
	int length = snprintf(aside->file, sizeof(aside->file), ASIDE_PREFIX "%08" PRIx32 "-%jx",
	                      number, (uintmax_t)inode);

	aside->inode = inode;
	aside->before[0] = '\0';
	if ((size_t)length + 1 + strlen(file) >= sizeof(aside->file))
		return;
	strlcpy(aside->before, file, sizeof(aside->before));
	stpcpy(stpcpy(aside->file + length, "-"), file);
}

bool aside_parse(const char *file, struct aside *aside)
{
	const size_t prefix = strlen(ASIDE_PREFIX);
	uint32_t number;
	uintmax_t inode;
	int end = 0;

	/* Longer than a name of a file: it would be cut, and be another one. */
	if (strlen(file) >= sizeof(aside->file) || strchr(file, '/') != NULL)
		return false;
	/* scanf(3) accepts white space and signs; printing the values again detects them. */
	if (strncmp(file, ASIDE_PREFIX, prefix) != 0 ||
	    sscanf(file + prefix, "%8" SCNx32 "-%16jx%n", &number, &inode, &end) != 2)
		return false;
	snprintf(aside->file, sizeof(aside->file), ASIDE_PREFIX "%08" PRIx32 "-%jx", number, inode);
	if (strlen(aside->file) != prefix + (size_t)end ||
	    strncmp(file, aside->file, prefix + (size_t)end) != 0)
		return false;
	file += prefix + (size_t)end;
	if (*file != '\0' && (file[0] != '-' || file[1] == '\0' || strcmp(file, "-.") == 0 ||
	                      strcmp(file, "-..") == 0))
		return false;
	aside->inode = (ino_t)inode;
	strlcpy(aside->before, *file == '-' ? file + 1 : "", sizeof(aside->before));
	aside->tree = NULL;
	aside->name = NULL;
	strlcat(aside->file, file, sizeof(aside->file));
	return true;
}

int aside_find(struct aside_list *list, struct error *error)
{
	const char *path = place_posix_directory();
	const struct dirent *entry;
	struct aside aside;
	int directory;
	DIR *stream;
	int failure;

	memset(list, 0, sizeof(*list));
	directory = descriptor_open_directory(AT_FDCWD, path);
	if (directory < 0 && errno == ENOENT)
		return 0;
	stream = directory >= 0 ? fdopendir(directory) : NULL;
	if (stream == NULL) {
		error_set_errno(error, errno, "%s can't be read", path);
		descriptor_close(directory);
		return -1;
	}
	while (errno = 0, (entry = readdir(stream)) != NULL) {
		if ((entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN) ||
		    !aside_parse(entry->d_name, &aside))
			continue;
		list->files = vector_grow(list->files, list->count, sizeof(*list->files));
		list->files[list->count++] = aside;
	}
	failure = errno;
	closedir(stream);
	if (failure != 0)
		return error_set_errno(error, failure, "%s can't be read", path);
	return 0;
}

/* The names of directories that are to be read. */
struct paths {
	char **paths;
	size_t count;
};

static void add_path(struct paths *paths, char *path)
{
	paths->paths = vector_grow(paths->paths, paths->count, sizeof(*paths->paths));
	paths->paths[paths->count++] = path;
}

/* Process one name in a directory of a tree. */
static void take_name(const struct object_tree *tree, const char *path, const struct dirent *entry,
                      struct paths *below, struct aside_list *list)
{
	struct aside aside;

	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return;
	if (entry->d_type == DT_DIR && below != NULL)
		add_path(below, needed_text("%s/%s", path, entry->d_name));
	if (entry->d_type != DT_REG || !aside_parse(entry->d_name, &aside))
		return;
	aside.tree = tree;
	aside.name = needed_text("%s/%s", path, entry->d_name);
	list->files = vector_grow(list->files, list->count, sizeof(*list->files));
	list->files[list->count++] = aside;
}

void aside_find_in(const struct object_tree *tree, bool recursive, struct aside_list *list)
{
	struct paths paths = { .count = 0 };

	add_path(&paths, needed_text("%s", ""));
	for (size_t i = 0; i < paths.count; i++) {
		const char *path = paths.paths[i];
		const int fd = beneath_open_directory(&tree->top, path + (*path == '/'), O_RDONLY);
		DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
		const struct dirent *entry;

		if (stream == NULL) {
			descriptor_close(fd);
			continue;
		}
		/* Files in POSIX_DIRECTORY itself are found by aside_find(). */
		while ((entry = readdir(stream)) != NULL) {
			if (entry->d_type == DT_DIR || i > 0 || !tree->is_posix)
				take_name(tree, path, entry, recursive ? &paths : NULL, list);
		}
		closedir(stream);
	}
	for (size_t i = 0; i < paths.count; i++)
		free(paths.paths[i]);
	free(paths.paths);
}

void aside_free(struct aside_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->files[i].name);
	free(list->files);
	memset(list, 0, sizeof(*list));
}
