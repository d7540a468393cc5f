/*
 * Attributes of processes that matter for shared memory.
 */
#ifndef SHMTOOL_SYSTEM_PROCESS_H
#define SHMTOOL_SYSTEM_PROCESS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

/** Size of a command name in /proc/PID/comm, proc_pid_comm(5), with the NUL. */
enum { COMMAND_SIZE = 16 };

/** A process as /proc/PID/stat describes it, proc_pid_stat(5). */
struct process_stat {
	pid_t pid;
	pid_t parent;
	pid_t group; /* process group */
	char command[COMMAND_SIZE];
	char state;         /* 'R', 'S', 'T' stopped, 'Z' zombie */
	unsigned int flags; /* PF_... of the kernel's <linux/sched.h> */
	long threads;
	unsigned long long start_ticks; /* clock ticks since boot */
};

/**
 * Read a small file of /proc/PID, by one read(2).
 *
 * @param file  its name: "comm"
 * @param text  receives the contents, truncated to size - 1 bytes
 * @return the length in bytes, or -1 with errno: ENOENT or ESRCH if there is no such process
 */
ssize_t process_read_file(pid_t pid, const char *file, char *text, size_t size);

/**
 * Parse the text of /proc/PID/stat.
 *
 * @param stat  receives everything but the pid
 * @return whether it has that form
 */
bool process_stat_parse(const char *text, struct process_stat *stat);

/**
 * Read /proc/PID/stat.
 *
 * @return 0, or -1 with errno: ENOENT or ESRCH if there is no such process
 */
int process_read_stat(pid_t pid, struct process_stat *process);

/**
 * Check whether an errno of process_read_stat() means that the process has exited, or is hidden and so
 * of another user, and not that it could not be read.
 */
bool process_is_unseen(int error);

/**
 * Check whether the pids in /proc are those that system calls of this process use: /proc may belong
 * to another pid namespace, pid_namespaces(7), in which they denote other processes.
 *
 * @return false also if there is no /proc
 */
bool process_numbers_are_ours(void);

/** The pid in /proc of this process; -1 if there is no /proc, or it does not show this process. */
pid_t process_own_number(void);

/** Check whether a process is a zombie. */
bool process_has_ended(const struct process_stat *process);

/** Start time of a process in seconds since 1970, by the current setting of the clock. */
time_t process_began(const struct process_stat *process);

/** Check whether proc(5) is mounted on /proc. */
bool process_proc_is_mounted(void);

/**
 * Check whether a process of this pid namespace exists, even if /proc does not list it (hidepid, or
 * /proc of another pid namespace).
 */
bool process_lives(pid_t pid);

/**
 * Find the IPC namespace of this process, ipc_namespaces(7), also if /proc belongs to another pid
 * namespace and does not list this process (since Linux 6.11).
 *
 * @param st  receives the status of the namespace
 * @return 0, or -1 with errno: ENOSYS if the kernel does not support IPC namespaces
 */
int process_own_ipc_namespace(struct stat *st);

/**
 * Find the IPC namespace of any process.
 *
 * @param st  receives the status of /proc/PID/ns/ipc
 * @return 0, or -1 with errno: ENOENT if there is no such process, EACCES if it can't be inspected
 */
int process_ipc_namespace(pid_t pid, struct stat *st);

/** The clock of process start times: milliseconds since boot. */
uint64_t process_clock(void);

/** Start time of a process by process_clock(); up to 10 milliseconds too early. */
uint64_t process_start(const struct process_stat *process);

/** The process that created a segment. */
enum process_creator {
	CREATOR_UNKNOWN,  /* outside this pid namespace; or the pid exists, but it is unknown
	                      whether that process is old enough */
	CREATOR_LIVES,    /* the process with that pid is old enough */
	CREATOR_GONE,     /* there is no such process, or it is a zombie */
	CREATOR_REPLACED, /* the pid belongs to a younger process */
};

