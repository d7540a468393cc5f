/*
 * shmtool watch --table: a table of objects on the terminal that follows the events.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_TABLE_H
#define SHMTOOL_COMMANDS_WATCH_TABLE_H

#include "cli/command.h"
#include "commands/shared/refs.h"
#include "error.h"
#include "events/stream.h"
#include "objects/filter.h"
#include "output/format.h"

struct watch_table_request {
	const struct object_filter *filter; /* of the objects; with its kinds */
	const struct ref_list *refs;        /* only these objects; without any: all that match */
	/* Columns of objects (-o), sort, units and colors; on a terminal: format->for_terminal. */
	const struct format_options *format;
	struct event_request stream; /* for event_stream_open() */
};

#ifdef SHMTOOL_WITH_ncursesw
/**
 * Show the table until the user leaves it. Prints errors.
 *
 * @return the exit status: STATUS_FAILED if standard output is not a terminal, or ncurses is not
 *         available
 */
enum exit_status watch_table(const struct command_context *context,
                             const struct watch_table_request *request);
#else
static inline enum exit_status watch_table(const struct command_context *context,
                                           const struct watch_table_request *request)
{
	struct error error;

	(void)request;
	error_set(&error, STATUS_FAILED,
	          "--table is not available: this program was built without ncurses");
	message_error(&context->message, NULL, &error);
	return STATUS_FAILED;
}
#endif

#endif
