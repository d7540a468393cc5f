/*
 * Subcommands as tables: one struct command for each, defined in its own file under commands/.
 */
#ifndef SHMTOOL_CLI_COMMAND_H
#define SHMTOOL_CLI_COMMAND_H

#include "cli/completion.h"
#include "cli/option.h"
#include "error.h"
#include "output/column.h"
#include "output/message.h"

#include <stdbool.h>
#include <stddef.h>

/** The context in which every command runs. */
struct command_context {
	struct message_context message;
	bool verbose;
	char **program; /* what stands behind "--", ended by NULL; NULL if there is none */
};

/** A word of another tool, and its equivalent here. */
struct option_hint {
	const char *word; /* "-m", "--addr"; "-N" is any digit, as of a negative number */
	const char *hint; /* stands in parentheses behind "unknown option" */
};

struct command {
	const char *name;
	const char *alias;    /* a second name, or NULL */
	const char *summary;  /* a line for "shmtool --help", begins with a verb */
	const char *operands; /* "REF...", "" for none */
	int min_operands;
	int max_operands;   /* -1 for any number */
	bool takes_program; /* what stands behind "--" is a program to run and its arguments */
	const struct option_group *groups;
	size_t group_count;
	size_t options_size;              /* of the struct that the groups fill, in bytes */
	const struct column_set *columns; /* of its rows, for completion; NULL if it has none */
	size_t common_offset;             /* of the struct common_options in it, in bytes */
	complete_fn *complete_operand;
	const struct option_hint *option_hints; /* ended by a word that is NULL; or NULL */

	/**
	 * Of an operand that is one too many: append to the error how to say what may have been
	 * meant. NULL if there is nothing to say.
	 */
	void (*hint_operand)(const char *operand, struct error *error);

	/**
	 * Do it.
	 *
	 * @param context   for messages
	 * @param options   the filled struct
	 * @param argc      of the operands
	 * @param operands  what is left of the command line
	 * @return the exit status
	 */
	enum exit_status (*run)(const struct command_context *context, const void *options,
	                        int argc, char **operands);

	/**
	 * Of a command that speaks as util-linux's do (cli/classic.h), instead of run: do it.
	 *
	 * @param argc  of argv
	 * @param argv  as it was given; argv[0] is the command's name or path
	 * @return the exit status
	 */
	enum exit_status (*run_classic)(int argc, char **argv);
};

/**
 * Find a command by its name, its alias or another word for it.
 *
 * @return the command or NULL
 */
const struct command *command_find(const struct command *const *commands, size_t count,
                                   const char *name);

/**
 * Find the classic command that the tool was called as.
 *
 * @param path  argv[0] of the program
 * @return the command or NULL: it was called by its own name
 */
const struct command *command_find_personality(const struct command *const *commands, size_t count,
                                               const char *path);

#endif
