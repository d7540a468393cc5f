/*
 * One stream of events from the best sources that are available, in the order of their times.
 */
#ifndef SHMTOOL_EVENTS_STREAM_H
#define SHMTOOL_EVENTS_STREAM_H

#include "error.h"
#include "events/event.h"
#include "events/source.h"

struct event_stream;

/** How the events of some kinds become known. */
struct event_source_note {
	unsigned int kinds; /* bits of KIND_BIT() */
	const char *name;   /* "tracepoints", "seccomp", "fanotify", "inotify", "sampling" */
	bool samples;       /* misses what is shorter than the period */
	/* Why no better source is used: a sentence without a period; NULL: it is the best. */
	const char *why;
};

/**
 * Start listening. Everything that happens after this function has returned is reported.
 *
 * @param request  what to listen to; copied
 * @param error    receives why no source at all is available
 * @return close with event_stream_close(); NULL with error set
 */
struct event_stream *event_stream_open(const struct event_request *request, struct error *error);

/** Describe the sources in use: the i-th, or NULL after the last. */
const struct event_source_note *event_stream_source(const struct event_stream *stream, size_t i);

/** A descriptor for poll(2), readable when event_stream_read() is due. */
int event_stream_fd(const struct event_stream *stream);

/** Receive one event, which is valid until the function returns. */
typedef void event_handler(void *closure, const struct event *event);

/**
 * Pass on the events so far, in the order of their times. Does not wait, and may hold back the
 * newest events until it is certain that no earlier one is on its way.
 *
 * @param finish  hold back nothing: no more reads will follow
 */
void event_stream_read(struct event_stream *stream, bool finish, event_handler *handler,
                       void *closure);

/** Stop listening; nothing is left behind. NULL is permitted. */
void event_stream_close(struct event_stream *stream);

#endif
