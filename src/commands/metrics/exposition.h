/*
 * Text that is valid both as OpenMetrics 1.0 and in the classic text format of Prometheus.
 *
 * All metrics are gauges: counters have different names in the two formats, and the type "info" is
 * unknown to the classic one. The classic format takes the lines "# UNIT" and "# EOF" for comments.
 */
#ifndef SHMTOOL_COMMANDS_METRICS_EXPOSITION_H
#define SHMTOOL_COMMANDS_METRICS_EXPOSITION_H

#include "output/buffer.h"

#include <stddef.h>

struct metric {
	const char *name; /* of [a-z_]; ends in an underscore and the unit, if it has one */
	const char *unit; /* "bytes", "seconds", "ratio"; NULL: a number of things */
	const char *help; /* a sentence */
};

struct label {
	const char *name;
	const char *value; /* any bytes */
};

/** Labels are passed as an array that a NULL name ends. */
#define LABELS(...)                                                                                \
	(const struct label[])                                                                     \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			NULL, NULL                                                                 \
		}                                                                                  \
	}

/** All zero is an empty text. */
struct exposition {
	struct buffer text;
	const struct metric *last; /* of the last sample */
};

/**
 * Append a sample, after the description of its metric if the last sample had another one. All
 * samples of a metric must be added one after another, each with different labels.
 *
 * @param metric  kept, not copied: it must be static
 * @param labels  as LABELS(); NULL: none. Control characters and bytes that are not UTF-8 become
 *                escapes as in text_visible()
 */
void exposition_add(struct exposition *exposition, const struct metric *metric,
                    const struct label *labels, double value);

/** Append the last line. */
void exposition_end(struct exposition *exposition);

#endif
