/*
 * One run of shmtool watch: each event is selected, printed, recorded and counted, whatever its
 * source.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_SESSION_H
#define SHMTOOL_COMMANDS_WATCH_SESSION_H

#include "commands/watch/columns.h"
#include "commands/watch/options.h"
#include "commands/watch/record.h"
#include "commands/watch/selection.h"
#include "commands/watch/summary.h"
#include "output/lines.h"

#include <stdbool.h>
#include <stdint.h>

struct session {
	const struct command_context *context;
	const struct watch_options *options;
	const struct format_options *format;
	struct selection selection;
	struct watch_columns columns;
	struct lines *lines;       /* NULL: no events are printed */
	struct summary *summary;   /* NULL: no counts */
	struct recorder *recorder; /* NULL: no --record */
	bool begun;                /* events may come */
	uint64_t left;             /* events until --until is reached */
	bool reached;              /* nothing that follows matters */
	bool failed;               /* the events can't be written; the sentence was printed */
	uint64_t lost;             /* events, at least */
};

/**
 * Begin: open the outputs. Prints errors.
 *
 * @param session  with its selection, which selection_begin() is still due for; all else zero
 * @param format   kept, not copied
 * @return STATUS_DONE, or the exit status; session_end() is due in any case
 */
enum exit_status session_begin(struct session *session, const struct command_context *context,
                               const struct watch_options *options,
                               const struct format_options *format);

/**
 * Print, record and count an event if it is selected.
 *
 * @param source  how it became known, NULL: unknown
 * @param host    name of the machine, NULL: unknown
 */
void session_event(struct session *session, const struct event *event, const char *source,
                   const char *host);

/** Write all output so far. Afterwards session->failed may be set. */
void session_flush(struct session *session);

/**
 * Print the summary and the losses, and free everything. Prints errors.
 *
 * @return STATUS_DONE, or STATUS_FAILED if events were lost or could not be written
 */
enum exit_status session_end(struct session *session);

#endif
