#include "system/cachestat.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* Linux 6.5; the same number on every architecture but alpha. Debian 12's headers are older. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

/* The kernel's struct cachestat_range, in bytes, and struct cachestat, in pages: <linux/mman.h>
 * since 6.5. */
enum { RANGE_OFFSET, RANGE_LENGTH, RANGE_MEMBERS };
enum { COUNT_CACHED, COUNT_DIRTY, COUNT_WRITEBACK, COUNT_EVICTED, COUNT_RECENTLY, COUNT_MEMBERS };

int cachestat_resident(int fd, uint64_t used, uint64_t *resident)
{
	/* A length of 0 means to the end. */
	uint64_t all[RANGE_MEMBERS] = { [RANGE_OFFSET] = 0, [RANGE_LENGTH] = 0 };
	uint64_t counts[COUNT_MEMBERS];
	struct sysinfo info;

	if (syscall(SYS_cachestat, fd, all, counts, 0U) == 0) {
		*resident = counts[COUNT_CACHED] * (uint64_t)sysconf(_SC_PAGESIZE);
		return 0;
	}
	if (errno == ENOSYS && sysinfo(&info) == 0 && info.totalswap == 0) {
		*resident = used;
		return 0;
	}
	return -1;
}

int cachestat_count(int fd, uint64_t offset, uint64_t length, struct cached_pages *pages)
{
	uint64_t range[RANGE_MEMBERS] = { [RANGE_OFFSET] = offset, [RANGE_LENGTH] = length };
	uint64_t counts[COUNT_MEMBERS];

	if (syscall(SYS_cachestat, fd, range, counts, 0U) < 0)
		return -1;
	pages->cached = counts[COUNT_CACHED];
	pages->dirty = counts[COUNT_DIRTY];
	return 0;
}
