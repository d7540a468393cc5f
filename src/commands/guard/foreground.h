/*
 * The terminal of a process that runs a program in the foreground: the foreground process group,
 * and what happens when the program stops or exits while it owns the terminal. See credentials(7)
 * and tcsetpgrp(3).
 */
#ifndef SHMTOOL_COMMANDS_GUARD_FOREGROUND_H
#define SHMTOOL_COMMANDS_GUARD_FOREGROUND_H

#include <stdbool.h>
#include <sys/types.h>

struct foreground {
	int terminal; /* a descriptor of the controlling terminal, -1 if there is none */
	bool ours;    /* our process group was in the foreground at the start */
	bool asked;   /* SIGTSTP arrived since the last SIGCONT */
};

/** Record the state before the program is started. */
void foreground_begin(struct foreground *foreground);

/**
 * Follow a stop of the program: stop as well, so that the waiting shell notices. If the program has
 * its own process group, as an interactive shell does, that group is put into the foreground again
 * afterwards. SIGTSTP and SIGCONT must be blocked.
 *
 * @param program  its pid; not reaped yet
 */
void foreground_follow_stop(struct foreground *foreground, pid_t program);

/**
 * After the program has exited: take back the terminal if it was ours and now belongs to the
 * program's group or to a group that is gone.
 *
 * @param program  its pid; not reaped yet
 */
void foreground_end(struct foreground *foreground, pid_t program);

#endif
