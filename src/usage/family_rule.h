/*
 * One "match" of a family, shmtool-families(5): KIND[,KIND...] [/PATTERN] [CONDITION=VALUE...]
 */
#ifndef SHMTOOL_USAGE_FAMILY_RULE_H
#define SHMTOOL_USAGE_FAMILY_RULE_H

#include "base/number.h"
#include "error.h"
#include "usage/family.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Parse a match.
 *
 * @param text      the value of the key
 * @param families  owns the texts
 * @param rule      receives the rule; must be zeroed except for its family
 * @param error     set on failure
 * @return 0, or -1
 */
int family_rule_parse(const char *text, struct families *families, struct family_rule *rule,
                      struct error *error);

/**
 * Find the next word of a value. A blank within a word is preceded by a backslash, which is kept.
 *
 * @param at    where to start; advanced past the word
 * @param word  receives the beginning of the word
 * @return its length in bytes, 0 at the end
 */
size_t family_next_word(const char **at, const char **word);

/**
 * Parse an unsigned number up to a character.
 *
 * @param base    how the digits are read
 * @param behind  the character that must follow, '\0' for the end of the text
 * @param end     receives the address of that character
 * @return whether there is such a number
 */
bool family_read_number(const char *text, enum number_base base, char behind, uint64_t *number,
                        const char **end);

#endif
