/*
 * The system calls that events name, with their arguments and results in words.
 */
#ifndef SHMTOOL_EVENTS_CALLS_H
#define SHMTOOL_EVENTS_CALLS_H

#include "events/event.h"

#include <stdio.h>

/**
 * Write a call with its arguments and its result as one line without a newline, as in
 * "shmget key=0x4d2 size=1024 flags=IPC_CREAT|0600 -> 17". The name of an object is not escaped.
 *
 * @param event  with a call
 */
void event_call_print(const struct event *event, FILE *stream);

/** The name of a call: "shmget". */
const char *event_call_name(const struct event_call *call);

/** The call of a name; NULL: none that events name. */
const struct event_call *event_call_find(const char *name);

#endif
