/*
 * An event as a sentence, for the line below watch --table.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_TABLE_EVENT_H
#define SHMTOOL_COMMANDS_WATCH_TABLE_EVENT_H

#include "events/event.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/** A removal renames a file first, usage/aside.h. All zero: none was seen. */
struct table_renamed {
	char name[NAME_MAX + 2];
	char old_name[NAME_MAX + 2];
};

/**
 * Describe an event: "14:44:31 id:5 removed by ipcrm (pid 4242, alice)".
 *
 * @param renamed  keeps the last file that was renamed for its removal: it has its old name here
 * @param text     receives it, in displayable form
 * @param size     of text in bytes
 * @return false if the event does not change what the table shows: nothing was written
 */
bool table_event_text(const struct event *event, struct table_renamed *renamed, char *text,
                      size_t size);

#endif
