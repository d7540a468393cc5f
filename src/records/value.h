/*
 * The value of a record's member: from bytes in memory to a printable form, and back.
 *
 * The printable form of a text is always UTF-8 without a NUL, and preserves every byte: NUL, the
 * backslash and bytes that are not UTF-8 appear as a backslash and three octal digits, as in
 * vis(3): "\000", "\134", "\377". Other control characters are unchanged; the caller makes them
 * visible when printing, and must leave the backslashes alone.
 */
#ifndef SHMTOOL_RECORDS_VALUE_H
#define SHMTOOL_RECORDS_VALUE_H

#include "error.h"
#include "records/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum record_value_kind {
	RECORD_VALUE_SIGNED,   /* signed_number */
	RECORD_VALUE_UNSIGNED, /* unsigned_number */
	RECORD_VALUE_BOOL,     /* is_true */
	RECORD_VALUE_REAL,     /* text: a decimal number in JSON syntax */
	RECORD_VALUE_TEXT,     /* text, with its escapes; also "nan", "inf" and similar */
	RECORD_VALUE_HEX,      /* text "0x7f00", and unsigned_number */
};

struct record_value {
	enum record_value_kind kind;
	union {
		int64_t signed_number;
		uint64_t unsigned_number;
		bool is_true;
	};
	const char *text; /* ended by NUL; not for SIGNED, UNSIGNED and BOOL */
	size_t length;    /* of the text in bytes, without the NUL */
};

/**
 * The room needed by record_value_read() for the text of a member.
 *
 * @return bytes
 */
size_t record_value_scratch_size(const struct record_member *member);

/**
 * Read a member's value from a record.
 *
 * Floating-point numbers become the shortest decimal that reads back as the same bits, with a point
 * or an exponent if needed, in any locale; negative zero is "-0.0". A bool that is neither 0 nor 1 is
 * shown as a number.
 *
 * @param member   of the record
 * @param record   the first byte of the record
 * @param value    receives the value
 * @param scratch  record_value_scratch_size(member) bytes, which value->text may point into
 */
void record_value_read(const struct record_member *member, const void *record,
                       struct record_value *value, char *scratch);

/**
 * Write a member's value into a record.
 *
 * Any kind that converts without loss is accepted: integers also as texts ("12", "0x1f") and as
 * whole reals ("1e3"), reals also as integers and texts, bools also as the texts "true" and "false"
 * and as any number that fits a byte. A text may fill an array up to its last byte; the remaining
 * bytes become NUL.
 *
 * @param member  of the record
 * @param value   the value; its text is ended by NUL
 * @param record  the first byte of the record; unchanged if the value is refused
 * @return 0, or -1 with error set (STATUS_FAILED): "300 is out of range (-128 to 127)"
 */
int record_value_write(const struct record_member *member, const struct record_value *value,
                       void *record, struct error *error);

#endif
