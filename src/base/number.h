/*
 * Parsing unsigned numbers: of the command line, of records, of /proc; and subtracting them.
 *
 * The functions do not change errno.
 */
#ifndef SHMTOOL_BASE_NUMBER_H
#define SHMTOOL_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum number_end {
	NUMBER_READ,
	NUMBER_NONE,      /* the text is something else */
	NUMBER_TOO_LARGE, /* all digits, but above the maximum */
};

/** The accepted notations. */
enum number_base {
	NUMBER_AS_C = 0,    /* 0x10, 020 and 16 are the same */
	NUMBER_WITH_0X = 1, /* 0x10 and 16 are the same; 020 is 20 */
	NUMBER_OCTAL = 8,
	NUMBER_DECIMAL = 10,
	NUMBER_HEXADECIMAL = 16, /* with or without 0x */
};

/**
 * Read a number off the front of a text: digits, without blanks or a sign.
 *
 * @param text    receives the end of the digits; unchanged if there are none
 * @param base    how the digits are read
 * @param number  receives the number, modulo 2^64 if it is too large
 * @return NUMBER_TOO_LARGE above UINT64_MAX
 */
enum number_end number_take(const char **text, enum number_base base, uint64_t *number);

/**
 * Read a number as number_take(), but accept blanks and a sign before the digits, as strtoull(3)
 * does.
 *
 * @param number       receives the number; a negative one as its two's complement
 * @param is_negative  receives whether there is a minus sign; may be NULL
 */
enum number_end number_take_signed(const char **text, enum number_base base, uint64_t *number,
                                   bool *is_negative);

/**
 * Read a number that is all of a text: digits, without blanks or a sign.
 *
 * @param largest  maximum that is accepted
 * @param number   receives the number; unchanged on failure
 * @return NUMBER_TOO_LARGE above the maximum
 */
enum number_end number_parse(const char *text, enum number_base base, uint64_t largest,
                             uint64_t *number);

/**
 * Parse the name of a file in /proc that is a pid or a descriptor.
 *
 * @return the number, or -1 for any other name
 */
int number_of_name(const char *name);

/** ALL - SOME, or 0 if SOME is larger, as it may be if the two were read at different moments. */
static inline uint64_t number_minus(uint64_t all, uint64_t some)
{
	return some < all ? all - some : 0;
}

#endif
