/*
 * Pages of mapped memory.
 */
#ifndef SHMTOOL_IPC_PAGES_H
#define SHMTOOL_IPC_PAGES_H

#include <stddef.h>

/**
 * Have all pages of new memory in place before they are used: MADV_POPULATE_WRITE, since Linux
 * 5.14, see madvise(2); before that, zeros are read into it. Neither raises SIGBUS.
 *
 * @param address  of a mapping that nobody has written to yet, page-aligned
 * @param length   in bytes
 * @return 0, or -1 with errno: ENOMEM, or EFAULT where a touch would raise SIGBUS
 */
int pages_populate_new(void *address, size_t length);

#endif
