/*
 * Mapping of user and group ids. After the program has entered another user namespace, the kernel
 * reports ids as they are inside; the program continues to use the ids outside. See
 * user_namespaces(7).
 */
#ifndef SHMTOOL_SYSTEM_USER_MAP_H
#define SHMTOOL_SYSTEM_USER_MAP_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * Enter a user namespace and read its id mappings. It can't be left again, and no other one can be
 * entered from within. The process must be single-threaded.
 *
 * @param process    descriptor of /proc/PID of a process that is in it
 * @param namespace  descriptor of the namespace
 * @return 0, or -1 with errno: EBUSY if another one has been entered
 */
int user_map_enter(int process, int namespace);

/**
 * Check whether a user is mapped in the user namespace of a process, so that root there has the
 * permissions of this user.
 *
 * @param process  descriptor of /proc/PID
 * @param uid      as reported by the kernel
 */
bool user_map_has(int process, uid_t uid);

/** Check whether a user namespace has been entered. */
bool user_map_is_used(void);

/** The id outside for an id reported by the kernel; the same id if no namespace was entered. */
uid_t user_map_user(uid_t uid);

/** Like user_map_user(), for a group. */
gid_t user_map_group(gid_t gid);

/** The effective user id of the program, outside. */
uid_t user_map_caller(void);

/**
 * Check whether the program has root's permissions on objects of other users: it runs as root, or
 * it has entered a user namespace, for the objects in it.
 */
bool user_map_is_root(void);

#endif
