/*
 * Sizes, durations and times in human-readable form.
 */
#ifndef SHMTOOL_OUTPUT_UNITS_H
#define SHMTOOL_OUTPUT_UNITS_H

#include "error.h"

#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum time_format {
	TIME_DEFAULT,  /* not chosen: short in tables on a terminal, else iso */
	TIME_ISO,      /* 2026-11-20T23:43:01+0000, local time */
	TIME_UNIX,     /* seconds since 1970 */
	TIME_RELATIVE, /* 3m ago */
	TIME_SHORT,    /* 23:43 today, Nov 20 in the last half-year, else 2025-11-20; local time */
};

/** Room for any text produced by this module, in bytes. */
enum { UNITS_TEXT_SIZE = 48 };

/**
 * Parse a size. Suffixes are those of util-linux: K or KiB 1024, KB 1000, and so on for M, G, T, P,
 * E, in either case. With a suffix a fraction is allowed (1.5M); the result is rounded down to
 * whole bytes.
 *
 * @param text   what the user typed
 * @param bytes  receives the size in bytes, which may be 0
 * @return 0, or -1 with a usage error in error: not a number, negative, above 2^64-1
 */
int size_parse(const char *text, uint64_t *bytes, struct error *error);

/**
 * Parse a duration: a number with s, m, h, d or w, or several (1h30m); a bare number is seconds.
 *
 * @param text     what the user typed
 * @param seconds  receives the duration in seconds
 * @return 0, or -1 with a usage error in error
 */
int duration_parse(const char *text, uint64_t *seconds, struct error *error);

/**
 * Write a size with the largest suffix that leaves a number of at least 1: 512, 4K, 1.5M. See
 * humanize_number(3bsd).
 *
 * @param target  UNITS_TEXT_SIZE bytes
 * @param bytes   the size in bytes
 * @return length of the text in bytes
 */
size_t size_human(char *target, uint64_t bytes);

/**
 * Write a size in util-linux's format: with the largest suffix that leaves a number of at least 1,
 * and one decimal, rounded half up: 512B, 4K, 1.5M, 1023.9K. The decimal point is that of the
 * locale.
 *
 * @param target  UNITS_TEXT_SIZE bytes
 * @param bytes   the size in bytes
 * @return length of the text in bytes
 */
size_t size_human_tenths(char *target, uint64_t bytes);

/**
 * Write a duration in its two largest units: 45s, 10m, 4h10m, 7d.
 *
 * @param target   UNITS_TEXT_SIZE bytes
 * @param seconds  the duration in seconds
 * @return length of the text in bytes
 */
size_t duration_human(char *target, uint64_t seconds);

/**
 * Write a point in time.
 *
 * @param target  UNITS_TEXT_SIZE bytes
 * @param when    seconds since 1970
 * @param format  of the time
 * @param now     seconds since 1970, the reference of a relative or short time
 * @return length of the text in bytes
 */
size_t time_text(char *target, time_t when, enum time_format format, time_t now);

/**
 * Write a point in time as ctime(3) does, without the newline: Fri Nov 21 05:54:00 2025.
 *
 * @param target  UNITS_TEXT_SIZE bytes
 * @param when    seconds since 1970
 * @return length of the text in bytes
 */
size_t time_ctime(char *target, time_t when);

#endif
