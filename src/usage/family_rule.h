/*
 * One "match" of a family, shmtool-families(5): KIND[,KIND...] [/PATTERN] [CONDITION=VALUE...]
 */
#ifndef SHMTOOL_USAGE_FAMILY_RULE_H
#define SHMTOOL_USAGE_FAMILY_RULE_H

#include "error.h"
#include "usage/family.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Read a match.
 *
 * @param text      the value of the key
 * @param families  keeps the texts
 * @param rule      receives it; all zero but for its family
 * @param error     receives what is wrong
 * @return 0, or -1
 */
int family_rule_parse(const char *text, struct families *families, struct family_rule *rule,
                      struct error *error);

/**
 * Take the next word of a value. A blank that is part of a word has a backslash before it, which stays.
 *
 * @param at    where to begin; moves behind the word
 * @param word  receives its begin
 * @return its length in bytes, 0 at the end
 */
size_t family_next_word(const char **at, const char **word);

/**
 * Read an unsigned number up to a character.
 *
 * @param base    as for strtoull(3)
 * @param behind  the character that must follow, '\0' for the end
 * @param end     receives where that stands
 * @return whether there is such a number
 */
bool family_read_number(const char *text, int base, char behind, uint64_t *number,
                        const char **end);

#endif
