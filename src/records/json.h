/*
 * Records from JSON: an array of objects, or objects one after another.
 */
#ifndef SHMTOOL_RECORDS_JSON_H
#define SHMTOOL_RECORDS_JSON_H

#include "records/encoder.h"

/**
 * Make a row from each object. The objects are parsed one by one, so that memory holds only one in
 * addition to the text and the records.
 *
 * @param encoder  receives the rows
 * @param text     not empty; UTF-8
 * @param end      of the text
 * @return 0, or -1 with the encoder's error set
 */
int record_json_read(struct record_encoder *encoder, const char *text, const char *end);

#endif
