/*
 * Records from CSV (RFC 4180): fields separated by commas, in quotes if they contain commas, quotes
 * or newlines. The first line names the members.
 */
#ifndef SHMTOOL_RECORDS_CSV_H
#define SHMTOOL_RECORDS_CSV_H

#include "records/encoder.h"

/**
 * Make a row from each line after the first.
 *
 * @param encoder  receives the rows
 * @param text     not empty
 * @param end      of the text
 * @return 0, or -1 with the encoder's error set
 */
int record_csv_read(struct record_encoder *encoder, const char *text, const char *end);

#endif
