/*
 * A record: a C struct as a flat list of members, each at its offset.
 */
#ifndef SHMTOOL_RECORDS_RECORD_H
#define SHMTOOL_RECORDS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum record_type {
	RECORD_TEXT, /* char, or an array of char: bytes up to the last one that is not NUL */
	RECORD_SIGNED,
	RECORD_UNSIGNED,
	RECORD_BOOL,
	RECORD_FLOAT, /* float and double: of 4 or 8 bytes */
	RECORD_LONG_DOUBLE,
	RECORD_POINTER,
};

/** A number, a text or a pointer at its offset. */
struct record_member {
	char *name;     /* "name", "pos.x", "points[2].x", "numbers[0]" */
	char *declared; /* its type in C: "unsigned int", "char[4]", "be32", "char *" */
	enum record_type type;
	bool is_swapped;  /* an integer in the non-native byte order */
	uint64_t offset;  /* from the start of the record, in bytes */
	uint64_t size;    /* in bytes */
	uint64_t padding; /* unused bytes after it, up to the next member or the record's end */
};

struct record {
	struct record_member *members; /* in the order of their offsets */
	size_t count;
	uint64_t bytes;     /* of the whole record: sizeof */
	uint64_t alignment; /* in bytes: _Alignof */
};

enum {
	RECORD_MEMBERS_MAX = 65536,  /* after arrays and structs are flattened */
	RECORD_DEPTH_MAX = 16,       /* of structs within structs */
	RECORD_DIMENSIONS_MAX = 16,  /* of an array */
	RECORD_NAME_LENGTH_MAX = 255 /* of a name in the declaration, in bytes */
};

/** The limit for the size of a record, so that sums of a few sizes do not overflow. */
#define RECORD_BYTES_MAX ((uint64_t)PTRDIFF_MAX / 8)

#endif
