/*
 * The answer to a question on standard error.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_CONSENT_H
#define SHMTOOL_COMMANDS_SHARED_CONSENT_H

#include "error.h"

/**
 * Read an answer: one line of standard input, and no byte more. A held signal ends the wait.
 *
 * @return 1 if it begins with y or Y, 0 if not, or -1 with error set if it can't be read
 */
int consent_read(struct error *error);

#endif
