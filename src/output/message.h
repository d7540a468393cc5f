/*
 * Sentences on stderr: "shmtool: COMMAND: OBJECT: what happened (and what to do)".
 *
 * The only place that prints errors, warnings and notes. What a terminal would act on is made
 * visible first (output/text.h), so a hostile name can't write escape sequences through an error.
 */
#ifndef SHMTOOL_OUTPUT_MESSAGE_H
#define SHMTOOL_OUTPUT_MESSAGE_H

#include "error.h"

#include <stdbool.h>

/** Whose messages these are, and which of them are wanted. */
struct message_context {
	const char *command; /* the subcommand's name, NULL before there is one */
	bool quiet;          /* no notes and no warnings; errors always */
};

/**
 * Print an error.
 *
 * @param context  of the command
 * @param subject  the object or the command line's word that it is about, NULL for none
 * @param error    the sentence
 */
void message_error(const struct message_context *context, const char *subject,
                   const struct error *error);

/**
 * Print a note or a warning, unless the user asked for quiet.
 *
 * @param context  of the command
 * @param subject  the object that it is about, NULL for none
 * @param format   as for printf(3)
 */
void message_note(const struct message_context *context, const char *subject, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

/**
 * Print a sentence as the classic tools do: "NAME: what happened". What was printed to standard
 * output stays in its buffer, and nothing is made visible: names that others chose must be before.
 *
 * @param name    of the command
 * @param format  as for printf(3)
 */
void message_classic(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
