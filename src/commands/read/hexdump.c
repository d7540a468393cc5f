#include "commands/read/hexdump.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The bytes of a line that fits: 16, 8 or 4. Each has two digits, a blank and a character. */
static size_t row_of(size_t width)
{
	enum { SHORTEST = 4, OFFSET_AND_BARS = 14, COLUMNS_OF_A_BYTE = 4 };
	size_t row = HEXDUMP_BYTES;

	while (width > 0 && row > SHORTEST && OFFSET_AND_BARS + COLUMNS_OF_A_BYTE * row > width)
		row /= 2;
	return row;
}

void hexdump_begin(struct hexdump *dump, uint64_t offset, size_t width)
{
	memset(dump, 0, sizeof(*dump));
	dump->row = row_of(width);
	dump->offset = offset;
	dump->empty = true;
}

static bool repeats(const struct hexdump *dump, const unsigned char *bytes, size_t count)
{
	return dump->has_previous && count == dump->row &&
	       memcmp(dump->previous, bytes, count) == 0;
}

static char *append_hex(char *to, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	*to++ = digits[byte >> 4];
	*to++ = digits[byte & 15];
	return to;
}

static char *append_bytes(char *to, const unsigned char *bytes, size_t count, size_t row)
{
	for (size_t i = 0; i < row; i++) {
		*to++ = ' ';
		if (i == row / 2)
			*to++ = ' ';
		if (i < count) {
			to = append_hex(to, bytes[i]);
		} else {
			*to++ = ' ';
			*to++ = ' ';
		}
	}
	return to;
}

static char *append_text(char *to, const unsigned char *bytes, size_t count)
{
	*to++ = '|';
	for (size_t i = 0; i < count; i++)
		*to++ = bytes[i] >= ' ' && bytes[i] <= '~' ? (char)bytes[i] : '.';
	*to++ = '|';
	return to;
}

static char *append_offset(char *to, uint64_t offset)
{
	return to + sprintf(to, "%08" PRIx64, offset);
}

size_t hexdump_line(struct hexdump *dump, const unsigned char *bytes, size_t count, char *line)
{
	char *to = line;
	bool folded = repeats(dump, bytes, count);

	if (folded && !dump->folding) {
		*to++ = '*';
		*to++ = '\n';
	} else if (!folded) {
		to = append_offset(to, dump->offset);
		*to++ = ' ';
		to = append_bytes(to, bytes, count, dump->row);
		*to++ = ' ';
		*to++ = ' ';
		to = append_text(to, bytes, count);
		*to++ = '\n';
	}
	dump->empty = false;
	dump->folding = folded;
	dump->has_previous = count == dump->row;
	memcpy(dump->previous, bytes, count);
	dump->offset += count;
	return (size_t)(to - line);
}

size_t hexdump_end(const struct hexdump *dump, char *line)
{
	char *to;

	if (dump->empty)
		return 0;
	to = append_offset(line, dump->offset);
	*to++ = '\n';
	return (size_t)(to - line);
}
