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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum record_type {
	RECORD_TEXT, /* char, or an array of char: bytes up to the last that is not NUL */
	RECORD_SIGNED,
	RECORD_UNSIGNED,
	RECORD_BOOL,
	RECORD_FLOAT, /* float and double: of 4 or 8 bytes */
	RECORD_LONG_DOUBLE,
	RECORD_POINTER,
};

/** A number, a text or a pointer at its place. */
struct record_member {
	char *name;     /* "name", "pos.x", "points[2].x", "numbers[0]" */
	char *declared; /* its type as C writes it: "unsigned int", "char[4]", "be32", "char *" */
	enum record_type type;
	bool is_swapped;  /* an integer in the byte order that this machine does not have */
	uint64_t offset;  /* from the beginning of the record, in bytes */
	uint64_t size;    /* in bytes */
	uint64_t padding; /* unused bytes behind it, up to the next member or the record's end */
};

struct record {
	struct record_member *members; /* in the order of their offsets */
	size_t count;
	uint64_t bytes;     /* of the whole record: sizeof */
	uint64_t alignment; /* in bytes: _Alignof */
};

enum {
	RECORD_MEMBERS_MAX = 65536,  /* after arrays and structs are dissolved */
	RECORD_DEPTH_MAX = 16,       /* of structs within structs */
	RECORD_DIMENSIONS_MAX = 16,  /* of an array */
	RECORD_NAME_LENGTH_MAX = 255 /* of a name in the declaration, in bytes */
};

/** More bytes than a record may have, so that no sum of a few of its sizes overflows. */
#define RECORD_BYTES_MAX ((uint64_t)PTRDIFF_MAX / 8)

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
