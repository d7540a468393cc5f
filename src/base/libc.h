/*
 * Functions of glibc that other C libraries lack; the compiler includes this file first (Makefile).
 * musl: statx(2) since 1.2.5, renameat2(2) and scandirat(3) not yet; ioctl(2) takes an int.
 */
#ifndef SHMTOOL_BASE_LIBC_H
#define SHMTOOL_BASE_LIBC_H

#include <features.h>

#ifndef __GLIBC__

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef STATX_TYPE
#include <linux/stat.h>

static inline int statx(int directory, const char *path, int flags, unsigned int mask,
                        struct statx *status)
{
	return (int)syscall(SYS_statx, directory, path, flags, mask, status);
}
#endif

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1U

static inline int renameat2(int from_directory, const char *from, int to_directory, const char *to,
                            unsigned int flags)
{
	return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
}
#endif

struct dirent;
int scandirat(int directory, const char *path, struct dirent ***entries,
              int (*select)(const struct dirent *),
              int (*compare)(const struct dirent **, const struct dirent **));

#define ioctl(fd, request, ...) ioctl(fd, (int)(request), ##__VA_ARGS__)

#endif

#endif