/**
 * Check by its start time whether a running process can have created something.
 *
 * @param began  from process_began()
 * @param made   creation time, seconds since 1970
 * @return CREATOR_LIVES if the process is old enough, CREATOR_REPLACED, or CREATOR_UNKNOWN if the
 *         clock has been set since, so that the times are not comparable
 */
enum process_creator process_judge_creator(time_t began, time_t made);

/** Maximum number of pids of a process: one for each of up to 33 nested pid namespaces. */
enum { PROCESS_NUMBERS = 33 };

/** User ids and pids of a process, proc_pid_status(5). */
struct process_identity {
	uid_t uid; /* real */
	uid_t effective_uid;
	pid_t numbers[PROCESS_NUMBERS]; /* pids; the first one is that in /proc's pid namespace */
	size_t count;                   /* of numbers, at least 1 */
};

/**
 * Parse the text of /proc/PID/status.
 *
 * @param stream    read as far as it is needed
 * @param identity  with its first pid; receives the rest
 * @return 0, or -1 with errno: EPROTO if it lacks the lines, or that of a failed read
 */
int process_identity_parse(FILE *stream, struct process_identity *identity);

/**
 * Read the user ids and pids of a process, which needs no permission.
 *
 * @return 0, or -1 with errno: ENOENT or ESRCH if there is no such process, EPROTO if
 *         /proc/PID/status lacks the lines
 */
int process_read_identity(pid_t pid, struct process_identity *identity);

/**
 * Find the process that created a segment. A process that started after the segment was created
 * merely has the same pid: /proc/PID/stat, field 22, see proc_pid_stat(5).
 *
 * @param pid      of the creator, in this pid namespace; 0 if it is outside
 * @param made     when the segment was created or last changed, seconds since 1970
 * @param command  receives the command name as in /proc/PID/comm; empty unless CREATOR_LIVES
 */
enum process_creator process_find_creator(pid_t pid, time_t made, char command[COMMAND_SIZE]);

/**
 * Find the command of a segment's creator, see process_find_creator().
 *
 * @return true if CREATOR_LIVES
 */
bool process_creator_command(pid_t pid, time_t made, char command[COMMAND_SIZE]);

/**
 * Read the command name of a process from /proc/PID/comm, which needs no permission.
 *
 * @param command  receives the name; empty if the process has exited
 */
void process_command(pid_t pid, char command[COMMAND_SIZE]);

/** A command name for a sentence: "-" if it is not known. */
static inline const char *process_command_text(const char *command)
{
	return *command != '\0' ? command : "-";
}

/**
 * Read the name of the file that a process executes: of a script, its interpreter. If only its owner
 * and root with CAP_SYS_PTRACE may, the name comes from its arguments, as it was called.
 *
 * @param name  receives the name without its directory; empty if it is unknown
 */
void process_executable(pid_t pid, char name[NAME_MAX + 1]);

/**
 * Check whether a process can have memory or open files: it exists, and is neither a kernel thread
 * nor a zombie.
 *
 * @return true also if that can't be determined, except for processes that /proc hides
 */
bool process_can_hold(pid_t pid);

/**
 * Check whether a file system is in the text of /proc/PID/mountinfo.
 *
 * @param stream  read as far as it is needed
 * @return true also if that can't be determined, see process_has_mounted()
 */
bool process_mounts_have(FILE *stream, dev_t device);

/**
 * Check whether a file system is mounted in the mount namespace of a process, by
 * /proc/PID/mountinfo, proc_pid_mountinfo(5), which is readable even if the process can't be
 * inspected otherwise.
 *
 * @return true also if that can't be determined: for a process in a chroot(2), only the mounts
 *         below its root are listed
 */
bool process_has_mounted(pid_t pid, dev_t device);

/**
 * Check whether /proc lists the processes of the whole machine. It lists those of a pid namespace
 * and its descendants, pid_namespaces(7); only in the initial one, pid 2 is kthreadd.
 */
bool process_all_are_listed(void);

/** Check whether /proc hides processes of other users: hidepid, proc(5). Pid 1 always exists. */
bool process_some_are_hidden(void);

#endif
