/*
 * "Did you mean": the nearest of some words.
 */
#ifndef SHMTOOL_OUTPUT_SUGGEST_H
#define SHMTOOL_OUTPUT_SUGGEST_H

#include <stddef.h>

/** Keeps the nearest of the words it was shown. */
struct suggestion {
	const char *wanted;  /* what the user typed */
	const char *nearest; /* the nearest word so far, NULL if none is near enough */
	size_t distance;
};

/**
 * Begin a search.
 *
 * @param suggestion  to be set up
 * @param wanted      what the user typed; kept, not copied
 */
void suggest_begin(struct suggestion *suggestion, const char *wanted);

/**
 * Show a word. It becomes the nearest if fewer letters have to be put in, left out, replaced or
 * swapped than for those before, and no more than a third of the longer word has.
 *
 * @param word  kept, not copied
 */
void suggest_consider(struct suggestion *suggestion, const char *word);

/** The longest word that is compared, in bytes; longer ones are never near. */
enum { SUGGEST_MAX = 40 };

#endif
