/*
 * The numbers of users and groups, for one who has entered somebody's user namespace: from there on
 * the kernel tells the numbers that they have within, and we go on with those that they have
 * outside. See user_namespaces(7).
 */
#ifndef SHMTOOL_SYSTEM_USER_MAP_H
#define SHMTOOL_SYSTEM_USER_MAP_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * Enter a user namespace, and learn how users are numbered there. There is no way back, and no other
 * one can be entered from within. The process must have one thread.
 *
 * @param process    descriptor of /proc/PID of a process that is in it
 * @param namespace  descriptor of the namespace
 * @return 0, or -1 with errno: EBUSY if another one was entered before
 */
int user_map_enter(int process, int namespace);

/**
 * Tell whether a user has a number in the user namespace of a process, so that who is root there may do
 * what this user may.
 *
 * @param process  descriptor of /proc/PID
 * @param uid      as the kernel tells it
 */
bool user_map_has(int process, uid_t uid);

/** Tell whether a user namespace was entered. */
bool user_map_is_used(void);

/** The number outside for one that the kernel has told; the same one if nothing was entered. */
uid_t user_map_user(uid_t uid);

/** The same of a group. */
gid_t user_map_group(gid_t gid);

/** The effective user who runs the program, by his number outside. */
uid_t user_map_caller(void);

/**
 * Tell whether nothing that belongs to others is forbidden: to root, and to who has entered a user
 * namespace, of what is in it.
 */
bool user_map_is_root(void);

#endif
