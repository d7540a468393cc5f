/*
 * Error messages.
 *
 * Functions that can fail return 0 or -1. If the caller could not word the failure, the function
 * takes a struct error and stores the sentence there; only the command prints it
 * (output/message.h). The sentence names the cause and, if there is one, the remedy; the printing
 * function adds the command and the object.
 */
#ifndef SHMTOOL_ERROR_H
#define SHMTOOL_ERROR_H

#include <stdbool.h>
#include <stdint.h>

/** The exit statuses of shmtool; the man page shmtool(1) lists them. */
enum exit_status {
	STATUS_DONE = 0,      /* success */
	STATUS_FAILED = 1,    /* at least one object failed; the others were processed */
	STATUS_LEAKED = 3,    /* guard: the program succeeded, but left objects behind */
	STATUS_UNKNOWN = 3,   /* users --check: it is unknown whether the object is used */
	STATUS_TIMEOUT = 124, /* --timeout has expired, as with timeout(1) */
	/*
	 * Invalid command line; nothing was done. main() exits with 2. Here it is above all exit
	 * statuses of programs that commands run and pass on, since their 2 is not a usage error.
	 */
	STATUS_USAGE = 256,
};

/** Room for a sentence with two escaped file names in it, in bytes. */
enum { ERROR_TEXT_SIZE = 2560 };

struct error {
	enum exit_status status;
	int number; /* the cause, of errno(3), for callers that depend on it; 0 if it is not stored */
	char text[ERROR_TEXT_SIZE]; /* a sentence without a full stop, truncated if too long */
};

/**
 * Store a sentence in an error; its number becomes 0.
 *
 * @param error   where to put it
 * @param status  the exit status for this failure
 * @param format  as for printf(3)
 * @return always -1, so that a function can end in "return error_set(...)"
 */
int error_set(struct error *error, enum exit_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * Store a sentence and the description of an errno value in an error: "sentence: description".
 *
 * @param error   where to put it; the status becomes STATUS_FAILED
 * @param number  the errno value, see errno(3)
 * @param format  as for printf(3)
 * @return always -1
 */
int error_set_errno(struct error *error, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/**
 * Append to the sentence of an error.
 *
 * @param error   already set
 * @param format  as for printf(3)
 */
void error_append(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Join the sentences of several failures, so that none hides another. The same one is not repeated.
 *
 * @param error   holds the sentences so far, if any
 * @param result  -1 if it holds any, 0 if this is the first failure
 * @param one     the failure to add
 * @return always -1: the next result
 */
int error_join(struct error *error, int result, const struct error *one);

/**
 * Whether an errno value means a temporary shortage of descriptors, memory or space, or a failed
 * device. Such a value says nothing about the kernel's abilities or the object.
 */
bool errno_is_passing(int number);

/** The plural ending of a noun: "1 byte", "2 bytes". */
static inline const char *plural_s(uint64_t number)
{
	return number == 1 ? "" : "s";
}

/** The verb for a number: "1 byte was written", "2 bytes were written". */
static inline const char *plural_was(uint64_t number)
{
	return number == 1 ? "was" : "were";
}

#endif
