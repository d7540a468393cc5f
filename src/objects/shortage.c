#include "objects/shortage.h"

#include "objects/posix.h"
#include "objects/segment.h"
#include "system/hugepages.h"
#include "system/number_file.h"
#include "system/place.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* All segments together; the limits and the use of this IPC namespace. */
static int read_sysv(struct shminfo *limits, struct shm_info *use)
{
	if (shmctl(0, IPC_INFO, (struct shmid_ds *)(void *)limits) < 0 ||
	    shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)use) < 0)
		return -1;
	return 0;
}

static uint64_t pages_of(uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return bytes / page + (bytes % page > 0);
}

static int no_hugepages(uint64_t bytes, const struct hugepage_pool *pool, struct error *error)
{
	uint64_t needed = bytes / pool->page_bytes + (bytes % pool->page_bytes > 0);
	uint64_t available = pool->free > pool->reserved ? pool->free - pool->reserved : 0;
	char cure[256];

	hugepages_cure(pool, pool->total + needed - available, cure, sizeof(cure));
	return error_set(error, STATUS_FAILED,
	                 "needs %" PRIu64 " huge page%s of %" PRIu64 " kB, %" PRIu64 " of %" PRIu64
	                 " are free (to get more, as root: %s)",
	                 needed, needed == 1 ? "" : "s", pool->page_bytes / 1024, available,
	                 pool->total, cure);
}

/* ENOSPC: shmmni or shmall. The kernel checks shmall first: newseg() in ipc/shm.c. */
static int no_room_for_segment(uint64_t bytes, struct error *error)
{
	char cure[128];
	struct shminfo limits;
	struct shm_info use;
	uint64_t pages = pages_of(bytes);

	if (read_sysv(&limits, &use) < 0)
		return error_set_errno(error, ENOSPC, "can't be made");
	if (use.shm_tot + pages > limits.shmall)
		return error_set(
		    error, STATUS_FAILED,
		    "the limit of all segments together is reached: shmall is %lu pages, in use: %lu, "
		    "needed: %" PRIu64 " (as root: %ssysctl "
		    "kernel.shmall=%" PRIu64 ")",
		    limits.shmall, use.shm_tot, pages, place_ipc_prefix(),
		    (use.shm_tot + pages) * 2);
	sysv_shmmni_cure(limits.shmmni, cure, sizeof(cure));
	return error_set(
	    error, STATUS_FAILED,
	    "the limit of segments is reached: shmmni is %lu, in use: %d (remove some%s%s)",
	    limits.shmmni, use.used_ids, cure[0] != '\0' ? ", or as root: " : "", cure);
}

/* EINVAL of a new segment: shmmin or shmmax, or huge pages of a size that there is not. */
static int bad_size(const struct sysv_request *request, struct error *error)
{
	struct hugepage_pool pool;
	struct shminfo limits;
	struct shm_info use;

	if (request->hugetlb && !hugepages_find(request->huge_page, &pool))
		return hugepages_no_such_size(request->huge_page, STATUS_FAILED, error);
	if (read_sysv(&limits, &use) < 0)
		return error_set_errno(error, EINVAL, "can't be made");
	/* Below the limit it is the kernel's own arithmetic that gives up. */
	if (request->bytes <= limits.shmmax)
		return error_set(error, STATUS_FAILED,
		                 "%" PRIu64
		                 " bytes are more than a segment of this kernel can have",
		                 request->bytes);
	return error_set(error, STATUS_FAILED,
	                 "%" PRIu64
	                 " bytes are not possible: the largest segment, shmmax, is %lu bytes "
	                 "(as root: %ssysctl kernel.shmmax=%" PRIu64 ")",
	                 request->bytes, limits.shmmax, place_ipc_prefix(), request->bytes);
}

/* ENOMEM: huge pages, or memory that the kernel does not want to promise. */
static int no_memory(const struct sysv_request *request, struct error *error)
{
	struct hugepage_pool pool;
	struct sysinfo info;
	uint64_t policy = 0;

	if (request->hugetlb && hugepages_find(request->huge_page, &pool))
		return no_hugepages(request->bytes, &pool, error);
	if (sysinfo(&info) < 0)
		return error_set_errno(error, ENOMEM, "can't be made");
	number_file_read("/proc/sys/vm/overcommit_memory", &policy);
	return error_set(
	    error, STATUS_FAILED,
	    "the kernel does not promise %" PRIu64 " bytes of memory: the machine has %" PRIu64
	    " and %" PRIu64 " of swap, vm.overcommit_memory is %" PRIu64
	    " (ask for less, use --noreserve, or as root: sysctl vm.overcommit_memory=1)",
	    request->bytes, (uint64_t)info.totalram * info.mem_unit,
	    (uint64_t)info.totalswap * info.mem_unit, policy);
}

static int no_permission(const struct sysv_request *request, struct error *error)
{
	uint64_t group = 0;

	if (!request->hugetlb)
		return error_set(error, STATUS_FAILED, "not permitted to make a segment");
	number_file_read("/proc/sys/vm/hugetlb_shm_group", &group);
	return error_set(
	    error, STATUS_FAILED,
	    "huge pages are for root and the members of group %" PRIu64
	    ", which vm.hugetlb_shm_group names (as root: sysctl vm.hugetlb_shm_group=%lu)",
	    group, (unsigned long)getegid());
}

