/*
 * Printing bytes on standard output: unchanged, as a hex dump, or as text.
 */
#ifndef SHMTOOL_COMMANDS_READ_BYTE_PRINTER_H
#define SHMTOOL_COMMANDS_READ_BYTE_PRINTER_H

#include "commands/read/hexdump.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum byte_format {
	BYTES_AS_IS,
	BYTES_AS_HEX,
	BYTES_AS_STRING, /* up to the first NUL, with a newline added if it lacks one */
};

struct byte_printer {
	enum byte_format format;
	bool on_terminal;  /* escape in text what a terminal would interpret */
	bool ended;        /* the NUL of the text was seen: ignore the rest */
	bool line_is_open; /* the text so far does not end in a newline */
	struct hexdump dump;
};

/**
 * Start printing.
 *
 * @param offset  of the first byte, in bytes
 */
void byte_printer_begin(struct byte_printer *printer, enum byte_format format, uint64_t offset);

/**
 * Print the next bytes.
 *
 * @param size  number of bytes; for a hex dump, a multiple of HEXDUMP_BYTES in all calls except the
 *              last
 */
void byte_printer_add(struct byte_printer *printer, const char *bytes, size_t size);

/** Print the end. Errors of standard output are detected when it is flushed. */
void byte_printer_end(struct byte_printer *printer);

#endif
