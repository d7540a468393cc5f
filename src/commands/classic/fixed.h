/*
 * Fields of fixed width, as util-linux prints them: padded with blanks, also at the end of a line.
 * Text that is wider than its field is not cut, unless a function says so; it shifts the rest of
 * the line.
 */
#ifndef SHMTOOL_COMMANDS_CLASSIC_FIXED_H
#define SHMTOOL_COMMANDS_CLASSIC_FIXED_H

#include "output/buffer.h"

#include <stddef.h>
#include <stdint.h>

/** Append a left-aligned text: "%-*s". Widths are in bytes. */
void fixed_text(struct buffer *buffer, const char *text, size_t width);

/** The same, truncated to the width: "%-*.*s". */
void fixed_text_cut(struct buffer *buffer, const char *text, size_t width);

/** Append a right-aligned text: "%*s". */
void fixed_text_right(struct buffer *buffer, const char *text, size_t width);

/** Append a left-aligned decimal number: "%-*u". */
void fixed_decimal(struct buffer *buffer, uint64_t number, size_t width);

/** Append a right-aligned decimal number: "%*u". */
void fixed_decimal_right(struct buffer *buffer, uint64_t number, size_t width);

/** Append a left-aligned octal number: "%-*o". */
void fixed_octal(struct buffer *buffer, uint64_t number, size_t width);

/** Append a key: "0x%08x". */
void fixed_key(struct buffer *buffer, uint32_t key);

#endif
