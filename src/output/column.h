/*
 * Columns: what a command can print about each of its rows.
 *
 * A command describes its columns once, in one table. An entry says which rows have the column, and
 * where in a row's struct the value is stored; a value that is stored nowhere has a function that
 * computes it. The user chooses which columns are printed, in which order and format.
 */
#ifndef SHMTOOL_OUTPUT_COLUMN_H
#define SHMTOOL_OUTPUT_COLUMN_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum column_type {
	COLUMN_TEXT,    /* escaped as each format needs */
	COLUMN_ESCAPED, /* text in which a backslash begins an octal escape already */
	COLUMN_REF, /* text with vis(3)'s escapes in every format, so that it can be pasted back */
	COLUMN_NUMBER,   /* decimal */
	COLUMN_SIZE,     /* bytes */
	COLUMN_KEY,      /* 0x%08x */
	COLUMN_MODE,     /* octal */
	COLUMN_TIME,     /* signed: seconds since 1970 */
	COLUMN_DURATION, /* seconds */
};

enum column_align { ALIGN_LEFT, ALIGN_RIGHT };

enum value_kind {
	VALUE_ABSENT,    /* the row has no such thing: as unknown, and left out of details */
	VALUE_UNKNOWN,   /* "-", null in JSON */
	VALUE_NUMBER,    /* number */
	VALUE_SIGNED,    /* signed_number */
	VALUE_BYTES,     /* number, a size in bytes, whatever the column's type */
	VALUE_TEXT,      /* text */
	VALUE_REAL,      /* text: a number that may have a fraction, as JSON writes it */
	VALUE_BOOL,      /* number: 0 is false */
	VALUE_UNLIMITED, /* "unlimited" */
};

/** Room for a text that the value function has to put together: a REF with a file name in it. */
enum { VALUE_SCRATCH_SIZE = 300 };

struct value {
	enum value_kind kind;
	union {
		uint64_t number;
		int64_t signed_number;
		const char *text; /* valid until the next value is asked for, or in scratch */
	};
	char scratch[VALUE_SCRATCH_SIZE];
};

/** Make a value a text, which is kept as a pointer, a number, or unknown. */
void value_set_text(struct value *value, const char *text);
void value_set_number(struct value *value, uint64_t number);
void value_set_unknown(struct value *value);

/** Make a value a time, seconds since 1970. A time that never was is 0, and unknown. */
void value_set_time(struct value *value, time_t when);

/**
 * Give the value of a row in a column.
 *
 * @param row    one of the rows that were handed to the report
 * @param value  receives it; its kind is VALUE_ABSENT when the function is called
 */
typedef void column_value_fn(const void *row, struct value *value);

/** How a value is stored in the struct of a row. */
enum field_type {
	FIELD_NONE,
	FIELD_UNSIGNED, /* an unsigned integer of 1, 2, 4 or 8 bytes */
	FIELD_PID,      /* pid_t; unknown if it is 0 */
	FIELD_TIME,     /* time_t; unknown if it is 0 */
	FIELD_TEXT,     /* const char *; unknown if it is NULL */
	FIELD_CHARS,    /* an array of char that ends with NUL */
};

/** Where a value is stored: in the struct of a row, or in one that a member of it points to. */
struct field {
	enum field_type type;
	size_t offset; /* in bytes */
	size_t size;   /* in bytes */
	bool is_indirect;
	size_t pointer; /* of the member that points to the struct, in bytes */
};

/** The field of a member of a row's struct. */
#define FIELD(type, structure, member)                                                             \
	{                                                                                          \
		type, offsetof(structure, member), sizeof(((structure *)0)->member), false, 0      \
	}

/** The field of a member of the struct that a pointer in a row's struct points to. */
#define FIELD_BEHIND(type, row, pointer, structure, member)                                        \
	{                                                                                          \
		type, offsetof(structure, member), sizeof(((structure *)0)->member), true,         \
		    offsetof(row, pointer)                                                         \
	}

struct column {
	const char *name;    /* lower case: the heading, the JSON key, the word for -o */
	const char *meaning; /* a line for "-o help" */
	enum column_type type;
	enum column_align align;
	unsigned int classes;   /* of rows that have it, in the bits of the set; 0: all rows */
	struct field field;     /* where the value is stored, unless it is computed */
	unsigned int known;     /* a bit that the set's known_of() must report; 0: always known */
	column_value_fn *value; /* computes it; called only for rows of the column's classes */
	unsigned int needs;     /* what must be collected for it, in the bits of the owner */
	const char *alias;      /* a second word for -o, or NULL */
};

/**
 * Give the value of a row in a column of a set that was made at run time.
 *
 * @param closure  of the set
 * @param index    of the column in the set
 */
typedef void column_indexed_fn(void *closure, const void *row, size_t index, struct value *value);

struct column_set {
	const struct column *columns;
	size_t count;
	unsigned int (*class_of)(const void *row); /* the bit of a row's class; NULL: no classes */
	unsigned int (*known_of)(const void *row); /* the bits of what is known of a row, or NULL */
	column_indexed_fn *value; /* for columns with neither a field nor a function */
	void *closure;
};

/** Give the value of a row in a column of a set, VALUE_ABSENT if it has none. */
void column_value(const struct column_set *set, const struct column *column, const void *row,
                  struct value *value);

/** A choice of columns, in the order in which they are printed. */
struct column_choice {
	const struct column_set *set;
	const struct column **columns;
	size_t count;
};

/**
 * Read a list of columns: "a,b", or "+a,b" for the defaults and then these. A column that is
 * named twice is taken once.
 *
 * @param set       all columns
 * @param list      what the user typed
 * @param defaults  the list that a leading + adds to, "a,b"
 * @param choice    receives the columns, to be freed with column_choice_free()
 * @return 0, or -1 with a usage error in error: an unknown column (and the nearest one), an empty
 *         list
 */
int column_choice_parse(const struct column_set *set, const char *list, const char *defaults,
                        struct column_choice *choice, struct error *error);

/**
 * Choose all columns.
 *
 * @return 0, or -1 with an error
 */
int column_choice_all(const struct column_set *set, struct column_choice *choice,
                      struct error *error);

void column_choice_free(struct column_choice *choice);

#endif
