/*
 * Permission bits, as chmod(1) takes them.
 */
#ifndef SHMTOOL_SYSTEM_MODE_H
#define SHMTOOL_SYSTEM_MODE_H

#include "error.h"

#include <sys/types.h>

/** Size of the nine letters of a mode, "rw-r-----", with the NUL. */
enum { MODE_LETTERS_SIZE = 10 };

/**
 * Check a mode: octal (640) or symbolic (g+w,o=). Shared memory objects have only the nine
 * permission bits, so any other bit is rejected.
 *
 * @param text  the user's input
 * @return 0, or -1 with a usage error in error
 */
int mode_check(const char *text, struct error *error);

/**
 * Apply a mode to the current bits, see setmode(3bsd).
 *
 * @param text     checked by mode_check()
 * @param current  the bits that a symbolic mode changes
 * @return the new bits
 */
mode_t mode_apply(const char *text, mode_t current);

/** Format the bits as letters, "rw-r-----". */
void mode_letters(mode_t mode, char letters[MODE_LETTERS_SIZE]);

#endif
