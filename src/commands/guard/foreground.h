/*
 * The terminal of a process that runs a program in the foreground: who gets its signals, and what
 * happens when the program is stopped or leaves the terminal to nobody. See credentials(7) and
 * tcsetpgrp(3).
 */
#ifndef SHMTOOL_COMMANDS_GUARD_FOREGROUND_H
#define SHMTOOL_COMMANDS_GUARD_FOREGROUND_H

#include <stdbool.h>
#include <sys/types.h>

struct foreground {
	int terminal; /* a descriptor of the controlling terminal, -1 if there is none */
	bool ours;    /* our process group was in the foreground at the beginning */
	bool asked;   /* SIGTSTP has come since the last SIGCONT */
};

/** Remember how it is before a program is started. */
void foreground_begin(struct foreground *foreground);

/**
 * A program was stopped. The shell that waits for us learns of it only if we stop, too. If the
 * program has a process group of its own, as an interactive shell has, that group is put into the
 * foreground again afterwards. SIGTSTP and SIGCONT must be blocked.
 *
 * @param program  its pid, not waited for yet
 */
void foreground_follow_stop(struct foreground *foreground, pid_t program);

/**
 * A program has ended: take the terminal back if it was ours and now belongs to its group, or to a
 * group that is gone.
 *
 * @param program  its pid, not waited for yet
 */
void foreground_end(struct foreground *foreground, pid_t program);

#endif
