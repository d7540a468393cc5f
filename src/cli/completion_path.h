/*
 * Names of files and programs as candidates, where the shell cannot complete them itself.
 *
 * Hidden names are omitted unless a dot is typed; names with control characters are always omitted.
 */
#ifndef SHMTOOL_CLI_COMPLETION_PATH_H
#define SHMTOOL_CLI_COMPLETION_PATH_H

#include <stdbool.h>
#include <stdio.h>

enum completion_path_kind {
	COMPLETION_FILES,
	COMPLETION_DIRECTORIES,
	COMPLETION_EXECUTABLES, /* and directories, which may contain some */
};

/**
 * Print the paths that start with a given one, one per line, sorted by name. Directories end in a
 * slash.
 *
 * @param stream  receives them
 * @param before  text before each path in the word
 * @param path    start of the path
 * @param tilde   a leading "~/" means $HOME, and is printed unchanged
 */
void completion_paths(FILE *stream, const char *before, const char *path, bool tilde,
                      enum completion_path_kind kind);

/**
 * Print the programs in $PATH whose names start with a word, sorted by name, then the directories
 * in the current directory.
 *
 * @param stream  receives them, one per line
 */
void completion_programs(FILE *stream, const char *word);

#endif
