/*
 * Records from text: rows of JSON or CSV become the bytes of records.
 *
 * The JSON output of "read --record" restores the same records, except for padding, which becomes
 * 0.
 */
#ifndef SHMTOOL_RECORDS_INPUT_H
#define SHMTOOL_RECORDS_INPUT_H

#include "error.h"
#include "records/encoder.h"
#include "records/layout.h"

#include <stddef.h>

enum record_input_format {
	RECORD_INPUT_AUTO, /* JSON if it starts with [ or {, else CSV */
	RECORD_INPUT_JSON, /* an array of objects, or objects one after another */
	RECORD_INPUT_CSV,  /* RFC 4180; the first line names the members */
};

/**
 * Make records from a text. Every row must name every member once, in any order, by its flat name
 * ("pos.x") or, in JSON, nested ({"pos": {"x": 1}, "n": [1, 2]}).
 *
 * @param record  the layout, without long double, which is read-only
 * @param format  of the text
 * @param text    UTF-8, with or without a byte order mark; need not end in NUL
 * @param length  of the text in bytes
 * @param rows    receives the records; none for "[]"
 * @return 0, or -1 with error set (STATUS_FAILED) and nothing to free: the sentence names the row,
 *         counted from 1, and the member
 */
int record_input_parse(const struct record *record, enum record_input_format format,
                       const char *text, size_t length, struct record_rows *rows,
                       struct error *error);

/**
 * Make records from the data of a descriptor, as record_input_parse() does.
 *
 * @param fd    to read until its end
 * @param name  of the file, for messages
 */
int record_input_read(const struct record *record, enum record_input_format format, int fd,
                      const char *name, struct record_rows *rows, struct error *error);

#endif
