/*
 * REF operands.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_REFS_H
#define SHMTOOL_COMMANDS_SHARED_REFS_H

#include "cli/command.h"
#include "error.h"
#include "objects/ref.h"

#include <stdbool.h>
#include <stddef.h>

/** Hints for commands that take REFs: the options of ipcs(1) and ipcrm(1), and a negative key. */
#define REF_OPTION_HINTS                                                                           \
	{ "-m", "to name a segment, use its id: 123 (-m belongs to ipcs and ipcrm)" },             \
	    { "-M", "to name a segment by key, use key:0x46010004 (-M belongs to ipcrm)" },        \
	    { "-Q", "to name a message queue by key, use msg:0x46010004 (-Q belongs to ipcrm)" },  \
	    { "-s", "to name a semaphore set, use sem:123 (-s belongs to ipcs and ipcrm)" },       \
	    { "-S", "to name a semaphore set by key, use sem:0x46010004 (-S belongs to ipcrm)" },  \
	    { "-N", "to name a negative key, use key:-1809252350" },                               \
	{                                                                                          \
		NULL, NULL                                                                         \
	}

struct ref_list {
	struct ref *refs;
	size_t count;
	enum exit_status
	    status; /* STATUS_FAILED if one could not be resolved: ftok of a missing file */
};

/**
 * Parse all REFs before any is acted on, so that a usage error changes nothing. Prints errors.
 *
 * @param scope  the REFs that the command accepts
 * @param count  number of words
 * @param words  the operands
 * @param list   receives the REFs; free with refs_free(), also after a failure
 * @return 0, or -1 with list->status set if the command must stop
 */
int refs_parse(const struct command_context *context, enum ref_scope scope, int count, char **words,
               struct ref_list *list);

/** Whether any word may be the REF of a mapping; cheap, before the REFs are parsed. */
bool refs_name_mapping(int count, char **words);

/**
 * Find the objects that REFs name. Prints errors.
 *
 * @param list  the objects are added to it
 * @return refs->status, or STATUS_FAILED if an object was not found
 */
enum exit_status refs_find(const struct command_context *context, const struct ref_list *refs,
                           struct object_list *list);

void refs_free(struct ref_list *list);

/**
 * Parse the REF of a command that takes exactly one, of memory. Prints errors.
 *
 * @param count  number of operands, 0 or 1
 * @param words  the operands
 * @param ref    receives it
 * @return STATUS_DONE, or the exit status to return
 */
enum exit_status refs_parse_one(const struct command_context *context, int count, char **words,
                                struct ref *ref);

/** As refs_parse_one(), with the REFs that the command accepts. */
enum exit_status refs_parse_one_of(const struct command_context *context, enum ref_scope scope,
                                   int count, char **words, struct ref *ref);

#endif
