/*
 * Watching events as they happen.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_LIVE_H
#define SHMTOOL_COMMANDS_WATCH_LIVE_H

#include "commands/watch/session.h"
#include "events/stream.h"

/**
 * Pass events to a session as they happen, until its end, a signal, the time limit or the end of the
 * program. Prints errors, and notes about the sources of the events.
 *
 * @param request  what to listen to; its program is set here
 * @param ended    receives the signal that ended it, which the caller must not outlive; 0: none
 * @return the exit status
 */
enum exit_status live(struct session *session, const struct event_request *request, int *ended);

#endif
