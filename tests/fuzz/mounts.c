/*
 * The text of /proc/PID/mountinfo. Every mount of the table is found again by its id, and a path that
 * is a mount point is on a mount at that point.
 */
#include "fuzz.h"

#include "system/memory_cgroup.h"
#include "system/mount.h"
#include "system/served.h"

#include <stdlib.h>

static void check_mount(const struct mount_table *table, const struct mount *mount)
{
	const struct mount *found = mount_table_find(table, mount->id);

	fuzz_check(found != NULL && found->id == mount->id, "a mount is not found");
	fuzz_check(mount->root != NULL && mount->type != NULL && mount->options != NULL,
	           "a mount has no text");
	if (mount->point[0] == '/')
		fuzz_check(mount_table_at(table, mount->point) != NULL,
		           "nothing is mounted at '%s'", mount->point);
	fuzz_check(mount_is_served(table, mount, true) <= mount_is_served(table, mount, false),
	           "only a mount of ours is served: '%s'", mount->options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *stream = fuzz_stream(data, size);
	struct mount_table table;

	if (mount_table_parse(stream, &table) == 0) {
		for (size_t i = 0; i < table.count; i++)
			check_mount(&table, &table.mounts[i]);
		(void)mount_table_at(&table, "/dev/shm/a");
		(void)mount_table_at(&table, "//dev//shm/");
		free(memory_cgroup_file(&table, "/a/b", 1));
		free(memory_cgroup_file(&table, "/a/b", 2));
	}
	mount_table_free(&table);
	(void)fclose(stream);
	return 0;
}
