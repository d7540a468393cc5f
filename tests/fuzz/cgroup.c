/*
 * The text of /proc/PID/cgroup, and the names of control groups.
 */
#include "fuzz.h"

#include "system/cgroup.h"
#include "system/memory_cgroup.h"

#include <stdlib.h>
#include <string.h>

static void check_path(const char *path)
{
	char name[CGROUP_NAME_SIZE];
	char *joined = strdup(path);
	const enum cgroup_rank rank = cgroup_name(path, name);

	fuzz_check(strlen(name) < sizeof(name), "the name of '%s' is too long", path);
	fuzz_check((rank == CGROUP_PATH) == (name[0] == '\0'), "'%s' is named '%s'", path, name);
	if (*path == '/') {
		memory_cgroup_join(joined, path);
		fuzz_check(strncmp(joined, path, strlen(joined)) == 0, "'%s' and itself are '%s'",
		           path, joined);
		memory_cgroup_join(joined, "/user.slice/a");
	}
	free(joined);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char *copy = strdup(text);
	struct cgroup cgroup = { .path = NULL };
	const char *path;
	int version = 0;

	check_path(text);
	if (cgroup_choose(copy, &cgroup) == 0) {
		fuzz_check(cgroup.path[0] == '/' && cgroup.unit[0] != '\0', "'%s' is named '%s'",
		           cgroup.path, cgroup.unit);
		check_path(cgroup.path);
	}
	free(cgroup.path);
	free(cgroup.unit);
	free(copy);
	path = memory_cgroup_path(text, &version);
	fuzz_check(path == NULL || version == 1 || version == 2, "version %d", version);
	free(text);
	return 0;
}
