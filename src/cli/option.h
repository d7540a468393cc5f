/*
 * Options as tables.
 *
 * An option is described once: its name, letter, argument, meaning, how its argument is parsed and
 * completed, and where the result is stored. The parser, --help and completion use that
 * description.
 */
#ifndef SHMTOOL_CLI_OPTION_H
#define SHMTOOL_CLI_OPTION_H

#include "cli/completion.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option;

/**
 * Parse an option's argument.
 *
 * @param text         the argument; NULL if an optional argument was omitted
 * @param destination  where the value is stored; the function determines its type
 * @param error        receives a sentence about the argument: "is not a size"
 * @return 0, or -1 with error set
 */
typedef int option_parse_fn(const char *text, void *destination, struct error *error);

enum option_flags {
	OPTION_ARGUMENT_OPTIONAL = 1 << 0, /* --name or --name=ARGUMENT */
	OPTION_ONCE = 1 << 1, /* a second occurrence is an error and does not replace the first */
	OPTION_SUBSET_SHIFT = 8, /* the bits above are those of OPTION_SUBSET() */
};

/** The subset of a struct completion when the option's argument is completed, as a flag. */
#define OPTION_SUBSET(bits) ((unsigned int)(bits) << OPTION_SUBSET_SHIFT)

struct option_spec {
	const char *name;       /* long name without the dashes */
	char letter;            /* short name, 0 for none */
	const char *argument;   /* "SIZE", NULL for a flag */
	const char *help;       /* a line for --help */
	option_parse_fn *parse; /* NULL for a flag, which sets a bool */
	complete_fn *complete;  /* candidates for the argument, NULL for none */
	size_t offset;          /* of the destination in the group's struct, in bytes */
	unsigned int flags;     /* of enum option_flags */
};

/** Options that belong together, and the place of their struct in the command's options. */
struct option_group {
	const char *title; /* a heading in --help, "Filters"; NULL continues the previous one */
	const struct option_spec *options;
	size_t count;
	size_t offset; /* bytes */
};

/** An optional number. */
struct optional_number {
	bool given;
	uint64_t number;
};

/** Values of getopt_long(3) for long names begin here, above all letters. */
enum { GETOPT_FIRST_VALUE = 256 };

struct known_option {
	const struct option_spec *spec;
	size_t offset; /* of the destination in the command's options struct, in bytes */
	bool seen;
};

/** All options of a command in the form that getopt_long(3) takes. */
struct getopt_table {
	struct known_option *known;
	struct option *long_options; /* in the order of known */
	char *letters;
	size_t count;
};

/**
 * Make the table.
 *
 * @param table        receives it, to be freed with getopt_table_free()
 * @param groups       all options of the command
 * @param group_count  of them
 * @param prefix       of the letters: ":" distinguishes a missing argument from an unknown option
 */
void getopt_table_build(struct getopt_table *table, const struct option_group *groups,
                        size_t group_count, const char *prefix);

/**
 * Find an option.
 *
 * @param value  that getopt_long(3) returned: a letter, or the number of a long name
 * @return the option, or NULL
 */
struct known_option *getopt_table_find(const struct getopt_table *table, int value);

void getopt_table_free(struct getopt_table *table);

/** The place where parsing stopped, for the message. */
struct option_failure {
	struct error error;
	char subject[256]; /* "--size 1X", empty for the command line as a whole */
	bool unknown;      /* the subject is an unknown option */
};

/**
 * Parse a command line as getopt_long(3) does: options and operands come in any order, "--" ends
 * the options, long names may be abbreviated.
 *
 * @param groups       all options of the command
 * @param group_count  of them
 * @param argc         of argv
 * @param argv         argv[0] is the command's name; reordered so that the operands come last
 * @param destination  the command's options struct, all zero
 * @param behind       receives the number of words after "--", the last ones of argv; -1 if there
 *                     is no "--"
 * @param failure      receives the error
 * @return the index of the first operand, or -1 with failure set
 */
int options_parse(const struct option_group *groups, size_t group_count, int argc, char **argv,
                  void *destination, int *behind, struct option_failure *failure);

/** Parsers of arguments that are not specific to shared memory. */
option_parse_fn option_parse_string;   /* const char *, kept */
option_parse_fn option_parse_size;     /* struct optional_number, bytes, not 0 */
option_parse_fn option_parse_bytes;    /* struct optional_number, bytes, also as 0x1000 */
option_parse_fn option_parse_duration; /* struct optional_number, seconds */
option_parse_fn option_parse_address;  /* struct optional_number, decimal or hexadecimal */
option_parse_fn option_parse_count;    /* struct optional_number, decimal, not 0 */

/** Options that every command has. */
struct common_options {
	bool help;
	bool version;
	bool quiet;
	bool verbose;
};

enum { COMMON_OPTION_COUNT = 4 };
extern const struct option_spec common_option_specs[COMMON_OPTION_COUNT];

#define OPTION_COUNT(options) (sizeof(options) / sizeof((options)[0]))

/** A group of options whose struct is a member of the command's options struct. */
#define COMMON_OPTION_GROUP(type, member)                                                          \
	{                                                                                          \
		.title = "Everywhere", .options = common_option_specs,                             \
		.count = COMMON_OPTION_COUNT, .offset = offsetof(type, member)                     \
	}

#endif
