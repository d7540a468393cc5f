/*
 * Descriptors: close(2) on a path that reports another failure.
 */
#ifndef SHMTOOL_BASE_DESCRIPTOR_H
#define SHMTOOL_BASE_DESCRIPTOR_H

/**
 * Close a descriptor. errno is preserved.
 *
 * @param fd  nothing is done if it is negative
 */
void descriptor_close(int fd);

#endif
