/*
 * Bytes as a hex dump: offset, 16 bytes, their text; lines that repeat are folded as "*".
 */
#ifndef SHMTOOL_COMMANDS_READ_HEXDUMP_H
#define SHMTOOL_COMMANDS_READ_HEXDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HEXDUMP_BYTES = 16,      /* of a line */
	HEXDUMP_LINE_SIZE = 112, /* room for a line, its newline and the NUL, in bytes */
};

struct hexdump {
	uint64_t offset;                       /* of the next line */
	unsigned char previous[HEXDUMP_BYTES]; /* the line before */
	bool has_previous;
	bool folding; /* the "*" is written */
	bool empty;   /* no line yet */
};

/**
 * Begin.
 *
 * @param offset  of the first byte, in bytes
 */
void hexdump_begin(struct hexdump *dump, uint64_t offset);

/**
 * Make the next line.
 *
 * @param bytes  of it
 * @param count  HEXDUMP_BYTES, fewer only in the last line
 * @param line   receives it with its newline, HEXDUMP_LINE_SIZE bytes
 * @return its length in bytes; 0 if the line repeats the one before and was folded
 */
size_t hexdump_line(struct hexdump *dump, const unsigned char *bytes, size_t count, char *line);

/**
 * Make the last line: the offset behind the last byte.
 *
 * @param line  receives it, HEXDUMP_LINE_SIZE bytes
 * @return its length in bytes; 0 if there was nothing at all
 */
size_t hexdump_end(const struct hexdump *dump, char *line);

#endif
