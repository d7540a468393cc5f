/*
 * Columns: the properties that a command can print for each of its rows.
 *
 * A command describes its columns once, in one table. An entry specifies which rows have the
 * column, and where in a row's struct the value is stored; a value that is not stored has a
 * function that computes it. The user chooses the columns to print, their order and the format.
 */
#ifndef SHMTOOL_OUTPUT_COLUMN_H
#define SHMTOOL_OUTPUT_COLUMN_H

#include "error.h"
#include "output/color.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum column_type {
	COLUMN_TEXT,    /* escaped as each format requires */
	COLUMN_ESCAPED, /* text that is already escaped: a backslash starts an octal escape */
	COLUMN_REF,    /* text with vis(3) escapes in every format, so that it can be pasted back */
	COLUMN_NUMBER, /* decimal */
	COLUMN_SIZE,   /* bytes */
	COLUMN_KEY,    /* 0x%08x */
	COLUMN_MODE,   /* octal */
	COLUMN_TIME,   /* signed: seconds since 1970 */
	COLUMN_DURATION, /* seconds */
};

enum column_align { ALIGN_LEFT, ALIGN_RIGHT };

/**
 * In a table that is wider than the terminal, columns of low importance are shortened, then omitted.
 * If that is not enough, all others are shortened, then omitted, the least important one first; of
 * two that are equally important, the one on the right.
 */
enum column_importance {
	IMPORTANCE_USUAL,
	IMPORTANCE_LOW = -1,
	IMPORTANCE_HIGH = 1,
	IMPORTANCE_NEEDED = 2, /* names the object: neither shortened nor omitted */
};

/** Terminal columns in which a description, path or name can be recognized: struct column.legible. */
enum { LEGIBLE_WIDTH = 32 };

enum value_kind {
	VALUE_ABSENT,    /* does not apply to the row: shown as unknown, omitted from details */
	VALUE_UNKNOWN,   /* "-", null in JSON */
	VALUE_NUMBER,    /* number */
	VALUE_SIGNED,    /* signed_number */
	VALUE_BYTES,     /* number, a size in bytes, whatever the column's type */
	VALUE_TEXT,      /* text */
	VALUE_REAL,      /* text: a number with an optional fraction, in JSON syntax */
	VALUE_JSON,      /* text: any JSON value, for formats other than tables */
	VALUE_BOOL,      /* number: 0 is false */
	VALUE_UNLIMITED, /* "unlimited" */
};

/** Room for a text composed by the value function: a REF with a file name in it. */
enum { VALUE_SCRATCH_SIZE = 4200 };

struct value {
	enum value_kind kind;
	union {
		uint64_t number;
		int64_t signed_number;
		const char *text; /* valid until the next value is requested, or in scratch */
	};
	char scratch[VALUE_SCRATCH_SIZE];
};

/** Set a value to a text (kept as a pointer), a number, or unknown. */
void value_set_text(struct value *value, const char *text);
void value_set_number(struct value *value, uint64_t number);
void value_set_unknown(struct value *value);

/** Set a value to a share of 1, as a percentage with tenths. */
void value_set_share(struct value *value, double share);

/** Set a value to a time, seconds since 1970. 0 means never, and is shown as unknown. */
void value_set_time(struct value *value, time_t when);

/**
 * Give the value of a row in a column.
 *
 * @param row    one of the rows passed to the report
 * @param value  receives the value; its kind is VALUE_ABSENT on entry
 */
typedef void column_value_fn(const void *row, struct value *value);

/** The representation of a value in the struct of a row. */
enum field_type {
	FIELD_NONE,
	FIELD_UNSIGNED, /* an unsigned integer of 1, 2, 4 or 8 bytes */
	FIELD_PID,      /* pid_t; unknown if it is 0 */
	FIELD_TIME,     /* time_t; unknown if it is 0 */
	FIELD_TEXT,     /* const char *; unknown if it is NULL */
	FIELD_CHARS,    /* an array of char that ends with NUL; empty: unknown */
};

/** The place of a value: in the struct of a row, or in a struct that a member of it points to. */
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
	unsigned int classes;   /* of rows that have it, bits defined by the set; 0: all rows */
	struct field field;     /* where the value is stored, unless it is computed */
	unsigned int known;     /* bit that the set's known_of() must report; 0: always known */
	column_value_fn *value; /* computes it; called only for rows of the column's classes */
	unsigned int needs;     /* data to collect for it, bits defined by the owner */
	const char *alias;      /* a second word for -o, or NULL */
	enum column_importance importance; /* in a table that is wider than the terminal */
	/* Less important columns are omitted before it is shortened to fewer terminal columns. */
	unsigned int legible;
	bool whole; /* its texts cannot be shortened: the rest would mean something else */
	const struct word_style *styles; /* of its values on a terminal; NULL: all plain */
};

/**
 * Give the value of a row in a column of a set created at run time.
 *
 * @param closure  of the set
 * @param index    of the column in the set
 */
typedef void column_indexed_fn(void *closure, const void *row, size_t index, struct value *value);

struct column_set {
	const struct column *columns;
	size_t count;
	unsigned int (*class_of)(const void *row); /* the bit of a row's class; NULL: no classes */
	unsigned int (*known_of)(const void *row); /* the known bits of a row, or NULL */
	column_indexed_fn *value; /* for columns with neither a field nor a function */
	void *closure;
};

/** Give the value of a row in a column of a set; VALUE_ABSENT if the column does not apply. */
void column_value(const struct column_set *set, const struct column *column, const void *row,
                  struct value *value);

/**
 * The name of this machine, for output that is collected from several. It can be chosen in every set,
 * and is in none.
 */
extern const struct column column_host;

/** Whether a column names the object, so that its values are neither shortened nor folded. */
bool column_is_needed(const struct column *column);

/** A choice of columns, in the order of printing. */
struct column_choice {
	const struct column_set *set;
	const struct column **columns;
	size_t count;
	size_t named; /* index of the first column that the user named; count if all are defaults */
};

/**
 * Parse a list of columns: "a,b", or "+a,b" for the defaults followed by these. Duplicates are
 * dropped.
 *
 * @param set       all columns
 * @param list      the user's list
 * @param defaults  the list that a leading + adds to, "a,b"
 * @param choice    receives the columns; free with column_choice_free()
 * @return 0, or -1 with a usage error in error: an unknown column (with the nearest name), an empty
 *         list
 */
int column_choice_parse(const struct column_set *set, const char *list, const char *defaults,
                        struct column_choice *choice, struct error *error);

/**
 * Choose all columns of the set.
 *
 * @param list  "+a,b": adds columns that are not in the set, like column_host; NULL for none
 * @return 0, or -1 with a usage error as column_choice_parse()
 */
int column_choice_all(const struct column_set *set, const char *list, struct column_choice *choice,
                      struct error *error);

void column_choice_free(struct column_choice *choice);

#endif
