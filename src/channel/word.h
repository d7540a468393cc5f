/*
 * The words of a channel, in memory that another process changes at the same time.
 */
#ifndef SHMTOOL_CHANNEL_WORD_H
#define SHMTOOL_CHANNEL_WORD_H

#include <stdbool.h>
#include <stdint.h>

/** Load a word, sequentially consistent with all other accesses here. */
static inline uint32_t word_load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/** Store a word. */
// NOLINTNEXTLINE(readability-non-const-parameter): it is stored to
static inline void word_store(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

/**
 * Replace a word if it has a value.
 *
 * @param found  the value; receives the one that was found
 */
// NOLINTNEXTLINE(readability-non-const-parameter): it is stored to
static inline bool word_replace(uint32_t *word, uint32_t *found, uint32_t value)
{
	return __atomic_compare_exchange_n(word, found, value, false, __ATOMIC_SEQ_CST,
	                                   __ATOMIC_SEQ_CST);
}

#endif
