/*
 * Mounts, as /proc/PID/mountinfo lists them: proc_pid_mountinfo(5).
 */
#ifndef SHMTOOL_SYSTEM_MOUNT_H
#define SHMTOOL_SYSTEM_MOUNT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/** A mount. */
struct mount {
	uint64_t id;     /* as in name_to_handle_at(2) and STATX_MNT_ID */
	uint64_t parent; /* id of the mount that it is mounted on */
	dev_t device;    /* of the file system */
	char *root;      /* directory of the file system that is mounted */
	char *point;     /* mount point, relative to the root directory of the process */
	char *type;      /* of the file system: "tmpfs", "fuse.sshfs" */
	char *options;   /* of the file system; other characters in a value as "\054" */
};

struct mount_table {
	struct mount *mounts;
	size_t count;
};

/**
 * Parse the text of /proc/PID/mountinfo.
 *
 * @param stream  read to its end
 * @param table   receives the mounts; free with mount_table_free(), also on failure
 * @return 0, or -1 with errno if it can't be read
 */
int mount_table_parse(FILE *stream, struct mount_table *table);

/**
 * Read the mounts that a process sees, without opening any of them.
 *
 * @param process  descriptor of /proc/PID; -1 for this process
 * @param table    receives the mounts; free with mount_table_free(), also on failure
 * @return 0, or -1 with errno
 */
int mount_table_read(int process, struct mount_table *table);

/**
 * Read the mounts of any process.
 *
 * @param proc       descriptor of /proc
 * @param directory  of the process in it: "4242", "self"
 * @param table      receives the mounts; free with mount_table_free(), also on failure
 * @return 0, or -1 with errno
 */
int mount_table_read_of(int proc, const char *directory, struct mount_table *table);

void mount_table_free(struct mount_table *table);

/** The mount with an id, or NULL. */
const struct mount *mount_table_find(const struct mount_table *table, uint64_t id);

/**
 * Find the mount that contains a path, provided that no part of it is a symbolic link.
 *
 * @param path  absolute
 * @return NULL if it is not in the table: the root directory of a process need not be a mount point
 */
const struct mount *mount_table_at(const struct mount_table *table, const char *path);

/**
 * Find the mount through which a descriptor was opened: by statx(2), since Linux 5.8, or in /proc.
 *
 * @param fd  O_PATH suffices
 * @param id  receives the id of the mount
 * @return 0, or -1
 */
int mount_of_descriptor(int fd, uint64_t *id);

/**
 * Find the device that /proc/PID/maps and /proc/PID/mountinfo report for the files of a mount. It
 * is that of the file system, while stat(2) may report that of a part, such as a btrfs subvolume.
 *
 * @param path    of a file or directory
 * @param device  its device, as reported by stat(2)
 * @return the device; the given one if it can't be determined (before Linux 5.8)
 */
dev_t mount_device(const char *path, dev_t device);

#endif
