/*
 * Processes, as far as shared memory has to do with them.
 */
#ifndef SHMTOOL_SYSTEM_PROCESS_H
#define SHMTOOL_SYSTEM_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

/** Length of a command's name in /proc/PID/comm, proc_pid_comm(5), with the NUL. */
enum { COMMAND_SIZE = 16 };

/** A process as /proc/PID/stat describes it, proc_pid_stat(5). */
struct process_stat {
	pid_t pid;
	pid_t parent;
	pid_t group; /* process group */
	char command[COMMAND_SIZE];
	char state;         /* 'R', 'S', 'T' stopped, 'Z' ended but not yet waited for */
	unsigned int flags; /* of PF_ in the kernel's <linux/sched.h> */
	long threads;
	unsigned long long start_ticks; /* clock ticks since boot */
};

/**
 * Look at a process.
 *
 * @return 0, or -1 with errno: ENOENT or ESRCH if there is none
 */
int process_read_stat(pid_t pid, struct process_stat *process);

/**
 * Tell whether the numbers in /proc are those that system calls of this process use: /proc can be
 * that of another pid namespace, pid_namespaces(7), where they are other processes'.
 *
 * @return false also if there is no /proc
 */
bool process_numbers_are_ours(void);

/** Tell whether a process has ended and was not yet waited for. */
bool process_has_ended(const struct process_stat *process);

/** When a process began, seconds since 1970, as the clock is set now. */
time_t process_began(const struct process_stat *process);

/** Tell whether proc(5) is mounted on /proc. */
bool process_proc_is_mounted(void);

/**
 * Tell whether a process lives, of this pid namespace: also one that /proc does not show, because it
 * hides it or belongs to another pid namespace.
 */
bool process_lives(pid_t pid);

/**
 * Find the IPC namespace of this process, ipc_namespaces(7), also where /proc belongs to another pid
 * namespace and does not show this process (Linux 6.11).
 *
 * @param st  receives what stat(2) says of it
 * @return 0, or -1 with errno: ENOSYS if the kernel has no such namespaces
 */
int process_own_ipc_namespace(struct stat *st);

/**
 * Look at the IPC namespace of any process.
 *
 * @param st  receives the status of /proc/PID/ns/ipc
 * @return 0, or -1 with errno: ENOENT if there is no such process, EACCES if it may not be looked into
 */
int process_ipc_namespace(pid_t pid, struct stat *st);

/** The clock by which processes begin: milliseconds since the machine was booted. */
uint64_t process_clock(void);

/** When a process began, by process_clock(); up to 10 milliseconds too early. */
uint64_t process_start(const struct process_stat *process);

/** The fate of the process that made something. */
enum process_creator {
	CREATOR_UNKNOWN, /* outside of this pid namespace, or there is such a process, but whether it
	                     is old enough does not show */
	CREATOR_LIVES,   /* the process with that number is old enough */
	CREATOR_GONE,    /* there is no such process, or it has ended and waits for its parent */
	CREATOR_REPLACED, /* its number belongs to a younger process */
};

/**
 * Judge by its start whether a living process can have made something.
 *
 * @param began  seconds since 1970, of process_began()
 * @param made   seconds since 1970
 * @return CREATOR_LIVES if it is old enough, CREATOR_REPLACED, or CREATOR_UNKNOWN if the clock was set
 *         since, so that the times can't be compared
 */
enum process_creator process_judge_creator(time_t began, time_t made);

/** The numbers of a process in its pid namespaces; these can be nested 32 deep, pid_namespaces(7). */
enum { PROCESS_NUMBERS = 33 };

/** The accounts and the numbers of a process, proc_pid_status(5). */
struct process_identity {
	uid_t uid; /* real */
	uid_t effective_uid;
	pid_t numbers[PROCESS_NUMBERS]; /* the first one in the pid namespace of /proc */
	size_t count;                   /* of numbers, at least 1 */
};

/**
 * Read the accounts and the numbers of a process, which everybody may.
 *
 * @return 0, or -1 with errno: ENOENT or ESRCH if there is none, EPROTO if /proc/PID/status has no such
 *         lines
 */
int process_read_identity(pid_t pid, struct process_identity *identity);

/**
 * Find the process that made a segment. A process that started after the segment was made only has
 * the creator's number: /proc/PID/stat, field 22, see proc_pid_stat(5).
 *
 * @param pid      the creator's, in this pid namespace; 0 if it is outside
 * @param made     when the segment was made or last changed, seconds since 1970
 * @param command  receives the name of the command as in /proc/PID/comm; empty unless the creator
 *                 lives
 */
enum process_creator process_find_creator(pid_t pid, time_t made, char command[COMMAND_SIZE]);

/**
 * Find the command of a segment's creator, if it still lives, as process_find_creator().
 *
 * @return true if it lives
 */
bool process_creator_command(pid_t pid, time_t made, char command[COMMAND_SIZE]);

/**
 * Read the name of a process's command, /proc/PID/comm, which everybody may.
 *
 * @param command  receives it; empty if the process has ended
 */
void process_command(pid_t pid, char command[COMMAND_SIZE]);

/**
 * Tell whether a process could have memory or open files: not a thread of the kernel, nor a process
 * that has ended and waits for its parent, nor one that is gone.
 *
 * @return true also if that can't be found out, but for processes that /proc hides
 */
bool process_can_hold(pid_t pid);

/**
 * Tell whether a file system is mounted somewhere in the mount namespace of a process:
 * /proc/PID/mountinfo, proc_pid_mountinfo(5), which can be read also of processes that may not be
 * looked into.
 *
 * @return true also if that can't be found out: of a process in a chroot(2), only what is mounted
 *         below its root shows
 */
bool process_has_mounted(pid_t pid, dev_t device);

/**
 * Tell whether /proc shows the processes of the whole machine. It has those of a pid namespace and
 * of the ones below, pid_namespaces(7): only in the first one there is kthreadd, as number 2.
 */
bool process_all_are_listed(void);

/** Tell whether /proc leaves out the processes of others: hidepid, proc(5). Everybody has a 1. */
bool process_some_are_hidden(void);

#endif
