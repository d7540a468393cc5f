/*
 * The answer to a question on standard error.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_CONSENT_H
#define SHMTOOL_COMMANDS_SHARED_CONSENT_H

#include <stdbool.h>

/**
 * Read an answer: one line of standard input, and no byte more. A held signal ends the wait.
 *
 * @return true if it begins with y or Y
 */
bool consent_read(void);

#endif
