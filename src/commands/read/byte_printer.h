/*
 * Bytes on standard output: as they are, as a hex dump, as a text.
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
	BYTES_AS_STRING, /* up to the first NUL, and a newline if it does not end in one */
};

struct byte_printer {
	enum byte_format format;
	bool on_terminal;  /* what a terminal acts on is made visible in a text */
	bool ended;        /* the text's NUL has come: nothing more is wanted */
	bool line_is_open; /* the text does not end in a newline so far */
	struct hexdump dump;
};

/**
 * Begin.
 *
 * @param offset  of the first byte, in bytes
 */
void byte_printer_begin(struct byte_printer *printer, enum byte_format format, uint64_t offset);

/**
 * Print the next bytes.
 *
 * @param size  of them; for a hex dump a multiple of HEXDUMP_BYTES in all calls but the last
 */
void byte_printer_add(struct byte_printer *printer, const char *bytes, size_t size);

/** Print what comes last. Errors of standard output show when it is flushed. */
void byte_printer_end(struct byte_printer *printer);

#endif
