/*
 * Options that select another place: --ns, the namespace of another process; --dir, directories
 * other than /dev/shm; --recursive, also what is below a directory.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_PLACE_OPTIONS_H
#define SHMTOOL_COMMANDS_SHARED_PLACE_OPTIONS_H

#include "cli/command.h"
#include "cli/option.h"
#include "objects/filter.h"

#include <stdbool.h>
#include <stddef.h>

/** The number of directories that can be named. */
enum { PLACE_DIRECTORIES_MAX = 256 };

struct place_directories {
	const char *paths[PLACE_DIRECTORIES_MAX]; /* as given */
	size_t count;
};

struct place_options {
	struct optional_number pid;
	struct place_directories directories;
	bool recursive;
};

/** The numbers of options of commands that have only the first, the first two, or all. */
enum { PLACE_OPTION_NS = 1, PLACE_OPTION_DIR, PLACE_OPTION_COUNT };
extern const struct option_spec place_option_specs[PLACE_OPTION_COUNT];

/** NUMBER: one of the numbers above. */
#define PLACE_OPTION_GROUP(type, member, number)                                                   \
	{                                                                                          \
		.title = "Elsewhere", .options = place_option_specs, .count = (number),            \
		.offset = offsetof(type, member)                                                   \
	}

/** The option --dir alone, for commands that have no --ns. */
#define DIRECTORY_OPTION_GROUP(type, member)                                                       \
	{                                                                                          \
		.title = "Elsewhere", .options = place_option_specs + PLACE_OPTION_NS, .count = 1, \
		.offset = offsetof(type, member)                                                   \
	}

/** Whether files in directories are selected, by --dir or --recursive. */
bool place_options_have_trees(const struct place_options *options);

/**
 * Refuse --dir and --recursive where they have no meaning.
 *
 * @param has_refs  there are operands, which --recursive can't be combined with
 * @param other     another option that can't be combined with both; NULL: none was given
 * @return 0, or -1 with a usage error in error
 */
int place_options_check(const struct place_options *options, bool has_refs, const char *other,
                        struct error *error);

/**
 * With --dir, take operands as paths below that directory, unless they already are or have the prefix
 * of a path. Prints errors.
 *
 * @param operands  as given; replaced
 * @return 0, or -1 if --dir was given more than once, or an operand has ".."
 */
int place_options_operands(const struct command_context *context,
                           const struct place_options *options, int count, char **operands);

/**
 * Enter the namespace that --ns names, and open the directories of --dir, if these were given. Call
 * this before any object is inspected. Prints errors.
 *
 * @return 0, or -1 if there is no place, or none of the directories could be opened
 */
int place_options_enter(const struct command_context *context, const struct place_options *options);

/**
 * With --dir or --recursive, let a filter also select directories, unless kinds were chosen or it has
 * conditions on use.
 *
 * @param has_kinds  --kind was given
 * @param filter     from filter_options_resolve()
 */
void place_options_begin(const struct place_options *options, bool has_kinds,
                         struct object_filter *filter);

/**
 * After place_options_enter(): let a filter select only what is in the directories of --dir.
 *
 * @return STATUS_DONE, or STATUS_FAILED if some of them could not be opened
 */
enum exit_status place_options_select(const struct place_options *options,
                                      struct object_filter *filter);

#endif
