/*
 * A failure as a sentence.
 *
 * Functions that can fail return 0 or -1. Those whose caller could not find good words for
 * the failure take a struct error and leave the sentence there; only the top prints it
 * (output/message.h). The sentence names the cause and, where there is one, the way out; the
 * object and the command are added by whoever prints it.
 */
#ifndef SHMTOOL_ERROR_H
#define SHMTOOL_ERROR_H

#include <stdbool.h>
#include <stdint.h>

/** The exit statuses of shmtool; the man page shmtool(1) lists them. */
enum exit_status {
	STATUS_DONE = 0,   /* all was done */
	STATUS_FAILED = 1, /* at least one object failed; the rest was done */
	STATUS_USAGE = 2,  /* the command line makes no sense; nothing was done */
	STATUS_LEAKED = 3, /* guard: the program succeeded, but left something behind */
	/*
	 * Or-ed to a status that is that of a program which was run: its 2 is no usage error. What
	 * main() returns is without it.
	 */
	STATUS_OF_PROGRAM = 0x100,
};

/** Room for a sentence with two escaped file names in it, in bytes. */
enum { ERROR_TEXT_SIZE = 2560 };

struct error {
	enum exit_status status;
	char text[ERROR_TEXT_SIZE]; /* a sentence without a full stop, cut if too long */
};

/**
 * Put a sentence into an error.
 *
 * @param error   where to put it
 * @param status  the exit status that the failure deserves
 * @param format  as for printf(3)
 * @return always -1, so that a function can end in "return error_set(...)"
 */
int error_set(struct error *error, enum exit_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * Put a sentence and the meaning of an errno value into an error, as "sentence: meaning".
 *
 * @param error   where to put it; the status becomes STATUS_FAILED
 * @param number  the errno value, see errno(3)
 * @param format  as for printf(3)
 * @return always -1
 */
int error_set_errno(struct error *error, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * Add to the sentence of an error.
 *
 * @param error   with a sentence in it
 * @param format  as for printf(3)
 */
void error_append(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Join the sentences of several failures, of which none may hide the others.
 *
 * @param error   has the sentences so far, if there are any
 * @param result  -1 if there are, 0 if this is the first failure
 * @param one     the failure to add
 * @return always -1: the next result
 */
int error_join(struct error *error, int result, const struct error *one);

/**
 * Tell whether an errno value speaks of a shortage that passes: of descriptors, memory or room. It says
 * nothing of what the kernel can do, or of the object.
 */
bool errno_is_passing(int number);

/** The ending of a noun for a number of things: "1 byte", "2 bytes". */
static inline const char *plural_s(uint64_t number)
{
	return number == 1 ? "" : "s";
}

/** The verb that goes with a number of things: "1 byte was written", "2 bytes were written". */
static inline const char *plural_was(uint64_t number)
{
	return number == 1 ? "was" : "were";
}

#endif
