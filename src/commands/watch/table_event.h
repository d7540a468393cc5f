/*
 * An event as a sentence, for the line below watch --table.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_TABLE_EVENT_H
#define SHMTOOL_COMMANDS_WATCH_TABLE_EVENT_H

#include "events/event.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Describe an event: "14:44:31 id:5 removed by ipcrm (pid 4242, alice)". A file that was renamed for
 * its removal, usage/aside.h, has the name that it had before.
 *
 * @param text  receives it, in displayable form
 * @param size  of text in bytes
 * @return false if the event does not change what the table shows: nothing was written
 */
bool table_event_text(const struct event *event, char *text, size_t size);

#endif
