/*
 * The patterns of families: a shell pattern, glob(7), on a whole name or key, in which placeholders
 * may stand.
 *
 *     {pid} {uid} {digits}    decimal digits; {pid} is the process that made the object
 *     {hex}                   hexadecimal digits
 *     {word}                  letters, digits and underscores
 *     {blanks}                blanks, or nothing
 *     {instance}              anything; objects that agree in it belong together. Without it, those
 *                             that agree in {pid} do
 *     {instance:CLASS}        digits, hex or word
 *     {pid:hex}               a process number in hexadecimal
 *     {NAME:COUNT}            exactly COUNT characters, as in {hex:8}, {instance:hex:16}
 *
 * A pattern becomes a regcomp(3) expression, compiled in the C locale: a character is a byte.
 */
#ifndef SHMTOOL_USAGE_FAMILY_PATTERN_H
#define SHMTOOL_USAGE_FAMILY_PATTERN_H

#include "error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Room for the instance of an object, with the NUL. */
enum { FAMILY_INSTANCE_SIZE = NAME_MAX + 1 };

/** The largest number of a process, PID_MAX_LIMIT of the kernel. */
enum { FAMILY_PID_LARGEST = 4194304 };

/** The values of the placeholders in a text. */
struct family_captures {
	pid_t pid;                           /* 0: none, or no number of a process */
	char instance[FAMILY_INSTANCE_SIZE]; /* several are joined by commas; empty: none */
};

struct family_pattern;

/**
 * Read a pattern.
 *
 * @param text   as a rule has it
 * @param error  receives the reason if it is no pattern, or if the value of {pid} or {instance} would
 *               depend on how much a part beside it takes
 * @return the pattern, to be freed with family_pattern_free(), or NULL
 */
struct family_pattern *family_pattern_parse(const char *text, struct error *error);

/**
 * Match a text.
 *
 * @param captures  receives the values of the placeholders; NULL if they are of no interest
 * @return whether the whole text matches; false also if there is no memory
 */
bool family_pattern_match(struct family_pattern *pattern, const char *text,
                          struct family_captures *captures);

/**
 * The literal text with which everything that matches begins.
 *
 * @param is_whole  receives whether the pattern is this text and nothing else
 */
const char *family_pattern_prefix(const struct family_pattern *pattern, bool *is_whole);

/** Tell whether a pattern has {pid}, or {instance}. */
bool family_pattern_has_pid(const struct family_pattern *pattern);
bool family_pattern_has_instance(const struct family_pattern *pattern);

void family_pattern_free(struct family_pattern *pattern);

#endif
