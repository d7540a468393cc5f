#include "system/user_map.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "system/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A range of consecutive ids. */
struct id_range {
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

struct id_map {
	struct id_range *ranges;
	size_t count;
};

/* The user namespace that the process has entered by setns(2), which can be done only once. */
static struct {
	bool is_inside;
	uid_t caller; /* effective user before entering */
	struct id_map users;
	struct id_map groups;
} entered;

static int read_map(int process, const char *file, struct id_map *map)
{
	int fd = openat(process, file, O_RDONLY | O_CLOEXEC);
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
	struct id_range range;
	int result = 0;

	if (stream == NULL) {
		descriptor_close(fd);
		return -1;
	}
	while (fscanf(stream, "%u %u %u", &range.inside, &range.outside, &range.count) == 3) {
		map->ranges = vector_grow(map->ranges, map->count, sizeof(*map->ranges));
		map->ranges[map->count++] = range;
	}
	(void)fclose(stream);
	return result;
}

static void forget(struct id_map *map)
{
	free(map->ranges);
	*map = (struct id_map){ .ranges = NULL };
}

int user_map_enter(int process, int namespace)
{
	const uid_t user = geteuid();

	if (entered.is_inside) {
		errno = EBUSY;
		return -1;
	}
	/* The kernel reports the ids as the opener of the files sees them: read before setns(2). */
	if (read_map(process, "uid_map", &entered.users) == 0 &&
	    read_map(process, "gid_map", &entered.groups) == 0 &&
	    setns(namespace, CLONE_NEWUSER) == 0) {
		entered.caller = user;
		entered.is_inside = true;
		privileges_keep_again();
		return 0;
	}
	forget(&entered.users);
	forget(&entered.groups);
	return -1;
}

static bool has(uint32_t first, uint32_t count, uint32_t id)
{
	return id >= first && id - first < count;
}

bool user_map_has(int process, uid_t uid)
{
	struct id_map map = { .ranges = NULL };
	bool found = false;

	/* After entering, the kernel reports the ids as they are inside. */
	for (size_t i = 0; i < entered.users.count; i++)
		found = found ||
		        has(entered.users.ranges[i].inside, entered.users.ranges[i].count, uid);
	if (entered.is_inside)
		return found;
	if (read_map(process, "uid_map", &map) == 0) {
		for (size_t i = 0; i < map.count; i++)
			found = found || has(map.ranges[i].outside, map.ranges[i].count, uid);
	}
	forget(&map);
	return found;
}

bool user_map_is_used(void)
{
	return entered.is_inside;
}

/* A user that is not mapped is reported as the overflow id, and is not converted. */
static uint32_t outside(const struct id_map *map, uint32_t id)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct id_range *range = &map->ranges[i];

		if (has(range->inside, range->count, id))
			return range->outside + (id - range->inside);
	}
	return id;
}

uid_t user_map_user(uid_t uid)
{
	return outside(&entered.users, uid);
}

gid_t user_map_group(gid_t gid)
{
	return outside(&entered.groups, gid);
}

uid_t user_map_caller(void)
{
	return entered.is_inside ? entered.caller : geteuid();
}

bool user_map_is_root(void)
{
	return entered.is_inside || geteuid() == 0;
}
