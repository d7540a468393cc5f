#include "system/memory_cgroup.h"

#include "base/memory.h"
#include "system/number_file.h"
#include "system/process.h"
#include "system/process_list.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The longest text of /proc/PID/cgroup that is read: a dozen paths. */
enum { TEXT_SIZE = 16384 };

/* Check whether a list of words, "rw,cpu,memory", has a word. */
static bool has_word(const char *list, const char *word)
{
	const size_t length = strlen(word);

	for (; list != NULL; list = strchr(list, ',')) {
		list += *list == ',';
		if (strncmp(list, word, length) == 0 && strchr(",", list[length]) != NULL)
			return true;
	}
	return false;
}

const char *memory_cgroup_path(char *text, int *version)
{
	const char *unified = NULL;
	char *line;

	/* 4:memory:/path, 0::/path */
	while ((line = strsep(&text, "\n")) != NULL) {
		const char *number = strsep(&line, ":");
		const char *controllers = strsep(&line, ":");

		if (line == NULL)
			continue;
		if (has_word(controllers, "memory")) {
			*version = 1;
			return line;
		}
		if (strcmp(number, "0") == 0)
			unified = line;
	}
	*version = 2;
	return unified;
}

void memory_cgroup_join(char *path, const char *other)
{
	size_t common = 0;
	size_t end = 0;

	while (path[common] != '\0' && path[common] == other[common]) {
		common++;
		if ((path[common] == '/' || path[common] == '\0') &&
		    (other[common] == '/' || other[common] == '\0'))
			end = common;
	}
	/* The root has no name before its slash. */
	path[end > 1 ? end : 1] = '\0';
}

char *memory_cgroup_file(const struct mount_table *table, const char *path, int version)
{
	const struct mount *found = NULL;
	const char *below = "";
	size_t root;

	/* The last one is on top. */
	for (size_t i = 0; i < table->count; i++) {
		const struct mount *mount = &table->mounts[i];

		if (version == 2
		        ? strcmp(mount->type, "cgroup2") == 0
		        : strcmp(mount->type, "cgroup") == 0 && has_word(mount->options, "memory"))
			found = mount;
	}
	if (found == NULL)
		return NULL;
	/* In a container, only its own group may be mounted. */
	root = strcmp(found->root, "/") == 0 ? 0 : strlen(found->root);
	if (strncmp(path, found->root, root) == 0 && (path[root] == '/' || path[root] == '\0'))
		below = path + root;
	return needed_text("%s%s/memory.stat", found->point, strcmp(below, "/") == 0 ? "" : below);
}

/* Find the path of the smallest group that holds all processes. NULL if there is none. */
static char *find_path(int *version)
{
	struct pid_list pids;
	char text[TEXT_SIZE];
	char *path = NULL;

	if (pid_list_all(&pids) < 0)
		return NULL;
	for (size_t i = 0; i < pids.count; i++) {
		const char *one;

		if (process_read_file(pids.pids[i], "cgroup", text, sizeof(text)) <= 0)
			continue;
		one = memory_cgroup_path(text, version);
		if (one == NULL || *one != '/')
			continue;
		if (path == NULL)
			path = needed(strdup(one));
		else
			memory_cgroup_join(path, one);
	}
	pid_list_free(&pids);
	return path;
}

int memory_cgroup_of_all(struct memory_cgroup *group)
{
	struct mount_table table;
	char *file = NULL;
	int version = 2;
	bool is_read;

	*group = (struct memory_cgroup){ .path = find_path(&version) };
	errno = ENOENT;
	if (group->path == NULL)
		return -1;
	if (mount_table_read(-1, &table) == 0)
		file = memory_cgroup_file(&table, group->path, version);
	mount_table_free(&table);
	/* The numbers of version 1 are without the groups below, except those of this name. */
	is_read = file != NULL && number_file_find(file, version == 1 ? "total_shmem " : "shmem ",
	                                           &group->shmem) == 0;
	free(file);
	errno = ENOENT;
	return is_read ? 0 : -1;
}

void memory_cgroup_free(struct memory_cgroup *group)
{
	free(group->path);
}
