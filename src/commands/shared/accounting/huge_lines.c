#include "commands/shared/accounting/huge_lines.h"

#include "base/memory.h"
#include "commands/shared/accounting/place_line.h"
#include "system/hugepages.h"
#include "system/tmpfs_sum.h"
#include "usage/private_huge.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void add_mount(struct usage_lines *lines, const struct tmpfs *tmpfs)
{
	struct usage_line *line = usage_place_line_add(lines, tmpfs, "hugetlbfs");
	const int directory = tmpfs_open(tmpfs);
	struct tmpfs_sum sum;

	line->page_bytes = tmpfs->page_bytes;
	if (directory < 0) {
		line->reason = usage_place_reason(errno);
		return;
	}
	tmpfs_sum_read(directory, false, NULL, &sum);
	close(directory);
	usage_line_set(line, sum.files, sum.used, 0);
	if (sum.is_partial)
		line->reason = needed_text("some directories can't be read");
}

static void add_private(struct usage_lines *lines, const struct tmpfs_list *mounts,
                        const struct hugepage_pool *pools, size_t count)
{
	struct private_huge private;

	private_huge_find(pools, count, mounts, &private);
	for (size_t i = 0; i < count; i++) {
		struct usage_line *line;

		if (private.pages[i] == 0)
			continue;
		line = usage_line_add(lines, "private", "private mappings (MAP_HUGETLB)");
		usage_line_set(line, private.mappings[i], private.pages[i] * pools[i].page_bytes,
		               0);
		line->page_bytes = pools[i].page_bytes;
	}
}

void usage_huge_lines_add(struct usage_lines *lines, const struct tmpfs_list *mounts)
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	const size_t count = hugepages_read(pools);
	bool any = false;

	for (size_t i = 0; i < count; i++)
		any |= pools[i].total > pools[i].free;
	if (!any)
		return;
	for (size_t i = 0; i < mounts->count; i++) {
		if (mounts->items[i].type == TMPFS_HUGE)
			add_mount(lines, &mounts->items[i]);
	}
	add_private(lines, mounts, pools, count);
}

void usage_huge_segments_add(struct usage_lines *lines,
                             const struct sysv_huge_memory segments[HUGEPAGE_POOLS_MAX])
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	const size_t count = hugepages_read(pools);

	for (size_t i = 0; i < count; i++) {
		struct usage_line *line;

		if (segments[i].segments == 0)
			continue;
		line = usage_line_add(lines, "shm", "System V segments (SHM_HUGETLB)");
		usage_line_set(line, segments[i].segments, segments[i].resident, 0);
		line->page_bytes = pools[i].page_bytes;
	}
}
