/*
 * The privileges of the program: it drops every capability that it does not use, capabilities(7),
 * and refuses to run with privileges granted by its file (set-user-ID, file capabilities).
 */
#ifndef SHMTOOL_SYSTEM_PRIVILEGES_H
#define SHMTOOL_SYSTEM_PRIVILEGES_H

#include <stdbool.h>

/** Tasks that need capabilities, as bits. */
enum privilege_use {
	PRIVILEGE_LOOK = 1 << 0,   /* list objects of other users, and inspect processes */
	PRIVILEGE_FOLLOW = 1 << 1, /* follow mappings without a name, proc_pid_map_files(5) */
	PRIVILEGE_REMOVE = 1 << 2, /* prove that objects are unused, and remove them */
	PRIVILEGE_ENTER = 1 << 3,  /* enter namespaces of other processes, setns(2) */
	PRIVILEGE_MOUNTS = 1 << 4, /* enter mount namespaces, in a child process */
};

/**
 * Drop all capabilities that are not needed, permanently. Must be called before threads are
 * created. Without CAP_SYS_PTRACE nothing is dropped: the kernel then lets a process inspect only
 * processes whose capabilities are a subset of its own, ptrace(2).
 *
 * @param uses  bits of enum privilege_use
 */
void privileges_keep(unsigned int uses);

/**
 * Drop the same capabilities again, since setns(2) into a user namespace grants all capabilities in
 * it. Does nothing if privileges_keep() has not been called.
 */
void privileges_keep_again(void);

/** Whether the program may inspect the processes of all users: it has CAP_SYS_PTRACE, ptrace(2). */
bool privileges_can_inspect(void);

/**
 * Check whether the program's file grants privileges that the user does not have: it is
 * set-user-ID, set-group-ID or has file capabilities. AT_SECURE of getauxval(3) alone is not
 * sufficient: security modules set it, too, for example for a service started by systemd.
 */
bool privileges_are_lent(void);

#endif
