/*
 * The makers of objects, without privileges: a seccomp filter in the program and its descendants
 * has the kernel notify us before each call that can make an object, seccomp_unotify(2). The call
 * continues as soon as it is recorded.
 *
 * A notification precedes its call, so a make is believed only together with its object:
 * makers_sysv.h and makers_files.h describe the proof.
 */
#ifndef SHMTOOL_EVENTS_MAKERS_H
#define SHMTOOL_EVENTS_MAKERS_H

#include "error.h"
#include "events/make.h"
#include "events/makers_observer.h"
#include "objects/object.h"

#include <stdbool.h>
#include <sys/types.h>

struct makers;

/**
 * Before the program is forked: prepare to listen, and start the keeper, makers_keeper.h. The caller
 * must have one thread.
 *
 * @param error  receives why the kernel does not report makers
 * @return free with makers_free(); NULL with error set
 */
struct makers *makers_prepare(const struct makers_request *request, struct error *error);

/**
 * In the child, before execve(2): install the filter and send the listener to the parent. Sets
 * no_new_privs if the caller lacks CAP_SYS_ADMIN. Failures are reported to the parent.
 *
 * @param makers  NULL is permitted
 * @return 0, or -1 with errno if the filter may be installed, but nobody listens: the program must not
 *         be run
 */
int makers_install(const struct makers *makers);

/** The keeper, a child of the caller that outlives it if processes of the program do. */
pid_t makers_keeper(const struct makers *makers);

/** A descriptor for poll(2), readable when makers_read() is due. */
int makers_fd(const struct makers *makers);

/**
 * Record the calls so far, and let them go on. After a call, waits for the next one for up to a
 * millisecond, and for at most ten milliseconds in all.
 */
void makers_read(struct makers *makers);

/** The same for some time. */
void makers_wait(struct makers *makers, unsigned int milliseconds);

/**
 * Check whether the calls of the program are reported. Until the child has called
 * makers_install(), they are not.
 *
 * @param error  if not, receives the reason; NULL is permitted
 */
bool makers_listen(const struct makers *makers, struct error *error);

/**
 * Record nothing any more: from here on, the keeper lets the calls of remaining processes go on.
 * The last chance to find the objects of calls that have just been recorded.
 */
void makers_finish(struct makers *makers);

/**
 * Have the calls observed that makers_read() takes from now on. Needs the request for uses.
 *
 * @param observer  not copied; NULL: none any more
 */
void makers_observe(struct makers *makers, const struct makers_observer *observer);

/** Check whether the calls are observed. */
bool makers_are_observed(const struct makers *makers);

/**
 * Find the call that made an object.
 *
 * @param object  as listed after the last makers_read()
 * @return NULL if it is not proven that one of the program's processes made it
 */
const struct make *makers_find(const struct makers *makers, const struct shm_object *object);

/** The same for any file in POSIX_DIRECTORY: a directory, a link. */
const struct make *makers_find_file(const struct makers *makers, const char *name);

/**
 * Find the call that caused the report of a new POSIX object, which may be removed already. Unlike
 * makers_find(), this is no proof: another process of the same user may have made it in the moment of
 * the call.
 *
 * @param object  as reported; each of its reports finds another call
 * @return NULL: unknown, or only makers_find() can know it; valid until the next makers_read()
 */
const struct make *makers_take(struct makers *makers, const struct shm_object *object);

/**
 * Free everything, and reap the keeper if no process of the program is left. The program itself must
 * have been reaped. NULL is permitted.
 */
void makers_free(struct makers *makers);

#endif
