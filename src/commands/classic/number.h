/*
 * Numbers as util-linux's tools read them. All functions return 0, or -1 with errno: EINVAL if the
 * text is no such number, ERANGE if it is too large; nothing is ever cut to fit.
 */
#ifndef SHMTOOL_COMMANDS_CLASSIC_NUMBER_H
#define SHMTOOL_COMMANDS_CLASSIC_NUMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Read an id or another int: decimal, with a sign and blanks before it. */
int classic_parse_int(const char *text, int *number);

/**
 * Read a key: as C writes numbers, so 0x10, 020 and 16 are the same. A negative one, as
 * /proc/sysvipc shows it, means the key of the same 32 bits.
 *
 * @return as above, and EOVERFLOW: a number of more than 32 bits
 */
int classic_parse_key(const char *text, key_t *key);

/** Tell whether a text can only be meant as a key: 0x10, as all tables print keys. Key 0 names nothing. */
bool classic_is_key(const char *text, key_t *key);

/**
 * Read a size in bytes: as C writes numbers, with K or KiB for 1024, KB for 1000, and so on for
 * M, G, T, P, E, Z, Y, in either case. With a suffix a fraction is allowed. Of that, each digit is
 * rounded as util-linux does it, which may be up to twice what the digit stands for: 1.5K is 1536,
 * but 1.75K is 2099. So this is not size_parse() of output/units.h.
 */
int classic_parse_size(const char *text, uint64_t *bytes);

/** Read a mode in octal, of at most 7777. Bits above the permissions are kept, as shmget(2)'s flags. */
int classic_parse_mode(const char *text, mode_t *mode);

#endif
