/*
 * How much of a file in memory is really in memory.
 */
#ifndef SHMTOOL_IPC_CACHESTAT_H
#define SHMTOOL_IPC_CACHESTAT_H

#include <stdint.h>

/**
 * Count the bytes of a tmpfs file that are in memory and not in swap, by cachestat(2), since
 * Linux 6.5. Where there is no such call but no swap either, all that is used is in memory.
 *
 * @param fd        of the file, open for reading
 * @param used      bytes in memory and in swap, of fstat(2)
 * @param resident  receives the bytes in memory
 * @return 0, or -1 with errno: ENOSYS if it can't be told on this kernel, EPERM
 */
int cachestat_resident(int fd, uint64_t used, uint64_t *resident);

#endif
