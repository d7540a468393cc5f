/*
 * The interface between the stream of events and its sources. Each source is one entry of the table
 * in stream.c, the best ones first.
 */
#ifndef SHMTOOL_EVENTS_SOURCE_H
#define SHMTOOL_EVENTS_SOURCE_H

#include "error.h"
#include "events/event.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct makers;

/** The events to report. */
struct event_request {
	unsigned int kinds;  /* bits of KIND_BIT() */
	bool calls;          /* also EVENT_CALLED, and the calls that use queues and semaphores */
	unsigned int period; /* milliseconds between samples, where nothing else is possible */
	/*
	 * A program that waits to be started: only it and its descendants matter, which may permit
	 * a source that others need privileges for. 0: all processes.
	 */
	pid_t program;
	struct makers *makers; /* that listen to the calls of program; NULL: none */
};

/** Collects the events of the sources: stream.c. */
struct event_sink;

struct event_source {
	const char *name;   /* see struct event_source_note */
	unsigned int kinds; /* that it can report, bits of KIND_BIT() */
	unsigned int calls; /* kinds whose calls it adds to the events of another source */
	bool samples;
	/**
	 * @param kinds   those of its kinds that no better source reports; 0: only calls are added
	 * @param state   receives its state
	 * @param opened  receives those of kinds that it does report; if there are some to report,
	 *                reporting none is a failure
	 * @param error   receives why it can't report the others or any
	 * @return 0, or -1 with error set
	 */
	int (*open)(const struct event_request *request, unsigned int kinds, void **state,
	            unsigned int *opened, struct error *error);
	/** A descriptor for poll(2); may be an epoll, a timer or a signal descriptor. */
	int (*fd)(const void *state);
	/**
	 * Pass on the events so far, by event_sink_add(), in any order. No event from before the
	 * returned time, in nanoseconds since 1970, will follow.
	 *
	 * @param finish  wait for nothing: everything that will be known is passed on
	 */
	uint64_t (*read)(void *state, bool finish, struct event_sink *sink);
	/**
	 * Make room where the kernel records events, which is called often while the events that were
	 * passed on are delivered; NULL: not needed.
	 */
	void (*hold)(void *state);
	void (*close)(void *state);
};

/** Pass on an event; the sink copies it with its object and texts. */
void event_sink_add(struct event_sink *sink, const struct event *event);

/**
 * Pass on that events were lost: EVENT_LOST.
 *
 * @param time    nanoseconds since 1970
 * @param number  of events, at least
 */
void event_sink_add_loss(struct event_sink *sink, uint64_t time, uint64_t number);

/**
 * Whether a source should return before it has passed on everything, so that the sink does not grow
 * without bounds. It is read again at once; the time that it returns is that of its progress.
 */
bool event_sink_is_full(const struct event_sink *sink);

extern const struct event_source tracepoint_source; /* System V, POSIX queues; needs CAP_PERFMON */
extern const struct event_source call_source;       /* System V, of a program with makers */
extern const struct event_source fanotify_source;   /* POSIX; needs CAP_SYS_ADMIN */
extern const struct event_source inotify_source;    /* POSIX, without the process */
extern const struct event_source sampling_source;   /* everything that can be listed */

#endif
