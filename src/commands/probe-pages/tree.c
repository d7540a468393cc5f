#include "commands/probe-pages/tree.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "system/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct entry {
	unsigned char type; /* of struct dirent */
	char *name;
};

struct entries {
	struct entry *entries;
	size_t count;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static bool is_wanted(const struct dirent *found)
{
	if (found->d_type != DT_REG && found->d_type != DT_DIR && found->d_type != DT_UNKNOWN)
		return false;
	return strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0;
}

/* Read all names before any is visited. Returns 0, or -1 with errno and the names read so far. */
static int read_entries(int directory, struct entries *entries)
{
	const int copy = fcntl(directory, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *found;
	int failure;

	if (stream == NULL) {
		descriptor_close(copy);
		return -1;
	}
	while (errno = 0, (found = readdir(stream)) != NULL) {
		struct entry *entry;

		if (!is_wanted(found))
			continue;
		entries->entries =
		    vector_grow(entries->entries, entries->count, sizeof(*entries->entries));
		entry = &entries->entries[entries->count++];
		entry->type = found->d_type;
		entry->name = needed(strdup(found->d_name));
	}
	failure = errno;
	closedir(stream);
	if (entries->count > 1)
		qsort(entries->entries, entries->count, sizeof(*entries->entries), compare_names);
	errno = failure;
	return failure == 0 ? 0 : -1;
}

/* Whether a name that can't be opened is none of the caller's business. */
static bool is_left_out(struct tree_visitor *visitor)
{
	visitor->mounts += errno == EXDEV;
	/* Removed, or replaced by something of another type, since the directory was read. */
	return errno == EXDEV || errno == ENOENT || errno == ELOOP || errno == ENOTSUP ||
	       errno == ENOTDIR;
}

static void visit_directory(const struct beneath *beneath, const char *name, const char *path,
                            struct tree_visitor *visitor)
{
	const int found = beneath_look(beneath, name);
	const int fd = found < 0 ? -1 : descriptor_open_directory(found, ".");

	if (fd >= 0)
		tree_walk(fd, path, visitor);
	else if (!is_left_out(visitor))
		visitor->failure(visitor->closure, path, errno);
	descriptor_close(found);
}

static void visit(const struct beneath *beneath, const struct entry *entry, const char *path,
                  struct tree_visitor *visitor)
{
	struct stat st = { .st_mode = 0 };
	int fd;

	if (entry->type == DT_DIR) {
		visit_directory(beneath, entry->name, path, visitor);
		return;
	}
	fd = entry->type == DT_REG ? beneath_open_seen(beneath, entry->name, O_RDONLY, &st)
	                           : beneath_open(beneath, entry->name, O_RDONLY, &st);
	if (fd >= 0)
		visitor->file(visitor->closure, fd, path);
	else if (errno == ENOTSUP && S_ISDIR(st.st_mode))
		visit_directory(beneath, entry->name, path, visitor);
	else if (!is_left_out(visitor))
		visitor->failure(visitor->closure, path, errno);
}

void tree_walk(int directory, const char *path, struct tree_visitor *visitor)
{
	struct beneath beneath = beneath_begin(directory);
	const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
	struct entries entries = { .count = 0 };

	beneath.links = visitor->links;
	if (read_entries(directory, &entries) < 0)
		visitor->failure(visitor->closure, path, errno);
	for (size_t i = 0; i < entries.count; i++) {
		char *below = needed_text("%s%s%s", path, slash, entries.entries[i].name);

		visit(&beneath, &entries.entries[i], below, visitor);
		free(below);
		free(entries.entries[i].name);
	}
	free(entries.entries);
	close(directory);
}
