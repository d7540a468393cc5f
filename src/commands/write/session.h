/*
 * The state of a write, and the ways to write the bytes.
 */
#ifndef SHMTOOL_COMMANDS_WRITE_SESSION_H
#define SHMTOOL_COMMANDS_WRITE_SESSION_H

#include "cli/command.h"
#include "commands/shared/place_options.h"
#include "commands/shared/record_options.h"
#include "error.h"
#include "memory/make.h"
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
	const char *last; /* the member to store after all others */
	struct optional_number count;
	bool json;
	bool csv;
	struct common_options common;
};

/* The state of a write. */
struct writing {
	const struct command_context *context;
	const struct write_options *options;
	struct record record;             /* all zero without --record */
	struct record_rows rows;          /* of --record */
	const struct record_member *last; /* the member of record to store last, or NULL */
	struct content content;           /* fd is -1 without a stream */
	char *string;                     /* of --string, with the NUL of --nul */
	const char *buffer;               /* content in memory, or NULL */
	bool length_known;
	uint64_t length; /* length of the content in bytes */
	uint64_t tail;   /* 1 with --nul: a NUL after the content */
	uint64_t offset;
	struct memory memory;
	struct memory_made made; /* it is removed again if nothing can be stored */
	struct progress progress;
};

/**
 * Check that the content fits into an object.
 *
 * @param size  of the object, in bytes
 * @return 0, or -1 with error set
 */
int writing_check_fit(const struct writing *writing, uint64_t size, struct error *error);

/** Set the usage error that there is no disk to wait for. Returns -1. */
int writing_no_disk(struct error *error);

/**
 * Write the content into the open object, with progress on a terminal, until a signal that
 * stream/interrupt.h catches.
 *
 * @return 0, or -1 with error set, which says how much was written
 */
int writing_run(struct writing *writing, struct error *error);

#endif
