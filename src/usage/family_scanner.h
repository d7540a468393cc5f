/*
 * Patterns of families that can be matched in one pass: each part is followed by something that it
 * cannot contain, so where it ends is certain. This is at least ten times as fast as regexec(3) with
 * the positions of its parts, and most patterns are of this kind.
 */
#ifndef SHMTOOL_USAGE_FAMILY_SCANNER_H
#define SHMTOOL_USAGE_FAMILY_SCANNER_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

/** Classes of bytes, as a set. */
enum scan_class {
	SCAN_DIGIT = 1 << 0,
	SCAN_HEX = 1 << 1,  /* digits, and a to f */
	SCAN_WORD = 1 << 2, /* letters, digits and underscores */
	SCAN_BLANK = 1 << 3,
	SCAN_ANY = 1 << 4,
};

/** A part of a pattern: a literal byte, or bytes of a class. */
struct scan_step {
	unsigned char class; /* 0: a literal byte */
	char literal;
	bool is_open;      /* any number of bytes; else count */
	bool may_be_empty; /* if it is open */
	unsigned short count;
	unsigned char capture; /* 1 for the first captured part, and so on; 0: not captured */
};

/** The classes of each byte but SCAN_ANY. */
extern const unsigned char scan_classes[256];

/** Check whether a step takes a byte. */
static inline bool scan_step_takes(const struct scan_step *step, char byte)
{
	return step->class == 0
	           ? byte == step->literal
	           : ((scan_classes[(unsigned char)byte] | SCAN_ANY) & step->class) != 0;
}

/** Steps that can be matched in one pass. */
struct scanner {
	struct scan_step *steps;
	size_t count;
	size_t any; /* the step for any number of any bytes; count if there is none */
};

/**
 * Prepare steps.
 *
 * @param scanner  with steps and count
 * @return false if a part could end in several places
 */
bool scan_prepare(struct scanner *scanner);

/**
 * Match a whole text.
 *
 * @param first  the step to begin with, a literal byte for each byte of the text before it: those are
 *               known to match
 * @param spans  receives the positions of captured parts, from index 1, as regexec(3) reports them
 */
bool scan(const struct scanner *scanner, const char *text, size_t first, regmatch_t *spans);

#endif
