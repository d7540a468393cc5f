/*
 * Candidates for a shell's completion, asked for with "shmtool __complete WORD...".
 *
 * The words are those of the command line after "shmtool", up to the one being completed, as the
 * command would get them, without quotes. The answer has a line for each candidate: the word, and
 * after a tab what it is. A candidate holds no newline. Some answers ask the shell to complete
 * what it knows better:
 *
 *     :files PREFIX  a file's name behind PREFIX
 *     :dirs PREFIX   a directory's
 *     :program N     a program's command line, which begins with the Nth WORD
 */
#ifndef SHMTOOL_CLI_COMPLETION_H
#define SHMTOOL_CLI_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>

struct command;

/** A completion that is going on. */
struct completion {
	const struct command *command; /* whose line it is; NULL for the name of a command */
	const char *word; /* what is typed of the word, or of the value behind "--option=" */
	const char
	    *before;  /* what stands before it in the same word: "--option=" or a list's begin */
	char **words; /* of the command's line, up to the one that is completed */
	int word_count;
};

/**
 * Offer the candidates for a word.
 *
 * @param completion  passed on to completion_offer()
 */
typedef void complete_fn(const struct completion *completion);

/**
 * Print a candidate, if it begins as the word does.
 *
 * @param word         of the candidate, any bytes; made visible if it needs it
 * @param description  a few words, or NULL
 * @return whether it does
 */
bool completion_offer(const struct completion *completion, const char *word,
                      const char *description);

/** Let the shell complete the name of a file, or of a directory. */
complete_fn complete_files;
complete_fn complete_directories;

/**
 * Go to the last of a list's words: "a,b,c" is completed behind "a,b,".
 *
 * @param completion  of the whole list
 * @param last        receives the completion of the last word
 * @return what last->before points to, to be freed; NULL if there is no memory
 */
char *completion_split_list(const struct completion *completion, struct completion *last);

#endif
