/*
 * The format of a report, as requested by the user.
 */
#ifndef SHMTOOL_OUTPUT_FORMAT_H
#define SHMTOOL_OUTPUT_FORMAT_H

#include "output/color.h"
#include "output/units.h"

#include <stdbool.h>
#include <stddef.h>

enum report_format {
	FORMAT_TABLE,  /* aligned, for terminals */
	FORMAT_JSON,   /* one array of flat objects */
	FORMAT_RAW,    /* one line per row, values separated by one blank */
	FORMAT_EXPORT, /* KEY="value" pairs for a shell's eval */
};

/** The requested format. */
struct format_options {
	enum report_format format;
	const char *columns; /* list for -o, NULL for the defaults */
	const char *sort;    /* a column, with a leading - for descending; NULL for none */
	bool no_headings;
	bool human; /* sizes as 1.5M, durations as 4h; never in JSON */
	bool bytes; /* sizes in bytes, durations in seconds, even on a terminal */
	bool no_truncate;
	enum color_when color;
	enum time_format time_format;
	/*
	 * The following are set by format_options_on_stdout(); without it, the output is that of a
	 * pipe.
	 */
	bool for_terminal; /* a table for a person: sizes and times in short form, totals */
	bool colored;
	size_t width; /* of a table, in terminal columns; 0: any */
};

/**
 * Adapt tables to standard output: on a terminal, they are for a person, fit its width and are
 * colored, unless the options say otherwise. Other formats are the same everywhere.
 *
 * @param options  the format and the options of the user
 */
void format_options_on_stdout(struct format_options *options);

#endif
