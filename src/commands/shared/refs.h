/*
 * The REFs on a command line.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_REFS_H
#define SHMTOOL_COMMANDS_SHARED_REFS_H

#include "cli/command.h"
#include "error.h"
#include "objects/ref.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * Hints for commands that take REFs: how ipcs(1) and ipcrm(1) name an object, and a negative key.
 */
#define REF_OPTION_HINTS                                                                           \
	{ "-m", "the REF of a segment is its id: 123; ipcs and ipcrm have -m" },                   \
	    { "-M", "the REF of a segment's key: key:0x46010004; ipcrm has -M" },                  \
	    { "-Q", "the REF of a message queue's key: msg:0x46010004; ipcrm has -Q" },            \
	    { "-s", "the REF of a semaphore set: sem:123; ipcs and ipcrm have -s" },               \
	    { "-S", "the REF of a semaphore set's key: sem:0x46010004; ipcrm has -S" },            \
	    { "-N", "a negative key: key:-1809252350" },                                           \
	{                                                                                          \
		NULL, NULL                                                                         \
	}

struct ref_list {
	struct ref *refs;
	size_t count;
	enum exit_status
	    status; /* STATUS_FAILED if one could not be made: ftok of a missing file */
};

/**
 * Read all REFs before anything is done, so that a usage error changes nothing. Errors are
 * printed.
 *
 * @param scope  which REFs the command takes
 * @param count  of words
 * @param words  what the user typed
 * @param list   receives the REFs; to be freed with refs_free() also after a failure
 * @return 0, or -1 with list->status set if nothing shall be done
 */
int refs_parse(const struct command_context *context, enum ref_scope scope, int count, char **words,
               struct ref_list *list);

/** Tell whether a word may be the REF of a mapping, before it is read. */
bool refs_name_mapping(int count, char **words);

void refs_free(struct ref_list *list);

/**
 * Read the REF of a command that takes one, of any kind. Errors are printed.
 *
 * @param count  of operands, 0 or 1
 * @param words  what the user typed
 * @param ref    receives it
 * @return STATUS_DONE, or what the command shall return
 */
enum exit_status refs_parse_one(const struct command_context *context, int count, char **words,
                                struct ref *ref);

#endif
