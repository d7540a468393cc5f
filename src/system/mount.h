/*
 * Mounts, as /proc/self/mountinfo lists them: proc_pid_mountinfo(5).
 */
#ifndef SHMTOOL_SYSTEM_MOUNT_H
#define SHMTOOL_SYSTEM_MOUNT_H

#include <sys/types.h>

/**
 * Find the device that /proc/PID/maps and /proc/PID/mountinfo have for the files of a mount: that of
 * the file system, where stat(2) may tell that of a part, as of a subvolume of btrfs.
 *
 * @param path    of a file or directory
 * @param device  of it, as stat(2) has it
 * @return the device; what was given if it can't be found out (before Linux 5.8)
 */
dev_t mount_device(const char *path, dev_t device);

#endif
