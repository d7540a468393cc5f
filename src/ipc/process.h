/*
 * Processes, as far as shared memory has to do with them.
 */
#ifndef SHMTOOL_IPC_PROCESS_H
#define SHMTOOL_IPC_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/** Length of a command's name in /proc/PID/comm, proc_pid_comm(5), with the NUL. */
enum { COMMAND_SIZE = 16 };

/**
 * Find the command of a segment's creator, if it still lives. A process that started after the
 * segment was made only has the creator's number: /proc/PID/stat, field 22, see proc_pid_stat(5).
 *
 * @param pid      the creator's, in this pid namespace; 0 if it is outside
 * @param made     when the segment was made or last changed, seconds since 1970
 * @param command  receives the name of the command as in /proc/PID/comm
 * @return true if it lives
 */
bool process_creator_command(pid_t pid, time_t made, char command[COMMAND_SIZE]);

#endif
