/*
 * Records: what a C struct's declaration says about bytes in memory.
 *
 * 'char name[4]; int age;' becomes a flat list of members, laid out as the C compiler of this
 * machine does it: nested structs and arrays are dissolved into members of their own, "pos.x",
 * "points[2].x", but for arrays of char, which are one text.
 */
#ifndef SHMTOOL_RECORDS_LAYOUT_H
#define SHMTOOL_RECORDS_LAYOUT_H

#include "error.h"
#include "records/record.h"

#include <stdbool.h>

/**
 * Read a declaration: the members of a struct, "int a, b[3]; char *p", or a whole struct with
 * them, "struct name { ... };", as headers and manual pages have it. The type char is text, signed
 * and unsigned char are numbers. Comments, const and volatile are skipped.
 *
 * @param declaration  C, in the declaration's own order and with one line or many
 * @param packed       no padding anywhere, as after #pragma pack(1)
 * @param record       receives the layout, to be freed with record_free()
 * @return 0, or -1 with error set (STATUS_USAGE; STATUS_FAILED without memory) and nothing to be
 *         freed: what is no declaration, or one that C knows and this does not (bit-fields,
 *         unions, arrays without a size, functions), and at which character
 */
int record_parse(const char *declaration, bool packed, struct record *record, struct error *error);

/** Free a record's members; a record that is all zero has none. */
void record_free(struct record *record);

#endif
