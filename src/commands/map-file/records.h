/*
 * Storing and showing the records of a mapped file.
 */
#ifndef SHMTOOL_COMMANDS_MAP_FILE_RECORDS_H
#define SHMTOOL_COMMANDS_MAP_FILE_RECORDS_H

#include "commands/map-file/columns.h"
#include "commands/shared/record_options.h"
#include "commands/shared/record_rows.h"
#include "error.h"
#include "output/report.h"
#include "records/encoder.h"
#include "records/layout.h"

#include <stdint.h>

struct mapped_records {
	struct record record;          /* all zero without --record */
	struct record_columns columns; /* of the record */
};

/**
 * Evaluate the record options.
 *
 * @param records  receives the record and its columns, free with mapped_records_free(); must not be
 *                 moved
 * @return 0, or -1 with error set
 */
int mapped_records_prepare(const struct record_option_values *values,
                           struct mapped_records *records, struct error *error);

void mapped_records_free(struct mapped_records *records);

/**
 * Convert JSON or CSV to records.
 *
 * @param text  the text, or "-" for standard input
 * @param rows  receives them, free with record_rows_free()
 * @return 0, or -1 with error set
 */
int mapped_records_take(const struct record *record, const char *text, struct record_rows *rows,
                        struct error *error);

/**
 * Print the complete records between two offsets of a mapping.
 *
 * @param begin    in the mapping, in bytes
 * @param end      in the mapping, in bytes; inaccessible bytes are an error
 * @return 0, or -1 with error set
 */
int mapped_records_print(const struct mapped_file *file, uint64_t begin, uint64_t end,
                         const struct mapped_records *records, const struct format_options *format,
                         struct error *error);

#endif
