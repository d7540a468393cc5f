/*
 * The events that the user wants: by type, REF or filter.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_SELECTION_H
#define SHMTOOL_COMMANDS_WATCH_SELECTION_H

#include "cli/command.h"
#include "commands/shared/refs.h"
#include "commands/watch/used_objects.h"
#include "events/event.h"
#include "objects/filter.h"

#include <stdbool.h>

struct selection {
	unsigned int types; /* bits of EVENT_BIT() */
	const struct object_filter *filter;
	const struct ref_list *refs;     /* only these objects, unless it is empty */
	const struct families *families; /* of the filter; NULL if it names none */
	struct used_objects used;        /* with --used-by: by this process */
};

/**
 * Begin to select: load the families, and find the objects that the process of --used-by uses. All
 * other members are set. Prints errors.
 *
 * @param live  objects exist now; false: events are replayed, so the objects of a process are those
 *              of its events
 * @return 0, or -1
 */
int selection_begin(struct selection *selection, const struct command_context *context, bool live);

/** The kinds of the selected objects, bits of KIND_BIT(). */
unsigned int selection_kinds(const struct selection *selection);

/** Whether an event is selected. Losses always are. */
bool selection_takes(struct selection *selection, const struct event *event);

void selection_end(struct selection *selection);

#endif
