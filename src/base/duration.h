/*
 * Durations as words, for sentences: "3 minutes".
 */
#ifndef SHMTOOL_BASE_DURATION_H
#define SHMTOOL_BASE_DURATION_H

#include <stdint.h>

/** Room for the words for a duration, in bytes. */
enum { DURATION_WORDS_SIZE = 32 };

/**
 * Write a duration in the largest unit that yields at least 1, rounded down: "3 minutes".
 *
 * @param target   receives the words
 * @param seconds  the duration
 */
void duration_words(char target[DURATION_WORDS_SIZE], uint64_t seconds);

#endif
