/*
 * The terminal that standard output is, if it is one.
 */
#ifndef SHMTOOL_OUTPUT_TERMINAL_H
#define SHMTOOL_OUTPUT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct terminal {
	bool is_terminal; /* standard output is a terminal */
	bool is_dumb;     /* TERM is unset or "dumb": it understands no escape sequences */
	bool is_utf8;     /* the locale's characters are those of Unicode, as UTF-8 */
	size_t width;     /* columns; of the kernel, else $COLUMNS, else 80 */
	size_t height;    /* lines; of the kernel, else $LINES, else 24 */
};

/**
 * Read a length in columns or lines from the environment.
 *
 * @param variable  "COLUMNS" or "LINES"
 * @param fallback  returned if the variable is not set, or is not a length
 */
size_t terminal_length(const char *variable, size_t fallback);

/**
 * Describe standard output, as it was at the first call: a pager may replace it later
 * (output/pager.h).
 *
 * @return the description; width and height are valid even if it is not a terminal
 */
const struct terminal *terminal_stdout(void);

#endif
