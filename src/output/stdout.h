/*
 * Standard output, whose first error is kept: stdio only remembers that there was one.
 */
#ifndef SHMTOOL_OUTPUT_STDOUT_H
#define SHMTOOL_OUTPUT_STDOUT_H

#include <stdbool.h>
#include <stddef.h>

/** Write text. */
void stdout_write(const char *text, size_t length);

/**
 * Hand everything to the kernel that was written, by whatever function of stdio.
 *
 * @return 0, or -1 with errno of the first error that there was since the program began
 */
int stdout_flush(void);

/**
 * Hand over everything and close standard output, before the program does what can't be taken back: some
 * file systems tell only then that what was written is lost. Nothing can be printed afterwards.
 *
 * @return 0, or -1 with errno of the first error, that of close(2) included
 */
int stdout_close(void);

/** Say that the error of standard output was reported, so that it need not be at the end. */
void stdout_error_is_told(void);

/** Tell whether it was. */
bool stdout_error_was_told(void);

#endif
