/*
 * Numbers as digits. printf(3) would take half the time of a long listing.
 */
#ifndef SHMTOOL_BASE_DIGITS_H
#define SHMTOOL_BASE_DIGITS_H

#include <stddef.h>
#include <stdint.h>

/** Room for any number written by this module, in bytes. */
enum { DIGITS_SIZE = 24 };

/** Width of a key: 0x46010004. */
enum { KEY_WIDTH = 10 };

/** Count the decimal digits of a number. */
size_t digits_count(uint64_t number);

/**
 * Write a number in decimal.
 *
 * @param target  DIGITS_SIZE bytes; no NUL is added
 * @return length in bytes
 */
size_t digits_decimal(char *target, uint64_t number);

/** Write a number in octal, as digits_decimal(). */
size_t digits_octal(char *target, uint64_t number);

/**
 * Write a key of ftok(3): 0x and eight hexadecimal digits.
 *
 * @param target  KEY_WIDTH bytes; no NUL is added
 * @return KEY_WIDTH
 */
size_t digits_key(char *target, uint32_t key);

#endif
