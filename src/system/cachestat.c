#include "system/cachestat.h"

#include "system/linux.h"

#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

int cachestat_resident(int fd, uint64_t *resident)
{
	struct linux_cachestat_range all = { .offset = 0 };
	struct linux_cachestat counts;

	if (syscall(SYS_cachestat, fd, &all, &counts, 0U) < 0)
		return -1;
	*resident = counts.cached * (uint64_t)sysconf(_SC_PAGESIZE);
	return 0;
}

bool cachestat_lacks_swap(void)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 && info.totalswap == 0;
}

int cachestat_count(int fd, uint64_t offset, uint64_t length, struct cached_pages *pages)
{
	struct linux_cachestat_range range = { .offset = offset, .length = length };
	struct linux_cachestat counts;

	if (syscall(SYS_cachestat, fd, &range, &counts, 0U) < 0)
		return -1;
	pages->cached = counts.cached;
	pages->dirty = counts.dirty;
	pages->writeback = counts.writeback;
	pages->evicted = counts.evicted;
	pages->recent = counts.recently_evicted;
	return 0;
}
