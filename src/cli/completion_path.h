/*
 * Names of files and programs as candidates, where the shell itself can't complete them.
 *
 * Hidden names are left out unless a dot is typed; names that hold control characters always.
 */
#ifndef SHMTOOL_CLI_COMPLETION_PATH_H
#define SHMTOOL_CLI_COMPLETION_PATH_H

#include <stdbool.h>
#include <stdio.h>

enum completion_path_kind {
	COMPLETION_FILES,
	COMPLETION_DIRECTORIES,
	COMPLETION_EXECUTABLES, /* and directories, which may hold some */
};

/**
 * Print the paths that begin as one does, a line each, in the order of their names. Directories
 * end in a slash.
 *
 * @param stream  receives them
 * @param before  what stands before each path in the word
 * @param path    its beginning
 * @param tilde   a "~/" at the beginning stands for $HOME, and is printed as it is
 */
void completion_paths(FILE *stream, const char *before, const char *path, bool tilde,
                      enum completion_path_kind kind);

/**
 * Print the programs in $PATH whose names begin as a word does, in the order of their names, and
 * then the directories in the current one.
 *
 * @param stream  receives them, a line each
 */
void completion_programs(FILE *stream, const char *word);

#endif
