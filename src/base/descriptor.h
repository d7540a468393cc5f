/*
 * Descriptors: close(2) on a path that reports another failure, open(2) of a directory to read it or
 * of nothing, and the events that poll(2) returns.
 */
#ifndef SHMTOOL_BASE_DESCRIPTOR_H
#define SHMTOOL_BASE_DESCRIPTOR_H

/**
 * Close a descriptor. errno is preserved.
 *
 * @param fd  nothing is done if it is negative
 */
void descriptor_close(int fd);

/**
 * Open a directory to read it, without updating its access time if that is permitted: only to its
 * owner and root.
 *
 * @param at    directory that the path begins at, or AT_FDCWD
 * @param path  "." for the directory itself
 * @return a descriptor, or -1 with errno
 */
int descriptor_open_directory(int at, const char *path);

/**
 * Open /dev/null, to occupy a number, or, in a chroot without it, a descriptor that can be neither
 * read nor written.
 *
 * @param flags  of open(2): O_RDONLY or O_WRONLY, and O_CLOEXEC
 * @return a descriptor, or -1 with errno
 */
int descriptor_open_nothing(int flags);

/**
 * The events of a descriptor now, as poll(2) returns them for POLLIN. If poll(2) fails, epoll(7) is
 * asked, so that a caller that must not miss them does not depend on one call.
 */
short descriptor_events(int fd);

#endif
