/*
 * The REFs on a command line.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_REFS_H
#define SHMTOOL_COMMANDS_SHARED_REFS_H

#include "cli/command.h"
#include "error.h"
#include "objects/ref.h"

#include <stddef.h>

struct ref_list {
	struct ref *refs;
	size_t count;
	enum exit_status
	    status; /* STATUS_FAILED if one could not be made: ftok of a missing file */
};

/**
 * Read all REFs before anything is done, so that a usage error changes nothing. Errors and
 * warnings are printed.
 *
 * @param scope  which REFs the command takes
 * @param count  of words
 * @param words  what the user typed
 * @param list   receives the REFs; to be freed with refs_free() also after a failure
 * @return 0, or -1 with list->status set if nothing shall be done
 */
int refs_parse(const struct command_context *context, enum ref_scope scope, int count, char **words,
               struct ref_list *list);

void refs_free(struct ref_list *list);

/**
 * Read the REF of a command that takes one, of any kind. Errors and warnings are printed.
 *
 * @param count  of operands, 0 or 1
 * @param words  what the user typed
 * @param ref    receives it
 * @return STATUS_DONE, or what the command shall return
 */
enum exit_status refs_parse_one(const struct command_context *context, int count, char **words,
                                struct ref *ref);

#endif
