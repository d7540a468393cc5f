/*
 * The sources of a stream of events, in words.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_SOURCES_H
#define SHMTOOL_COMMANDS_WATCH_SOURCES_H

#include "cli/command.h"
#include "events/stream.h"

/**
 * Print notes: the sources, and why no better ones are used.
 *
 * @param request         of the stream
 * @param period_given    the user chose the period of samples
 * @param names           receives the source of each kind, NULL: none
 * @return 0, or -1 if some kinds have no source; the error was printed
 */
int sources_announce(const struct command_context *context, const struct event_stream *stream,
                     const struct event_request *request, bool period_given,
                     const char *names[KIND_COUNT]);

#endif
