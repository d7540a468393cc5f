/*
 * Numbers as util-linux's tools parse them. All functions return 0, or -1 with errno: EINVAL if the
 * text is not such a number, ERANGE if it is too large; nothing is truncated.
 */
#ifndef SHMTOOL_COMMANDS_CLASSIC_NUMBER_H
#define SHMTOOL_COMMANDS_CLASSIC_NUMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Parse an id or another int: decimal, with optional blanks and a sign before it. */
int classic_parse_int(const char *text, int *number);

/**
 * Parse a key in C notation, so 0x10, 020 and 16 are the same. A negative number, as in
 * /proc/sysvipc, is the key with the same 32 bits.
 *
 * @return as above, or EOVERFLOW for a number of more than 32 bits
 */
int classic_parse_key(const char *text, key_t *key);

/** Whether a text can only be a key: 0x10, as in all tables. Key 0 names no object. */
bool classic_is_key(const char *text, key_t *key);

/**
 * Parse a size in bytes: in C notation, with K or KiB for 1024, KB for 1000, and so on for M, G, T,
 * P, E, Z, Y, in either case. With a suffix, a fraction is allowed. Each of its digits is rounded
 * as in util-linux, up to twice its value: 1.5K is 1536, but 1.75K is 2099. This is why
 * size_parse() of output/units.h does not serve here.
 */
int classic_parse_size(const char *text, uint64_t *bytes);

/**
 * Parse a mode in octal, at most 7777. Bits above the permissions are kept, as flags of shmget(2).
 */
int classic_parse_mode(const char *text, mode_t *mode);

#endif
