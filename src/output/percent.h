/*
 * Percentages: of a limit, of a size.
 */
#ifndef SHMTOOL_OUTPUT_PERCENT_H
#define SHMTOOL_OUTPUT_PERCENT_H

#include "error.h"

#include <stddef.h>
#include <stdint.h>

/** Percentages on the command line are in hundredths of a percent. */
enum { PERCENT_WHOLE = 10000 };

/** Room for the text of a percentage, in bytes. */
enum { PERCENT_TEXT_SIZE = 32 };

/**
 * Parse a percentage above 0 and up to 100, with at most two decimals: 80, 80%, 87.5%.
 *
 * @param text        what the user typed
 * @param hundredths  receives it, in hundredths of a percent
 * @return 0, or -1 with a usage error in error
 */
int percent_parse(const char *text, unsigned int *hundredths, struct error *error);

/**
 * Compare a part of a whole with a percentage.
 *
 * @param whole       0: any part but 0 is above every percentage
 * @param hundredths  of a percent
 * @return negative, 0 or positive: the part is below it, equal, above
 */
int percent_compare(uint64_t part, uint64_t whole, unsigned int hundredths);

/**
 * Write the percentage that a part is of a whole, rounded down to tenths: 0, 0.3, 87.5, 100, 300. A
 * part that is too small for that is 0.0. It is a number in JSON syntax.
 *
 * @param target  PERCENT_TEXT_SIZE bytes
 * @param whole   not 0
 * @return length of the text in bytes
 */
size_t percent_text(char *target, uint64_t part, uint64_t whole);

/** Write a percentage as it was given, without trailing zeros: 80, 87.5. */
size_t percent_text_of(char *target, unsigned int hundredths);

#endif
