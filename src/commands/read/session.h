/*
 * The state of a read, and the ways to print the bytes.
 */
#ifndef SHMTOOL_COMMANDS_READ_SESSION_H
#define SHMTOOL_COMMANDS_READ_SESSION_H

#include "commands/shared/record_rows.h"
#include "error.h"
#include "memory/memory.h"
#include "output/message.h"
#include "output/progress.h"
#include "output/report.h"
#include "records/layout.h"

#include <stdint.h>

enum read_format { READ_DEFAULT, READ_RAW, READ_HEX, READ_STRING, READ_RECORD, READ_FORMATS };

struct reading {
	const struct message_context *message;
	struct memory memory;
	enum read_format format;
	struct format_options output;  /* of records */
	struct record record;          /* all zero without --record */
	struct record_columns columns; /* of the record */
	uint64_t end;                  /* end of the readable bytes */
	uint64_t offset;               /* start of the part to print */
	uint64_t length;
	uint64_t missing;     /* requested bytes that do not exist */
	const char *snapshot; /* a copy to print instead of the current bytes, or NULL */
	struct progress progress;
};

/**
 * Copy bytes, also from after the object's end.
 *
 * @param offset  in the object, within the part to print
 * @param buffer  receives them
 * @param size    in bytes
 * @return 0, or -1 with error set
 */
int reading_copy(struct reading *reading, uint64_t offset, char *buffer, uint64_t size,
                 struct error *error);

/**
 * Print the requested part, with progress on a terminal, until a signal that stream/interrupt.h
 * catches.
 *
 * @return 0, or -1 with error set, which says how much was printed; its text is empty if the reader
 *         is gone
 */
int reading_print(struct reading *reading, struct error *error);

#endif
