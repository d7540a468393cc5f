#include "output/suggest.h"

#include <stdint.h>
#include <string.h>

void suggest_begin(struct suggestion *suggestion, const char *wanted)
{
	suggestion->wanted = wanted;
	suggestion->nearest = NULL;
	suggestion->distance = SIZE_MAX;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * The Damerau-Levenshtein distance (optimal string alignment). It needs only three rows of the
 * table of distances between prefixes.
 */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][SUGGEST_MAX + 1];
	size_t *before = rows[0];
	size_t *above = rows[1];
	size_t *row = rows[2];

	for (size_t j = 0; j <= b_length; j++)
		above[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *next = before;

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = next;
	}
	return above[b_length];
}

/* A third of the longer word, but 1 for words of two letters, as in "mr". */
static size_t most_letters(size_t a_length, size_t b_length)
{
	size_t longer = a_length > b_length ? a_length : b_length;

	return longer == 2 ? 1 : longer / 3;
}

void suggest_consider(struct suggestion *suggestion, const char *word)
{
	size_t wanted_length = strlen(suggestion->wanted);
	size_t word_length = strlen(word);
	size_t letters;

	if (wanted_length > SUGGEST_MAX || word_length > SUGGEST_MAX || wanted_length == 0)
		return;
	letters = distance(suggestion->wanted, wanted_length, word, word_length);
	/* A prefix of a word is near, no matter how much is missing. */
	if (wanted_length >= 2 && strncmp(suggestion->wanted, word, wanted_length) == 0)
		letters = 1;
	if (letters < suggestion->distance && letters <= most_letters(wanted_length, word_length)) {
		suggestion->distance = letters;
		suggestion->nearest = word;
	}
}
