/*
 * Records in the making: rows of named values become the bytes of records, one after another.
 */
#ifndef SHMTOOL_RECORDS_ENCODER_H
#define SHMTOOL_RECORDS_ENCODER_H

#include "error.h"
#include "records/layout.h"
#include "records/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Records one after another. */
struct record_rows {
	unsigned char
	    *bytes; /* count times the record's size; to be freed with record_rows_free() */
	uint64_t count;
};

/** Free the records; rows that are all zero have none. */
void record_rows_free(struct record_rows *rows);

/**
 * The maker of the rows. Its functions that fail return -1 with error set (STATUS_FAILED): a
 * sentence with the row and the member.
 */
struct record_encoder {
	const struct record *record;
	const struct record_member **by_name; /* all members in the order of their names */
	uint64_t *named_in;      /* by member: the row that named it last, plus one; 0 for none */
	size_t named;            /* how many members the row has named */
	size_t next;             /* the member that is likely to be named next */
	struct record_rows rows; /* the last one is being made */
	uint64_t capacity;       /* of rows, in records */
	struct error *error;
};

/**
 * Prepare for rows.
 *
 * @param record  kept, not copied
 * @param error   kept for all that goes wrong later
 * @return 0, or -1 if the record has a long double, which can't be written, or there is no memory;
 *         then nothing is to be freed
 */
int record_encoder_begin(struct record_encoder *encoder, const struct record *record,
                         struct error *error);

/** Free the encoder and the rows that it still has. */
void record_encoder_free(struct record_encoder *encoder);

/** The number of the row that is being made, counted from 1; 0 before the first. */
unsigned long long record_encoder_row(const struct record_encoder *encoder);

/** The member of that name, or NULL. It is found at once if it follows the last one found. */
const struct record_member *record_encoder_find(struct record_encoder *encoder, const char *name);

/** Take note that the row names a member: false if it did so already. */
bool record_encoder_name(struct record_encoder *encoder, const struct record_member *member);

/** The first member that the row has not named; NULL if it has named all. */
const struct record_member *record_encoder_missing(const struct record_encoder *encoder);

/** Begin a row, all of its bytes 0. */
int record_encoder_begin_row(struct record_encoder *encoder);

/** Name a member and put its value into the row. */
int record_encoder_put(struct record_encoder *encoder, const struct record_member *member,
                       const struct record_value *value);

/** End a row: fails if a member is missing. */
int record_encoder_end_row(struct record_encoder *encoder);

/** Say what is wrong with a member of the row: -1. */
int record_encoder_refuse(struct record_encoder *encoder, const struct record_member *member,
                          const char *sentence);

#endif
