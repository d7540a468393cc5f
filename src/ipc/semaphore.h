/*
 * POSIX named semaphores: what is in their files.
 */
#ifndef SHMTOOL_IPC_SEMAPHORE_H
#define SHMTOOL_IPC_SEMAPHORE_H

#include <stdint.h>

/**
 * Read a semaphore's value from its file without mapping it. The file is a sem_t, whose content
 * is the C library's own, so sem_getvalue(3) is asked about a copy of it.
 *
 * @param fd     of the file, open for reading
 * @param bytes  size of the file; another than sizeof(sem_t) means another C library
 * @param value  receives the value
 * @return 0, or -1 if it can't be told
 */
int semaphore_read_value(int fd, uint64_t bytes, unsigned int *value);

#endif
