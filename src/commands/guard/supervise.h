/*
 * Running a program under supervision: its status is always learned, its descendants stay known,
 * and terminal and signals behave as if it had been started directly.
 *
 * The program stays in the supervisor's process group, so that signals of the terminal and stops by
 * a shell reach both. All signals are blocked in the supervisor. Those sent to the supervisor alone
 * are passed on, except signals from the program or its descendants. SIGKILL and SIGSTOP can't be
 * passed on.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_SUPERVISE_H
#define SHMTOOL_COMMANDS_GUARD_SUPERVISE_H

#include "cli/command.h"
#include "commands/guard/descendants.h"
#include "commands/guard/middleman.h"
#include "system/process_list.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct makers;

/** The time between SIGTERM and SIGKILL, in milliseconds. */
enum { SUPERVISE_GRACE = 5000 };

/** Callbacks while the program runs; functions may be NULL. */
struct supervise_observer {
	/* Called periodically, and after the program has exited. */
	void (*look)(void *closure);
	int period; /* time between two calls, in milliseconds */
	/*
	 * Called when a descendant has exited that the program did not reap. Its start, and a time
	 * when it still existed, are by process_clock().
	 */
	void (*ended)(void *closure, pid_t pid, uint64_t begin, uint64_t end);
	/*
	 * A descriptor to poll, -1 for none, which the functions may change; and the function to
	 * call when it is readable.
	 */
	const int *descriptor;
	void (*readable)(void *closure);
	void *closure;
	struct makers *makers; /* to install in the program, and to read; NULL for none */
};

/** The result of a program. */
struct supervised {
	pid_t pid;    /* not reaped until supervise_release(); 0 if it did not run */
	bool ran;     /* false: it could not be executed or supervised; the error was printed */
	int status;   /* as in shells: its own, STATUS_SIGNAL + N, 126, 127 */
	time_t begin; /* seconds since 1970 */
	uint64_t duration;               /* milliseconds */
	struct middlemen middlemen;      /* those that stay until supervise_end_all() */
	struct descendants *descendants; /* of supervise_run() */
};

/**
 * Run the program of a command line and wait for it to exit. From here on, the caller is a
 * subreaper and has all signals blocked.
 *
 * @param context  with a program
 * @param end_all  whether all descendants of the program are terminated if the caller is killed;
 *                 then call supervise_end_all() afterwards
 * @param observer  NULL for none
 * @param descendants  of the caller, after descendants_begin(); receives the program
 * @param result   receives the result; until supervise_release(), the process stays visible in
 *                 /proc
 */
void supervise_run(const struct command_context *context, bool end_all,
                   const struct supervise_observer *observer, struct descendants *descendants,
                   struct supervised *result);

/**
 * Terminate all descendants of the program: SIGTERM, and SIGKILL after SUPERVISE_GRACE. This
 * completes even if the caller is killed meanwhile.
 *
 * @param left  receives those that could not be terminated, free with process_list_free()
 * @return 0, or -1 with errno if they can't be listed
 */
int supervise_end_all(struct supervised *result, struct process_list *left);

/** Reap the program. */
void supervise_release(struct supervised *result);

#endif
