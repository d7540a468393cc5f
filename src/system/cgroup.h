/*
 * The control group of a process, cgroups(7), and a short name for it: the systemd unit, container
 * or batch job that the group belongs to.
 *
 * The names of control groups are a convention of the program that creates them. A user to whom a
 * group is delegated can create groups of any name below it, so a name is no proof.
 */
#ifndef SHMTOOL_SYSTEM_CGROUP_H
#define SHMTOOL_SYSTEM_CGROUP_H

#include <sys/types.h>

/** How specific the short name of a control group is. */
enum cgroup_rank {
	CGROUP_PATH,  /* it is the path */
	CGROUP_SLICE, /* a slice of systemd */
	CGROUP_UNIT,  /* another unit of systemd */
	CGROUP_GUEST, /* a container, virtual machine, pod or batch job */
};

/** Room for a short name, except one that is a path: two names of files and a word. */
enum { CGROUP_NAME_SIZE = 600 };

/** A control group; the caller frees the members with free(3). */
struct cgroup {
	char *path; /* from the root of the hierarchy; NULL: unknown */
	char *unit; /* the short name; NULL: unknown */
};

/**
 * Find the short name of a control group.
 *
 * @param path  from the root of its hierarchy: "/system.slice/sshd.service"
 * @param name  receives "sshd.service", "docker:0123456789ab", "slurm:123.0" and the like; empty if
 *              CGROUP_PATH
 */
enum cgroup_rank cgroup_name(const char *path, char name[CGROUP_NAME_SIZE]);

/**
 * Choose a control group from the text of /proc/PID/cgroup. A process is in one group of each
 * hierarchy: the one whose short name is the most specific is chosen; of equal ones, that of version
 * 2, then that of systemd, then that of the memory controller.
 *
 * @param text    modified
 * @param cgroup  receives copies
 * @return 0, or -1 if the text names no group
 */
int cgroup_choose(char *text, struct cgroup *cgroup);

/**
 * Read the control group of a process, which needs no permission.
 *
 * @param cgroup  receives the group; all members NULL on failure
 * @return 0, or -1 with errno: ENOENT or ESRCH if there is no such process, or the kernel does not
 *         support control groups
 */
int cgroup_read(pid_t pid, struct cgroup *cgroup);

#endif
