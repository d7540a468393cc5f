/*
 * Mounts, as /proc/PID/mountinfo lists them: proc_pid_mountinfo(5).
 */
#ifndef SHMTOOL_SYSTEM_MOUNT_H
#define SHMTOOL_SYSTEM_MOUNT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** A mount. */
struct mount {
	uint64_t id;     /* of name_to_handle_at(2), STATX_MNT_ID */
	uint64_t parent; /* id of the mount that it is mounted on */
	dev_t device;    /* of the file system */
	char *root;      /* the directory of the file system that is mounted */
	char *point;     /* where, below the root directory of the process */
	char *type;      /* of the file system: "tmpfs", "fuse.sshfs" */
	char *options;   /* of the file system */
};

struct mount_table {
	struct mount *mounts;
	size_t count;
};

/**
 * Read the mounts that a process sees; nothing that is mounted is opened.
 *
 * @param process  descriptor of /proc/PID; -1 for ourselves
 * @param table    receives them, to be freed with mount_table_free() also after a failure
 * @return 0, or -1 with errno
 */
int mount_table_read(int process, struct mount_table *table);

void mount_table_free(struct mount_table *table);

/** The mount with a number, or NULL. */
const struct mount *mount_table_find(const struct mount_table *table, uint64_t id);

/**
 * Find the mount in which a path ends, if no part of it is a symbolic link.
 *
 * @param path  absolute
 * @return NULL if that is none of the table: the root directory of a process need be none
 */
const struct mount *mount_table_at(const struct mount_table *table, const char *path);

/**
 * Find the mount that a descriptor was opened through: by statx(2), since Linux 5.8, or in /proc.
 *
 * @param fd  O_PATH will do
 * @param id  receives its number
 * @return 0, or -1
 */
int mount_of_descriptor(int fd, uint64_t *id);

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
