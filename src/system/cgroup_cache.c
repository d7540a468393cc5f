#include "system/cgroup_cache.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64 };

/* The place of a process, or the free place for it. */
static struct cgroup_of_process *find_place(const struct cgroup_cache *cache, pid_t pid)
{
	/* Pids are mostly consecutive, so they need no mixing. */
	size_t place = (size_t)pid & (cache->size - 1);

	while (cache->places[place].pid != 0 && cache->places[place].pid != pid)
		place = (place + 1) & (cache->size - 1);
	return &cache->places[place];
}

static void grow(struct cgroup_cache *cache)
{
	struct cgroup_cache larger = {
		.size = cache->size > 0 ? 2 * cache->size : FIRST_SIZE,
		.count = cache->count,
	};

	larger.places = needed_array(larger.size, sizeof(*larger.places));
	for (size_t i = 0; i < cache->size; i++) {
		if (cache->places[i].pid != 0)
			*find_place(&larger, cache->places[i].pid) = cache->places[i];
	}
	free(cache->places);
	*cache = larger;
}

struct cgroup cgroup_cache_find(struct cgroup_cache *cache, pid_t pid)
{
	struct cgroup_of_process *place;

	/* At least half of the places are free. */
	if (2 * cache->count >= cache->size)
		grow(cache);
	place = find_place(cache, pid);
	if (place->pid == 0) {
		place->pid = pid;
		cache->count++;
		/* On failure, the group is unknown. */
		(void)cgroup_read(pid, &place->cgroup);
	}
	return place->cgroup;
}

void cgroup_cache_free(struct cgroup_cache *cache)
{
	for (size_t i = 0; i < cache->size; i++) {
		free(cache->places[i].cgroup.path);
		free(cache->places[i].cgroup.unit);
	}
	free(cache->places);
	memset(cache, 0, sizeof(*cache));
}