int shortage_of_shmget(int number, const struct sysv_request *request, struct error *error)
{
	switch (number) {
	case EEXIST:
		return error_set(error, STATUS_FAILED, "a segment with this key exists already");
	case ENOSPC:
		return no_room_for_segment(request->bytes, error);
	case EINVAL:
		return bad_size(request, error);
	case ENOMEM:
		return no_memory(request, error);
	case EPERM:
		return no_permission(request, error);
	default:
		return error_set_errno(error, number, "can't be made");
	}
}

int shortage_of_space(int number, uint64_t bytes, struct error *error)
{
	struct rlimit limit;
	struct statvfs fs;
	uint64_t free_bytes;
	uint64_t all_bytes;

	if (number == EFBIG && getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY)
		return error_set(error, STATUS_FAILED,
		                 "no file of yours may have more than %" PRIu64
		                 " bytes: RLIMIT_FSIZE (ulimit -f unlimited)",
		                 (uint64_t)limit.rlim_cur);
	if (number == EFBIG || number == EINVAL)
		return error_set(error, STATUS_FAILED, "that is more than a file may have");
	if ((number != ENOSPC && number != ENOMEM) || statvfs(place_posix_directory(), &fs) < 0)
		return error_set_errno(error, number, "no space in %s", POSIX_DIRECTORY);
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	all_bytes = (uint64_t)fs.f_blocks * fs.f_frsize;
	/* A size that was asked for belongs to a file that has its inode already. */
	if (bytes == 0 && fs.f_files > 0 && fs.f_favail == 0 && (free_bytes > 0 || all_bytes == 0))
		return error_set(error, STATUS_FAILED,
		                 "%s is full: all its %" PRIu64
		                 " inodes are in use (as root: %smount -o "
		                 "remount,nr_inodes=%" PRIu64 " %s)",
		                 POSIX_DIRECTORY, (uint64_t)fs.f_files, place_mount_prefix(),
		                 (uint64_t)fs.f_files * 2, POSIX_DIRECTORY);
	/* With room left, it is memory that is short. */
	if (number == ENOSPC && bytes > 0 && fs.f_blocks > 0 && free_bytes < bytes)
		return error_set(error, STATUS_FAILED,
		                 "%s has no room for %" PRIu64 " bytes: %" PRIu64 " of %" PRIu64
		                 " are free (as root: %smount -o remount,size=%" PRIu64 " %s)",
		                 POSIX_DIRECTORY, bytes, free_bytes, all_bytes,
		                 place_mount_prefix(), all_bytes + (bytes - free_bytes) + 4096,
		                 POSIX_DIRECTORY);
	if (number == ENOSPC && bytes == 0 && fs.f_blocks > 0)
		return error_set(error, STATUS_FAILED,
		                 "%s is full: %" PRIu64 " of %" PRIu64
		                 " bytes are free (as root: %smount -o "
		                 "remount,size=%" PRIu64 " %s)",
		                 POSIX_DIRECTORY, free_bytes, all_bytes, place_mount_prefix(),
		                 all_bytes * 2, POSIX_DIRECTORY);
	if (bytes == 0)
		return error_set(error, STATUS_FAILED, "there is no memory left (free some)");
	return error_set(error, STATUS_FAILED,
	                 "there is no memory for %" PRIu64 " bytes (ask for less, or free some)",
	                 bytes);
}

/* Bytes below which it is not worth the time to ask how much memory is left. */
enum { WORTH_ASKING = 1 << 26 };

int shortage_check_memory(uint64_t bytes, struct error *error)
{
	uint64_t available; /* kB */
	uint64_t swap;      /* kB */
	uint64_t all;

	if (bytes < WORTH_ASKING)
		return 0;
	if (number_file_find("/proc/meminfo", "MemAvailable:", &available) < 0 ||
	    number_file_find("/proc/meminfo", "SwapFree:", &swap) < 0)
		return 0;
	all = (available + swap) * 1024;
	if (bytes <= all)
		return 0;
	return error_set(error, STATUS_FAILED,
	                 "there is no memory for %" PRIu64 " bytes: the machine has %" PRIu64
	                 " left, with its swap (ask for less, or free some)",
	                 bytes, all);
}

void shortage_stream_count(struct shortage_stream *stream, uint64_t bytes)
{
	stream->bytes += bytes;
}

int shortage_stream_check(struct shortage_stream *stream)
{
	struct error error;

	if (stream->bytes < WORTH_ASKING)
		return 0;
	stream->bytes = 0;
	/* What comes until the next time must fit, and something must be left to the others. */
	if (shortage_check_memory((uint64_t)WORTH_ASKING * 4, &error) == 0)
		return 0;
	errno = ENOMEM;
	return -1;
}

int shortage_check_space(uint64_t bytes, struct error *error)
{
	struct statvfs fs;

	if (statvfs(place_posix_directory(), &fs) == 0 && fs.f_blocks > 0 &&
	    (uint64_t)fs.f_bavail * fs.f_frsize < bytes)
		return 0;
	return shortage_check_memory(bytes, error);
}

int shortage_of_locked_memory(int number, uint64_t bytes, struct error *error)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return error_set_errno(error, number, "can't be locked in memory");
	return error_set(error, STATUS_FAILED,
	                 "%" PRIu64
	                 " bytes can't be locked in memory: the limit (RLIMIT_MEMLOCK) is %" PRIu64
	                 " bytes for all that you lock (at least ulimit -l %" PRIu64
	                 ", limits.conf(5), or do it as root)",
	                 bytes, (uint64_t)limit.rlim_cur, pages_of(bytes) * (page / 1024));
}
