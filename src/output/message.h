/*
 * Sentences on stderr: "shmtool: COMMAND: OBJECT: what happened (and what to do)".
 *
 * This is the only module that prints errors, warnings and notes. Control characters are made
 * visible first (output/text.h), so a hostile name cannot send escape sequences to a terminal.
 */
#ifndef SHMTOOL_OUTPUT_MESSAGE_H
#define SHMTOOL_OUTPUT_MESSAGE_H

#include "error.h"

#include <stdbool.h>

/** The origin of messages, and which ones to print. */
struct message_context {
	const char *command; /* the subcommand's name, NULL before there is one */
	bool quiet;          /* suppress notes and warnings, but not errors */
};

/**
 * Print an error.
 *
 * @param context  of the command
 * @param subject  the object or command-line word it concerns, NULL for none
 * @param error    its sentence
 */
void message_error(const struct message_context *context, const char *subject,
                   const struct error *error);

/**
 * Print a note or a warning, unless the user requested quiet.
 *
 * @param context  of the command
 * @param subject  the object it concerns, NULL for none
 * @param format   as for printf(3)
 */
void message_note(const struct message_context *context, const char *subject, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/**
 * Print a sentence as the classic tools do: "NAME: what happened". Standard output is not flushed,
 * and nothing is escaped: the caller must make untrusted names visible first.
 *
 * @param name    of the command
 * @param format  as for printf(3)
 */
void message_classic(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
