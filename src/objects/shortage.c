#include "objects/shortage.h"

#include "objects/posix.h"
#include "system/number_file.h"
#include "system/place.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

uint64_t shortage_pages(uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return bytes / page + (bytes % page > 0);
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
		                 "the size of a file is limited to %" PRIu64
		                 " byte%s by RLIMIT_FSIZE (ulimit -f unlimited)",
		                 (uint64_t)limit.rlim_cur, plural_s(limit.rlim_cur));
	if (number == EFBIG || number == EINVAL)
		return error_set(error, STATUS_FAILED,
		                 "the size exceeds that of the largest possible file");
	if ((number != ENOSPC && number != ENOMEM) || statvfs(place_posix_directory(), &fs) < 0)
		return error_set_errno(error, number, "no space in %s", POSIX_DIRECTORY);
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	all_bytes = (uint64_t)fs.f_blocks * fs.f_frsize;
	/* If a size was requested, the file already has its inode. */
	if (bytes == 0 && fs.f_files > 0 && fs.f_favail == 0 && (free_bytes > 0 || all_bytes == 0))
		return error_set(error, STATUS_FAILED,
		                 "%s is full: all its %" PRIu64
		                 " inodes are in use (shmtool limits shows their use; to raise "
		                 "the limit, as root: %smount -o remount,nr_inodes=%" PRIu64 " %s)",
		                 POSIX_DIRECTORY, (uint64_t)fs.f_files, place_mount_prefix(),
		                 (uint64_t)fs.f_files * 2, POSIX_DIRECTORY);
	/* If the file system has room left, memory is short. */
	if (number == ENOSPC && bytes > 0 && fs.f_blocks > 0 && free_bytes < bytes)
		return error_set(error, STATUS_FAILED,
		                 "%s has no room for %" PRIu64 " byte%s: %" PRIu64 " of %" PRIu64
		                 " are free (as root: %smount -o remount,size=%" PRIu64 " %s)",
		                 POSIX_DIRECTORY, bytes, plural_s(bytes), free_bytes, all_bytes,
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
		return error_set(error, STATUS_FAILED, "not enough memory (free some)");
	return error_set(error, STATUS_FAILED,
	                 "not enough memory for %" PRIu64 " byte%s (request less, or free some)",
	                 bytes, plural_s(bytes));
}

/* Requests below this number of bytes are not worth reading /proc/meminfo. */
enum { WORTH_ASKING = 1 << 26 };

int shortage_memory_left(uint64_t *bytes)
{
	uint64_t available; /* kB */
	uint64_t swap;      /* kB */

	if (number_file_find("/proc/meminfo", "MemAvailable:", &available) < 0 ||
	    number_file_find("/proc/meminfo", "SwapFree:", &swap) < 0)
		return -1;
	*bytes = (available + swap) * 1024;
	return 0;
}

int shortage_check_memory(uint64_t bytes, struct error *error)
{
	uint64_t all;

	if (bytes < WORTH_ASKING || shortage_memory_left(&all) < 0 || bytes <= all)
		return 0;
	return error_set(error, STATUS_FAILED,
	                 "not enough memory for %" PRIu64 " bytes: the machine has %" PRIu64
	                 " left, including swap (request less, or free some)",
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
	/* The bytes until the next check must fit, and some memory must remain for others. */
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
	                 " byte%s can't be locked in memory: RLIMIT_MEMLOCK limits all memory that "
	                 "you lock to %" PRIu64 " bytes (use at least ulimit -l %" PRIu64
	                 ", see limits.conf(5), or run as root)",
	                 bytes, plural_s(bytes), (uint64_t)limit.rlim_cur,
	                 shortage_pages(bytes) * (page / 1024));
}
