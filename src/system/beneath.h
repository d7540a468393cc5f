/*
 * Files directly below a directory in which others make names: /dev/shm, /dev/mqueue, a container's.
 *
 * A name there may be a symbolic link, a device, a FIFO, or be covered by something that somebody has
 * mounted on it, in this mount namespace or, where the directory is a container's, in another one.
 * None of these is followed, opened or taken for the file: openat2(2) with RESOLVE_NO_XDEV (Linux
 * 5.6), statx(2) with STATX_MNT_ID (5.8); before these, the mount is read from /proc/self/fdinfo.
 */
#ifndef SHMTOOL_SYSTEM_BENEATH_H
#define SHMTOOL_SYSTEM_BENEATH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/** A directory, and the mount that it is opened through. */
struct beneath {
	int directory; /* a descriptor, O_PATH will do; the caller's to close */
	uint64_t mount;
	bool has_mount; /* false: the kernel does not tell, neither does /proc */
	bool is_nodev;  /* no device can be opened through that mount */
	int links; /* /proc/self/fd, for who opens many; the caller's to close; -1: not opened */
};

/** The sentence for EXDEV of the functions below. */
#define BENEATH_COVERED "something is mounted on it"

/**
 * Begin to look below a directory. errno stays as it is.
 *
 * @param directory  a descriptor; below -1, everything fails with EBADF
 */
struct beneath beneath_begin(int directory);

/** Convert the answer of statx(2) with STATX_BASIC_STATS to that of stat(2). */
void beneath_take_status(const struct statx *status, struct stat *st);

/**
 * Look at a name, open nothing, and wait for no server.
 *
 * @param name  without a slash
 * @param st    receives what stat(2) says of what is there, of a link itself
 * @return 0, or -1 with errno: EXDEV if something is mounted on the name, ENOENT
 */
int beneath_stat(const struct beneath *beneath, const char *name, struct stat *st);

/**
 * Find what has a name, of whatever type, without opening it.
 *
 * @return an O_PATH descriptor, of a link itself, or -1 with errno: EXDEV if something is mounted on the
 *         name, ENOENT
 */
int beneath_look(const struct beneath *beneath, const char *name);

/**
 * Find a regular file without opening it.
 *
 * @param st  receives what stat(2) says of it, also if it is no regular file
 * @return an O_PATH descriptor, or -1 with errno: EXDEV if something is mounted on the name, ELOOP if it
 *         is a symbolic link, ENOTSUP if it is no regular file otherwise
 */
int beneath_find(const struct beneath *beneath, const char *name, struct stat *st);

/**
 * Open a regular file, and nothing else, not even for a moment.
 *
 * @param flags  of open(2); O_NONBLOCK, O_NOCTTY, O_CLOEXEC are added
 * @param st     as beneath_find() has it
 * @return a descriptor, or -1 with errno of beneath_find() or open(2)
 */
int beneath_open(const struct beneath *beneath, const char *name, int flags, struct stat *st);

/**
 * The same of a file that has just been seen to be a regular one, faster where the mount has no devices.
 * Then a FIFO that has taken the name since may be opened for a moment.
 */
int beneath_open_seen(const struct beneath *beneath, const char *name, int flags, struct stat *st);

/**
 * Open a file that was found, whatever has its name by now.
 *
 * @param found  an O_PATH descriptor
 * @param path   by which it was found: the only way where /proc is not mounted
 * @param flags  of open(2); O_NONBLOCK, O_NOCTTY, O_CLOEXEC are added
 * @return a descriptor, or -1 with errno of open(2), or ESTALE if the path leads elsewhere by now
 */
int beneath_reopen(int found, const char *path, int flags);

/**
 * Remove a name, unless something is mounted on it: unlinkat(2) itself refuses that for mounts of the
 * caller's namespace only, and would detach those of others. What somebody mounts between the look and
 * the removal is detached.
 *
 * @return 0, or -1 with errno: EXDEV if something is mounted on the name
 */
int beneath_unlink(const struct beneath *beneath, const char *name);

#endif
