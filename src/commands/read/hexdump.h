/*
 * Hex dump: offset, up to 16 bytes, their text; repeated lines are folded into "*".
 */
#ifndef SHMTOOL_COMMANDS_READ_HEXDUMP_H
#define SHMTOOL_COMMANDS_READ_HEXDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HEXDUMP_BYTES = 16,      /* of a line, at most */
	HEXDUMP_LINE_SIZE = 112, /* size of a line with newline and NUL, in bytes */
};

struct hexdump {
	size_t row;                            /* bytes of a line */
	uint64_t offset;                       /* of the next line */
	unsigned char previous[HEXDUMP_BYTES]; /* the line before */
	bool has_previous;
	bool folding; /* "*" has been printed */
	bool empty;   /* no line yet */
};

/**
 * Start a dump.
 *
 * @param offset  of the first byte, in bytes
 * @param width   of the terminal in columns, 0 if there is none: lines that are wider have fewer
 *                bytes
 */
void hexdump_begin(struct hexdump *dump, uint64_t offset, size_t width);

/**
 * Format the next line.
 *
 * @param bytes  the bytes of the line
 * @param count  dump->row, fewer only in the last line
 * @param line   receives the line with its newline, HEXDUMP_LINE_SIZE bytes
 * @return its length in bytes; 0 if the line repeats the previous one and is folded
 */
size_t hexdump_line(struct hexdump *dump, const unsigned char *bytes, size_t count, char *line);

/**
 * Format the last line: the offset after the last byte.
 *
 * @param line  receives it, HEXDUMP_LINE_SIZE bytes
 * @return its length in bytes; 0 if there were no bytes
 */
size_t hexdump_end(const struct hexdump *dump, char *line);

#endif
