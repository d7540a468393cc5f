/*
 * The arguments of any process: /proc/PID/cmdline, proc_pid_cmdline(5).
 */
#ifndef SHMTOOL_SYSTEM_PROCESS_ARGUMENTS_H
#define SHMTOOL_SYSTEM_PROCESS_ARGUMENTS_H

#include <stddef.h>
#include <sys/types.h>

/** A limit for the arguments of one process, in bytes. */
enum { ARGUMENTS_MAX = 1 << 20 };

/**
 * Read the command of a process with its arguments, as ps(1) shows them: with a blank between two.
 * A process can overwrite them, and they may hold any byte.
 *
 * @param most  bytes to read at most; ARGUMENTS_MAX suffices for any reasonable program
 * @return a string to be freed; NULL if the process has none (a kernel thread, a zombie), has
 *         exited, or can't be inspected
 */
char *process_arguments(pid_t pid, size_t most);

/**
 * Convert the bytes of /proc/PID/cmdline to the text of process_arguments().
 *
 * @param arguments  the bytes, with room for one more; receives the string
 */
void process_arguments_join(char *arguments, size_t length);

#endif
