/*
 * Files directly below a directory in which other users create names: /dev/shm, /dev/mqueue, those
 * of a container.
 *
 * A name there may be a symbolic link, a device or a FIFO, or be covered by a mount, in this mount
 * namespace or, if the directory is a container's, in another one. None of these is followed,
 * opened or mistaken for the file: openat2(2) with RESOLVE_NO_XDEV (Linux 5.6), statx(2) with
 * STATX_MNT_ID (5.8); on older kernels, the mount is read from /proc/self/fdinfo.
 */
#ifndef SHMTOOL_SYSTEM_BENEATH_H
#define SHMTOOL_SYSTEM_BENEATH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/** A directory, and the mount that it is opened through. */
struct beneath {
	int directory; /* descriptor, O_PATH suffices; closed by the caller */
	uint64_t mount;
	bool has_mount; /* false: neither statx(2) nor /proc reports the mount */
	bool is_nodev;  /* no device can be opened through that mount */
	int links; /* /proc/self/fd, to open many files; closed by the caller; -1: not opened */
};

struct linux_open_how;

/**
 * openat2(2), tried again after EAGAIN: a concurrent rename or mount made it uncertain whether the
 * path leaves the directory.
 *
 * @return a descriptor, or -1 with errno of openat2(2)
 */
int beneath_resolve(int directory, const char *path, const struct linux_open_how *how);

/** The message for EXDEV of the functions below. */
#define BENEATH_COVERED "something is mounted on it"

/**
 * Prepare for access below a directory. errno is preserved.
 *
 * @param directory  a descriptor; if negative, the other functions fail with EBADF
 */
struct beneath beneath_begin(int directory);

/** Convert a result of statx(2) with STATX_BASIC_STATS to one of stat(2). */
void beneath_take_status(const struct statx *status, struct stat *st);

/**
 * Read the status of a name without opening it and without waiting for a file server.
 *
 * @param name  without a slash
 * @param st    receives the status; of a symbolic link, that of the link itself
 * @return 0, or -1 with errno: EXDEV if something is mounted on the name, ENOENT
 */
int beneath_stat(const struct beneath *beneath, const char *name, struct stat *st);

/**
 * Find a file of any type without opening it.
 *
 * @return an O_PATH descriptor (of a symbolic link, of the link itself), or -1 with errno: EXDEV if
 *         something is mounted on the name, ENOENT
 */
int beneath_look(const struct beneath *beneath, const char *name);

/**
 * Open a directory below the directory, at any depth. No part of the path may be a symbolic link,
 * or have something mounted on it.
 *
 * @param path   relative, without "." and ".."; empty: the directory itself
 * @param flags  for open(2); O_DIRECTORY, O_CLOEXEC are added
 * @return a descriptor, or -1 with errno: EXDEV if something is mounted on a part of the path,
 *         ELOOP or ENOTDIR if it is a symbolic link or another file, or of open(2)
 */
int beneath_open_directory(const struct beneath *beneath, const char *path, int flags);

/**
 * Open a directory below the directory, also through mounts; no part of the path may be a symbolic
 * link. The caller must check that the mounts on the way are to be trusted.
 *
 * @param path  as for beneath_open_directory()
 * @return an O_PATH descriptor, or -1 with errno
 */
int beneath_open_point(const struct beneath *beneath, const char *path);

/**
 * Find a regular file without opening it.
 *
 * @param st  receives its status, also if it is not a regular file
 * @return an O_PATH descriptor, or -1 with errno: EXDEV if something is mounted on the name, ELOOP
 *         if it is a symbolic link, ENOTSUP if it is any other non-regular file
 */
int beneath_find(const struct beneath *beneath, const char *name, struct stat *st);

/**
 * Open a regular file; a file of any other type is never opened, not even briefly.
 *
 * @param flags  for open(2); O_NONBLOCK, O_NOCTTY, O_CLOEXEC are added
 * @param st     as for beneath_find()
 * @return a descriptor, or -1 with errno of beneath_find() or open(2)
 */
int beneath_open(const struct beneath *beneath, const char *name, int flags, struct stat *st);

/**
 * Like beneath_open(), for a file that has just been seen to be regular; faster if the mount is
 * nodev. In that case, a FIFO that has taken the name since may be opened briefly.
 */
int beneath_open_seen(const struct beneath *beneath, const char *name, int flags, struct stat *st);

/**
 * Open a file that was found, even if its name now refers to a different file.
 *
 * @param found  an O_PATH descriptor
 * @param path   its path, which is used if /proc is not mounted
 * @param flags  for open(2); O_NONBLOCK, O_NOCTTY, O_CLOEXEC are added
 * @return a descriptor, or -1 with errno of open(2), or ESTALE if the path now refers to a
 *         different file
 */
int beneath_reopen(int found, const char *path, int flags);

/**
 * Remove a name unless something is mounted on it. unlinkat(2) itself refuses to remove only mount
 * points of the caller's namespace, and detaches the mounts of other namespaces. A mount that is
 * made between the check and the removal is still detached.
 *
 * @return 0, or -1 with errno: EXDEV if something is mounted on the name
 */
int beneath_unlink(const struct beneath *beneath, const char *name);

/** As beneath_unlink(), for an empty directory. */
int beneath_remove_directory(const struct beneath *beneath, const char *name);

#endif
