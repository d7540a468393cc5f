/*
 * The columns of shmtool watch: an event, the process that caused it, and the object.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_COLUMNS_H
#define SHMTOOL_COMMANDS_WATCH_COLUMNS_H

#include "events/event.h"
#include "output/column.h"
#include "output/units.h"
#include "usage/family.h"

#include <stddef.h>

/** Data that some columns need, as bits in struct column. */
enum { WATCH_NEED_FAMILY = 1 << 0 };

/** Data that columns need beside the row. Free with watch_columns_end(). */
struct watch_columns {
	enum time_format times;          /* not TIME_DEFAULT */
	const struct families *families; /* NULL: no object has a family */
	/* The second that was formatted last; the zone is its end. */
	time_t second;
	char second_text[UNITS_TEXT_SIZE];
	char zone[UNITS_TEXT_SIZE];
	/* The text of the last call. */
	char *call;
	size_t call_size; /* bytes */
};

/** A row. */
struct watch_row {
	const struct event *event;
	const struct shm_object *object; /* of the event; never NULL: all zero if it is unknown */
	const char *source;              /* how it became known, "tracepoints"; NULL: unknown */
	const char *host;                /* name of the machine; NULL: unknown */
	struct watch_columns *columns;
};

/** Rows are const struct watch_row *. */
extern const struct column_set watch_column_set;

/** Default columns, and the same with --calls. */
extern const char watch_table_columns[];
extern const char watch_table_call_columns[];
extern const char watch_machine_columns[];
extern const char watch_machine_call_columns[];

/** A typical event, for the widths of a table. */
const struct event *watch_sample_event(void);

void watch_columns_end(struct watch_columns *used);

#endif
