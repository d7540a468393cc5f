/*
 * Bytes of an object going out: what "shmtool read" has found out about what is wanted, and the
 * ways to print it.
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
	uint64_t end;                  /* where what can be read ends, in bytes */
	uint64_t offset;               /* what is wanted of it */
	uint64_t length;
	uint64_t missing;     /* bytes that were asked for and are not there */
	const char *snapshot; /* what is printed, if not what is there just now */
	struct progress progress;
};

/**
 * Copy bytes, also from behind the object's end.
 *
 * @param offset  in the object, within what is wanted
 * @param buffer  receives them
 * @param size    in bytes
 * @return 0, or -1 with error set
 */
int reading_copy(struct reading *reading, uint64_t offset, char *buffer, uint64_t size,
                 struct error *error);

/**
 * Print what is wanted, with progress on a terminal, until a signal that stream/interrupt.h catches.
 *
 * @return 0, or -1 with error set, which says how far it got; its text is empty if nobody reads
 */
int reading_print(struct reading *reading, struct error *error);

#endif
