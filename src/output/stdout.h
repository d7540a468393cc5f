/*
 * Standard output, with the errno of its first error: stdio only records that an error occurred.
 */
#ifndef SHMTOOL_OUTPUT_STDOUT_H
#define SHMTOOL_OUTPUT_STDOUT_H

#include <stdbool.h>
#include <stddef.h>

/** Write text. */
void stdout_write(const char *text, size_t length);

/**
 * Whether the user has left the pager, so that further output would be lost. That is no error.
 */
bool stdout_reader_left(void);

/**
 * Flush all output of any stdio function to the kernel.
 *
 * @return 0, or -1 with errno of the first error since the program started
 */
int stdout_flush(void);

/**
 * Flush and close standard output at the end of the program; if that has been done, only report
 * the result again.
 *
 * @return 0, or -1 with errno of the first error, including that of close(2)
 */
int stdout_finish(void);

/**
 * Flush and close standard output, before the program does something irreversible: some file
 * systems report lost data only when a file is closed. Nothing can be printed afterwards.
 *
 * @return 0, or -1 with errno of the first error, including that of close(2)
 */
int stdout_close(void);

/** Mark the error of standard output as reported, so that it is not reported again at exit. */
void stdout_mark_error_reported(void);

/** Whether the error was reported. */
bool stdout_error_is_reported(void);

#endif
