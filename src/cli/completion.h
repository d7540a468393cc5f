/*
 * Completion of a command line: the protocol that the shells speak, and what offers candidates.
 *
 *     shmtool __complete WORD...
 *
 * The words are those of the command line after "shmtool", up to the cursor, as the command would
 * get them: without quotes, without redirections. The last one, which may be empty, is completed.
 * Nothing is changed and nothing is evaluated. The status is 0, also if there is no candidate.
 * "ipcs", "ipcrm" or "ipcmk" as the first word completes that command's line.
 *
 * The answer has a line for each candidate: the whole word, and after a tab a description, which
 * is missing where there is none. Neither holds a character that a terminal acts on; bytes that do
 * not print stand in the candidate as \012, which every command takes back. Candidates are in the
 * order in which they should be shown. A candidate that ends in "=" gets no blank behind it. A line
 * that begins with a colon is no candidate:
 *
 *     :list          the last line: the candidates are words of a list, to which another may be
 *                    added after a comma, so a blank is not appended
 *     :files PREFIX  instead of candidates: complete the name of a file after PREFIX in the word
 *     :dirs PREFIX   the same for a directory
 *     :program N     instead of candidates: the Nth WORD begins another program's command line
 *
 * zsh and fish, which hand over words without quotes, need no more than this. bash hands them over
 * as they were typed and needs its replies quoted: see cli/completion_bash.h.
 */
#ifndef SHMTOOL_CLI_COMPLETION_H
#define SHMTOOL_CLI_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct command;

/** Where an answer goes. */
struct completion_answer {
	FILE *stream;
	bool is_list; /* the candidates are words of a list */
};

/** A completion that is going on. */
struct completion {
	const struct command *command; /* whose line it is; NULL for the name of a command */
	const char *word; /* what is typed of the word, or of the value behind "--option=" */
	const char
	    *before;  /* what stands before it in the same word: "--option=" or a list's begin */
	char **words; /* of the command's line, up to the one that is completed */
	int word_count;
	struct completion_answer *answer;
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

/** Note that the candidates are words of a list, which may go on after a comma. */
void completion_is_list(const struct completion *completion);

/**
 * Go to the last of a list's words: "a,b,c" is completed behind "a,b,".
 *
 * @param completion  of the whole list
 * @param last        receives the completion of the last word
 * @return what last->before points to, to be freed; NULL if there is no memory
 */
char *completion_split_list(const struct completion *completion, struct completion *last);

#endif
