/*
 * The patterns of families: a shell pattern, glob(7), that matches a whole name or key, and may
 * contain placeholders.
 *
 *     {pid} {uid} {digits}    decimal digits; {pid} is the process that created the object
 *     {hex}                   hexadecimal digits
 *     {word}                  letters, digits and underscores
 *     {blanks}                any number of blanks
 *     {instance}              anything; objects with the same value belong together. A pattern
 *                             without it uses {pid} instead
 *     {instance:CLASS}        digits, hex or word
 *     {pid:hex}               a pid in hexadecimal
 *     {NAME:COUNT}            exactly COUNT characters, as in {hex:8}, {instance:hex:16}
 *
 * A character is a byte. A pattern is matched in one pass if it can be, usage/family_scanner.h; else it
 * becomes a regcomp(3) expression.
 */
#ifndef SHMTOOL_USAGE_FAMILY_PATTERN_H
#define SHMTOOL_USAGE_FAMILY_PATTERN_H

#include "error.h"
#include "usage/family_scanner.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Size of the instance of an object, with the NUL. */
enum { FAMILY_INSTANCE_SIZE = NAME_MAX + 1 };

/** The largest pid, PID_MAX_LIMIT of the kernel. */
enum { FAMILY_PID_LARGEST = 4194304 };

/** The values of the placeholders in a text. */
struct family_captures {
	pid_t pid;                           /* 0: none, or not a valid pid */
	char instance[FAMILY_INSTANCE_SIZE]; /* several are joined by commas; empty: none */
};

struct family_pattern;

/**
 * Parse a pattern.
 *
 * @param text   as written in a rule
 * @param error  set if it is not a valid pattern, or if the value of {pid} or {instance} would be
 *               ambiguous because an adjacent part has a variable length
 * @return the pattern; free with family_pattern_free(). NULL on failure
 */
struct family_pattern *family_pattern_parse(const char *text, struct error *error);

/**
 * Match a text.
 *
 * @param captures  receives the values of the placeholders; NULL if they are not needed
 * @return whether the whole text matches
 */
bool family_pattern_match(struct family_pattern *pattern, const char *text,
                          struct family_captures *captures);

/**
 * The literal text that begins everything the pattern matches.
 *
 * @param is_whole  receives whether the pattern consists only of this text
 */
const char *family_pattern_prefix(const struct family_pattern *pattern, bool *is_whole);

/** The first step after the prefix, and the last one. */
struct family_edges {
	struct scan_step first;
	struct scan_step last;
};

/**
 * Get the steps by which most texts differ that do not match. They accept every byte if they are not
 * known or may be empty.
 */
void family_pattern_edges(const struct family_pattern *pattern, struct family_edges *edges);

/** Check whether a pattern contains {pid}, or {instance}. */
bool family_pattern_has_pid(const struct family_pattern *pattern);
bool family_pattern_has_instance(const struct family_pattern *pattern);

void family_pattern_free(struct family_pattern *pattern);

#endif
