/*
 * The access of the caller to a file.
 */
#ifndef SHMTOOL_BASE_ACCESS_H
#define SHMTOOL_BASE_ACCESS_H

/**
 * faccessat(2) with AT_EACCESS. That flag needs faccessat2(2) (Linux 5.8), which old seccomp filters
 * refuse with EPERM; then the real ids are asked for, which are the same for this program.
 *
 * @param wanted  R_OK, W_OK, X_OK
 * @return 0, or -1 with errno
 */
int access_check(int directory, const char *path, int wanted);

#endif
