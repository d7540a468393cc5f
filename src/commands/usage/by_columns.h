/*
 * The words and columns of shmtool usage --by.
 */
#ifndef SHMTOOL_COMMANDS_USAGE_BY_COLUMNS_H
#define SHMTOOL_COMMANDS_USAGE_BY_COLUMNS_H

#include "cli/option.h"
#include "commands/shared/accounting/by_groups.h"
#include "output/column.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/** Parse "owner,kind" into a struct by_list. */
option_parse_fn option_parse_by;

/** Offer the words. */
complete_fn complete_by;

/** All columns, for names and meanings only. The first ones are the words. */
extern const struct column_set usage_by_columns;

struct by_row {
	const char *line;         /* "group", "others" or "sum" */
	const struct by_key *key; /* NULL unless it is a group */
	struct by_total total;
	size_t others;  /* groups that have some of its objects, too */
	uint64_t whole; /* bytes of all groups */
	uint64_t age;   /* of the oldest object in seconds, if it is known */
};

/** Data that columns need beside the row. */
struct by_context {
	const struct by_list *by;
	bool is_table; /* the first column shows "others" and "sum" */
};

/** All columns, to print values. @param context  kept, not copied */
struct column_set by_columns_in(struct by_context *context);

/** Fill in a row without a key. */
void by_row_set(struct by_row *row, const char *line, struct by_total total,
                const struct by_groups *groups);

/** The title of the table; the caller frees it. */
char *by_title(const struct by_list *by);

/** The default columns of the table; the caller frees them. */
char *by_default_columns(const struct by_list *by, const struct by_groups *groups,
                         bool is_for_terminal);

/** The default columns of JSON, raw and export; the caller frees them. */
char *by_machine_columns(const struct by_list *by);

#endif
