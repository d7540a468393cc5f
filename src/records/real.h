/*
 * Floating-point numbers of records as text: the shortest decimal that gives the same bits again.
 *
 * The decimal point is "." in every locale, because the program leaves LC_NUMERIC at "C". Other
 * values are "inf" and "nan"; each may have a minus sign. Of a NaN only the sign is kept.
 */
#ifndef SHMTOOL_RECORDS_REAL_H
#define SHMTOOL_RECORDS_REAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Room for the text of any number, in bytes. */
enum { RECORD_REAL_TEXT_SIZE = 64 };

enum record_real_end {
	RECORD_REAL_READ,
	RECORD_REAL_NO_NUMBER, /* not a number */
	RECORD_REAL_TOO_LARGE, /* beyond the largest finite number */
};

/**
 * Write a float or a double as text.
 *
 * @param bits       of the number
 * @param size       sizeof(float) or sizeof(double)
 * @param target     RECORD_REAL_TEXT_SIZE bytes
 * @param is_finite  receives whether the text is a valid JSON number
 * @return length of the text in bytes
 */
size_t record_real_show(uint64_t bits, uint64_t size, char *target, bool *is_finite);

/** Write a long double as text, from its bytes; otherwise as record_real_show(). */
size_t record_real_show_long_double(const void *bytes, char *target, bool *is_finite);

/** Whether a text starts like a decimal number, not with a blank, a name or another base. */
bool record_real_begins_decimal(const char *text);

/**
 * Parse a whole text as a float or a double.
 *
 * @param text    ended by NUL, but may contain others
 * @param length  of the text in bytes
 * @param size    sizeof(float) or sizeof(double); the number is rounded to it once
 * @param bits    receives the bits of the number
 */
enum record_real_end record_real_parse(const char *text, size_t length, uint64_t size,
                                       uint64_t *bits);

#endif
