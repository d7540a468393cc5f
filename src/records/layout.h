/*
 * Records: the layout in memory that a C struct's declaration defines.
 *
 * 'char name[4]; int age;' becomes a flat list of members, laid out as by the C compiler of this
 * machine: nested structs and arrays are flattened into members of their own, "pos.x",
 * "points[2].x", except for arrays of char, which are one text.
 */
#ifndef SHMTOOL_RECORDS_LAYOUT_H
#define SHMTOOL_RECORDS_LAYOUT_H

#include "error.h"
#include "records/record.h"

#include <stdbool.h>

/**
 * Parse a declaration: the members of a struct, "int a, b[3]; char *p", or a whole struct, "struct
 * name { ... };", as found in headers and manual pages. The type char is text, signed and unsigned
 * char are numbers. Comments, const and volatile are skipped.
 *
 * @param declaration  C source, on one or more lines
 * @param packed       no padding, as after #pragma pack(1)
 * @param record       receives the layout; free with record_free()
 * @return 0, or -1 with error set (STATUS_USAGE; STATUS_FAILED without memory) and nothing to free:
 *         the text is not a declaration, or uses an unsupported feature of C (bit-fields, unions,
 *         arrays without a size, functions); the sentence names the character
 */
int record_parse(const char *declaration, bool packed, struct record *record, struct error *error);

/** Free a record's members. A record that is all zero is allowed. */
void record_free(struct record *record);

#endif
