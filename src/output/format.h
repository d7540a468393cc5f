/*
 * The format of a report, as requested by the user.
 */
#ifndef SHMTOOL_OUTPUT_FORMAT_H
#define SHMTOOL_OUTPUT_FORMAT_H

#include "output/units.h"

#include <stdbool.h>

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
	enum time_format time_format;
};

#endif
