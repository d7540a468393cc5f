/*
 * probe-pages --summary: one row per object with the number of its pages in each state.
 */
#ifndef SHMTOOL_COMMANDS_PROBE_PAGES_SUMMARY_H
#define SHMTOOL_COMMANDS_PROBE_PAGES_SUMMARY_H

#include "cli/command.h"
#include "output/format.h"

#include <stdbool.h>
#include <stdint.h>

struct summary_request {
	uint64_t offset; /* of the first page in each object, in bytes */
	uint64_t length; /* in bytes; UINT64_MAX: to the end */
	bool recursive;  /* examine the files in directories */
	bool total;      /* add a row with the sums */
	bool numa;       /* add the pages in memory on each node */
};

/**
 * Examine objects and print their rows. Prints errors; one object's error never hides the others.
 *
 * @param count  number of words, at least 1
 * @param words  the REFs, or with request->recursive also directories
 * @return the exit status
 */
enum exit_status summarize(const struct command_context *context,
                           const struct summary_request *request,
                           const struct format_options *format, int count, char **words);

#endif
