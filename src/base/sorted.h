/*
 * Binary search for the place of an item in a sorted array, where bsearch(3) only finds an item that
 * is there.
 */
#ifndef SHMTOOL_BASE_SORTED_H
#define SHMTOOL_BASE_SORTED_H

#include <stddef.h>

/** Compare an item of the array with the key: negative, 0 or positive, as strcmp(3). */
typedef int sorted_compare_fn(const void *item, const void *key);

/**
 * Find the first item that is not below a key.
 *
 * @param items  sorted by the same order; may be NULL if there are none
 * @param count  of items
 * @param size   of an item in bytes
 * @return its index, where the key is or would be inserted: 0 to count
 */
static inline size_t sorted_place(const void *items, size_t count, size_t size, const void *key,
                                  sorted_compare_fn *compare)
{
	size_t low = 0;
	size_t high = count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare((const char *)items + middle * size, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

#endif
