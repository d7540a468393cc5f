/*
 * "Did you mean": finding the nearest word.
 */
#ifndef SHMTOOL_OUTPUT_SUGGEST_H
#define SHMTOOL_OUTPUT_SUGGEST_H

#include <stddef.h>

/** The nearest of the words considered so far. */
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
 * Consider a word. It becomes the nearest if it needs fewer insertions, deletions, replacements and
 * swaps of letters than the words before, and at most a third of the length of the longer word.
 *
 * @param word  kept, not copied
 */
void suggest_consider(struct suggestion *suggestion, const char *word);

/** The longest word that is compared, in bytes; longer ones are never near. */
enum { SUGGEST_MAX = 40 };

#endif
