/*
 * Bytes going into an object: what "shmtool write" has found out about what is to be written, and
 * the ways to write it.
 */
#ifndef SHMTOOL_COMMANDS_WRITE_SESSION_H
#define SHMTOOL_COMMANDS_WRITE_SESSION_H

#include "cli/command.h"
#include "commands/shared/place_options.h"
#include "commands/shared/record_options.h"
#include "error.h"
#include "memory/memory.h"
#include "output/progress.h"
#include "records/encoder.h"
#include "records/layout.h"
#include "stream/content.h"

#include <stdbool.h>
#include <stdint.h>

struct fill_option {
	bool given;
	int byte;
};

struct write_options {
	struct place_options place;
	struct optional_number offset;
	struct optional_number length;
	const char *input;
	const char *string;
	bool nul;
	bool beyond_eof;
	struct fill_option fill;
	bool create;
	struct optional_number size;
	const char *mode;
	bool sync;
	struct record_option_values record;
	const char *last; /* the member that is stored after all others */
	struct optional_number count;
	bool json;
	bool csv;
	struct common_options common;
};

/* The parameters of a write, in one place. */
struct writing {
	const struct command_context *context;
	const struct write_options *options;
	struct record record;             /* all zero without --record */
	struct record_rows rows;          /* of --record */
	const struct record_member *last; /* of record: what is stored after all else, or NULL */
	struct content content;           /* fd is -1 without a stream */
	char *string;                     /* of --string, with its NUL if that is wanted */
	const char *buffer;               /* what is in memory already, or NULL */
	bool length_known;
	uint64_t length; /* bytes that will come */
	uint64_t tail;   /* 1 with --nul: a NUL behind what comes */
	uint64_t offset;
	struct memory memory;
	struct progress progress;
};

/**
 * Tell whether what is to be written fits into an object.
 *
 * @param size  of the object, in bytes
 * @return 0, or -1 with error set
 */
int writing_check_fit(const struct writing *writing, uint64_t size, struct error *error);

/** Say that there is no disk to wait for: -1, with a usage error in error. */
int writing_no_disk(struct error *error);

/**
 * Write what is to be written into the object that is open, with progress on a terminal, until a
 * signal that stream/interrupt.h catches.
 *
 * @return 0, or -1 with error set, which says how far it got
 */
int writing_run(struct writing *writing, struct error *error);

#endif
