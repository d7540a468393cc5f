/*
 * UTF-8 (RFC 3629), independent of the locale.
 */
#ifndef SHMTOOL_BASE_UTF8_H
#define SHMTOOL_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The longest character, in bytes. */
enum { UTF8_LENGTH_MAX = 4 };

/**
 * Decode the character at the beginning of a text.
 *
 * @param text       not empty
 * @param left       number of bytes that may be read; UTF8_LENGTH_MAX if the text ends in NUL
 * @param character  receives the character
 * @return its length in bytes, 0 if it is not valid
 */
size_t utf8_decode(const char *text, size_t left, uint32_t *character);

/** Check whether a byte continues a character, after its first byte. */
bool utf8_continues(char byte);

/**
 * Check whether a string is valid UTF-8.
 *
 * @param text  any bytes, ended by NUL
 */
bool utf8_is_valid(const char *text);

#endif
