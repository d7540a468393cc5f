/*
 * Subcommands as tables: one struct command each, defined in its own file under commands/.
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
	char **program; /* the words after "--", ended by NULL; NULL if there is no "--" */
};

/** An option of another tool, and its equivalent here. */
struct option_hint {
	const char *word; /* "-m", "--addr"; "-N" matches any digit, as in a negative number */
	const char *hint; /* printed in parentheses after "unknown option" */
};

struct command {
	const char *name;
	const char *alias;    /* a second name, or NULL */
	const char *summary;  /* a line for "shmtool --help", starts with a verb */
	const char *operands; /* "REF...", "" for none */
	int min_operands;
	int max_operands;   /* -1 for any number */
	bool takes_program; /* the words after "--" are a program to run and its arguments */
	const struct option_group *groups;
	size_t group_count;
	size_t options_size;              /* of the struct filled by the groups, in bytes */
	const struct column_set *columns; /* of its rows, for completion; NULL if none */
	const char *other_option;         /* with it, as "--elements", it has other rows; or NULL */
	const struct column_set *other_columns; /* of those */
	size_t common_offset; /* of struct common_options in that struct, in bytes */
	complete_fn *complete_operand;
	unsigned int operand_subset;            /* the subset of its struct completion */
	const struct option_hint *option_hints; /* ended by a NULL word; or NULL */

	/**
	 * Append to the error about an unexpected operand what the user may have meant. NULL if
	 * there is no such hint.
	 */
	void (*hint_operand)(const char *operand, struct error *error);

	/**
	 * Run the command.
	 *
	 * @param context   for messages
	 * @param options   the filled struct
	 * @param argc      of the operands
	 * @param operands  the rest of the command line
	 * @return the exit status
	 */
	enum exit_status (*run)(const struct command_context *context, const void *options,
	                        int argc, char **operands);

	/**
	 * Free what the option parsers have allocated; NULL if they allocate nothing.
	 *
	 * @param options  the struct, possibly filled only in part
	 */
	void (*release)(void *options);

	/**
	 * Run a command that behaves as util-linux's (commands/classic/parse.h); replaces run.
	 *
	 * @param argc  of argv
	 * @param argv  as given; argv[0] is the command's name or path
	 * @return the exit status
	 */
	enum exit_status (*run_classic)(int argc, char **argv);
};

/**
 * Find a command by its name, alias or synonym.
 *
 * @return the command or NULL
 */
const struct command *command_find(const struct command *const *commands, size_t count,
                                   const char *name);

/**
 * Find the classic command that the program was started as.
 *
 * @param path  argv[0] of the program
 * @return the command, or NULL if the program was started by its own name
 */
const struct command *command_find_personality(const struct command *const *commands, size_t count,
                                               const char *path);

#endif
