/*
 * The program's rights beyond an ordinary user's: it gives up every capability that it does not
 * use, capabilities(7), and refuses rights that were lent to it by its file.
 */
#ifndef SHMTOOL_SYSTEM_PRIVILEGES_H
#define SHMTOOL_SYSTEM_PRIVILEGES_H

#include <stdbool.h>

/** Tasks of a command that need capabilities; combined with |. */
enum privilege_use {
	PRIVILEGE_LOOK = 1 << 0,   /* list objects of other users, and look into processes */
	PRIVILEGE_FOLLOW = 1 << 1, /* follow mappings without a name, proc_pid_map_files(5) */
	PRIVILEGE_REMOVE = 1 << 2, /* prove that objects are unused, and remove them */
	PRIVILEGE_ENTER = 1 << 3,  /* enter namespaces of other processes, setns(2) */
};

/**
 * Give up all capabilities but those that are needed, for this process's whole life. To be called
 * before there are threads. Where CAP_SYS_PTRACE is missing, nothing is given up: the kernel then
 * lets a process look only into processes whose capabilities are a subset of its own, ptrace(2).
 *
 * @param uses  of enum privilege_use, combined
 */
void privileges_keep(unsigned int uses);

/**
 * Give up again what privileges_keep() gave up: setns(2) into a user namespace grants every
 * capability in it. Does nothing if privileges_keep() was not called.
 */
void privileges_keep_again(void);

/**
 * Tell whether the program's file lends rights that its user does not have: it is set-user-ID,
 * set-group-ID or has file capabilities. AT_SECURE of getauxval(3) alone does not say that: security
 * modules set it, too, for a service that systemd starts, for example.
 */
bool privileges_are_lent(void);

#endif
