/*
 * Encoding records: rows of named values become the bytes of records, one after another.
 */
#ifndef SHMTOOL_RECORDS_ENCODER_H
#define SHMTOOL_RECORDS_ENCODER_H

#include "error.h"
#include "records/layout.h"
#include "records/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Consecutive records. */
struct record_rows {
	unsigned char *bytes; /* count times the record's size; free with record_rows_free() */
	uint64_t count;
};

/** Free the records. Rows that are all zero are allowed. */
void record_rows_free(struct record_rows *rows);

/**
 * The encoder of rows. On failure its functions return -1 with error set (STATUS_FAILED): a
 * sentence that names the row and the member.
 */
struct record_encoder {
	const struct record *record;
	const struct record_member **by_name; /* all members, sorted by name */
	uint64_t *named_in;      /* per member: the last row that named it, plus one; 0 for none */
	size_t named;            /* number of members named by the row */
	size_t next;             /* the member likely to be named next */
	struct record_rows rows; /* the last one is incomplete */
	uint64_t capacity;       /* of rows, in records */
	struct error *error;
};

/**
 * Prepare for rows.
 *
 * @param record  kept, not copied
 * @param error   kept for later failures
 * @return 0, or -1 if the record has a long double, which cannot be written; then there is nothing
 *         to free
 */
int record_encoder_begin(struct record_encoder *encoder, const struct record *record,
                         struct error *error);

/** Free the encoder and the rows that it still owns. */
void record_encoder_free(struct record_encoder *encoder);

/** The number of the current row, counted from 1; 0 before the first. */
unsigned long long record_encoder_row(const struct record_encoder *encoder);

/** Find a member by name; NULL if there is none. Fast if it follows the last member found. */
const struct record_member *record_encoder_find(struct record_encoder *encoder, const char *name);

/** Record that the row names a member; false if it already did. */
bool record_encoder_name(struct record_encoder *encoder, const struct record_member *member);

/** The first member not named by the row; NULL if all are named. */
const struct record_member *record_encoder_missing(const struct record_encoder *encoder);

/** Begin a row with all bytes 0. */
int record_encoder_begin_row(struct record_encoder *encoder);

/** Record that the row names a member and store its value. */
int record_encoder_put(struct record_encoder *encoder, const struct record_member *member,
                       const struct record_value *value);

/** End a row. Fails if a member is missing. */
int record_encoder_end_row(struct record_encoder *encoder);

/** Report an error in a member of the row. Returns -1. */
int record_encoder_refuse(struct record_encoder *encoder, const struct record_member *member,
                          const char *sentence);

#endif
