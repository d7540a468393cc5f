/*
 * The file systems in memory, tmpfs(5), devtmpfs and hugetlbfs, that are mounted in any mount
 * namespace, each once: mount_namespaces(7), proc_pid_mountinfo(5).
 *
 * Listing them opens none of them. The use of a tmpfs is read by the device number, with ustat(2),
 * so it is known even if something is mounted over it. Where that call is missing (64-bit ARM) or
 * denied, the directory is opened by tmpfs_open().
 */
#ifndef SHMTOOL_SYSTEM_TMPFS_LIST_H
#define SHMTOOL_SYSTEM_TMPFS_LIST_H

#include "system/mount.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum tmpfs_type {
	TMPFS_PLAIN,   /* tmpfs; also the initial root file system, if it is one */
	TMPFS_DEVICES, /* devtmpfs: its files are in memory as those of a tmpfs are */
	TMPFS_HUGE,    /* hugetlbfs */
};

struct tmpfs {
	dev_t device;
	enum tmpfs_type type;
	uint64_t page_bytes; /* TMPFS_HUGE: size of its pages; 0: unknown */
	char *point;         /* mount point, relative to the root directory of the process */
	char *root;          /* directory of the file system that is mounted there: mostly "/" */
	pid_t pid;           /* a process that has it mounted there; the program's own if is_own */
	ino_t namespace;     /* mount namespace of that process; 0: unknown */
	bool is_own;         /* it is mounted in the program's own mount namespace */
	bool is_hidden;      /* something is mounted over each of its mount points */
	bool has_use;        /* the members below are known */
	int failure;         /* if not: errno; 0: the file system does not count its blocks */
	uint64_t used;       /* bytes in memory and in swap, including removed files */
	uint64_t files;      /* inodes except that of the root directory; 0: not counted */
};

struct tmpfs_list {
	struct tmpfs *items; /* the program's own first, then in the order of the processes */
	size_t count;
};

/**
 * List the file systems in memory.
 *
 * A file system that is mounted in several namespaces or places is listed with the best one: in the
 * program's own namespace, not hidden, its root directory.
 *
 * @param list  receives them; free with tmpfs_list_free(), also on failure
 * @return 0, or -1 with errno if /proc, or the mounts of this process, can't be read, or a temporary
 *         shortage hid those of others; the list then has the rest
 */
int tmpfs_list_read(struct tmpfs_list *list);

void tmpfs_list_free(struct tmpfs_list *list);

/** The file system with a device, or NULL. */
const struct tmpfs *tmpfs_list_find(const struct tmpfs_list *list, dev_t device);

/**
 * Check whether a mount is of a file system in memory.
 *
 * @param type  receives its type
 */
bool tmpfs_find_type(const struct mount *mount, enum tmpfs_type *type);

/**
 * Find an amount among the options of a mount: "rw,size=1024k,nr_inodes=100", "rw,pagesize=2M".
 *
 * @param name    of the option: "size"; the first one of this name counts
 * @param amount  receives it, with a unit in bytes; unchanged on failure
 * @return false if there is no such option, or if it is no amount of less than 2^64
 */
bool tmpfs_find_option(const char *options, const char *name, uint64_t *amount);

/** The word for its type, as in /proc/filesystems: "tmpfs". */
const char *tmpfs_type_word(enum tmpfs_type type);

/**
 * Open the directory of a file system that is mounted, in a child process with a deadline, because
 * the path may lead through a file system that does not answer: remote_directory_open().
 *
 * @return an O_PATH descriptor that is certain to be of this file system; or -1 with errno: EBUSY if
 *         something is mounted over it, ESTALE if something else is there now, ETIMEDOUT
 */
int tmpfs_open(const struct tmpfs *tmpfs);

#endif
