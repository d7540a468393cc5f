/*
 * A program that is run under supervision: whatever it does, its status is learned, no process that
 * comes from it gets out of sight, and the terminal and the signals are as if it had been started
 * directly.
 *
 * It stays in the process group of the supervisor, so that a terminal's signals and the stop by a
 * shell reach both. All signals are blocked in the supervisor. Those that somebody sends to it
 * alone are passed on; those from the program itself or from what it has started are not. SIGKILL and
 * SIGSTOP can't be passed on.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_SUPERVISE_H
#define SHMTOOL_COMMANDS_GUARD_SUPERVISE_H

#include "cli/command.h"
#include "commands/guard/middleman.h"
#include "system/process_list.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/** After SIGTERM, processes have this time to end, in milliseconds. */
enum { SUPERVISE_GRACE = 5000 };

/** Callbacks while the program runs; functions may be NULL. */
struct supervise_observer {
	/* Called again and again, and when the program has ended. */
	void (*look)(void *closure);
	int period; /* between two looks, in milliseconds */
	/* A descendant has ended that the program did not wait for. It began, and was still there, by
	 * process_clock(). */
	void (*ended)(void *closure, pid_t pid, uint64_t begin, uint64_t end);
	/* A descriptor that is waited for, -1 for none, and what is called when it can be read. */
	int descriptor;
	void (*readable)(void *closure);
	void *closure;
};

/** The outcome of a program. */
struct supervised {
	pid_t pid;         /* not waited for until supervise_release(); 0 if it did not run */
	bool ran;          /* false: it could not be executed, which was printed */
	int status;        /* as shells have it: its own, STATUS_SIGNAL + N, 126, 127 */
	time_t begin;      /* seconds since 1970 */
	uint64_t duration; /* milliseconds */
	struct middlemen middlemen; /* those that stay until supervise_end_all() */
};

/**
 * Run the program of a command line and wait for its end. From here on the caller is a subreaper
 * and has all signals blocked.
 *
 * @param context  with a program
 * @param end_all  whether all that comes from the program is ended if the caller is killed; then
 *                 supervise_end_all() must follow
 * @param observer  NULL for none
 * @param result   receives what has become of it; until supervise_release(), the process can be
 *                 looked at in /proc
 */
void supervise_run(const struct command_context *context, bool end_all,
                   const struct supervise_observer *observer, struct supervised *result);

/**
 * End all that the program has left running: SIGTERM, and SIGKILL after SUPERVISE_GRACE. That is finished
 * also if the caller is killed meanwhile.
 *
 * @param left  receives those that could not be ended, to be freed with process_list_free()
 * @return 0, or -1 with errno if they can't be listed
 */
int supervise_end_all(struct supervised *result, struct process_list *left);

/** Let go of the program's process. */
void supervise_release(struct supervised *result);

#endif
