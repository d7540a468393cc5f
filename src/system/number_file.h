/*
 * Files of /proc and /sys that hold one number.
 */
#ifndef SHMTOOL_SYSTEM_NUMBER_FILE_H
#define SHMTOOL_SYSTEM_NUMBER_FILE_H

#include <stdint.h>
#include <stdio.h>

/**
 * Read a decimal number of at most 64 bits.
 *
 * @return 0, or -1 if the file can't be read or holds something else
 */
int number_file_read(const char *path, uint64_t *number);

/**
 * Find the number that follows a word at the beginning of a line, as in /proc/meminfo.
 *
 * @param stream  read as far as it is needed
 * @param word    including the separator: "Hugepagesize:"
 * @return 0, or -1 if there is no such line
 */
int number_line_find(FILE *stream, const char *word, uint64_t *number);

/** The same in a file. */
int number_file_find(const char *path, const char *word, uint64_t *number);

#endif
