/*
 * Fields of a fixed width, as the classic tools print them: filled with blanks, also behind the
 * last one of a line. What is wider than its field stays whole and pushes the rest aside, unless
 * it says otherwise here.
 */
#ifndef SHMTOOL_COMMANDS_CLASSIC_FIXED_H
#define SHMTOOL_COMMANDS_CLASSIC_FIXED_H

#include "output/buffer.h"

#include <stddef.h>
#include <stdint.h>

/** Append a text that stands left in its field: "%-*s". Widths count bytes. */
void fixed_text(struct buffer *buffer, const char *text, size_t width);

/** The same, cut if it is wider: "%-*.*s". */
void fixed_text_cut(struct buffer *buffer, const char *text, size_t width);

/** Append a text that stands right in its field: "%*s". */
void fixed_text_right(struct buffer *buffer, const char *text, size_t width);

/** Append a decimal number that stands left in its field: "%-*u". */
void fixed_decimal(struct buffer *buffer, uint64_t number, size_t width);

/** Append a decimal number that stands right in its field: "%*u". */
void fixed_decimal_right(struct buffer *buffer, uint64_t number, size_t width);

/** Append an octal number that stands left in its field: "%-*o". */
void fixed_octal(struct buffer *buffer, uint64_t number, size_t width);

/** Append a key: "0x%08x". */
void fixed_key(struct buffer *buffer, uint32_t key);

#endif
