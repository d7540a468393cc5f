/*
 * Completion of a command line: the protocol for shells, and the functions that offer candidates.
 *
 *     shmtool __complete WORD...
 *
 * The words are those of the command line after "shmtool", up to the cursor, as the command would
 * receive them: without quotes and redirections. The last one, which may be empty, is completed.
 * Completion has no side effects and evaluates nothing. The status is 0 even if there is no
 * candidate. "ipcs", "ipcrm" or "ipcmk" as the first word completes that command's line.
 *
 * The answer has one line per candidate: the whole word, then, if there is a description, a tab and
 * the description. Neither contains control characters; unprintable bytes appear in the candidate
 * as \012, a form that every command accepts. Candidates are in display order. No blank is appended
 * to a candidate that ends in "=". A line that begins with a colon is a directive:
 *
 *     :list          the last line: the candidates are items of a list, to which another may be
 *                    added after a comma, so a blank is not appended
 *     :files PREFIX  instead of candidates: complete a file name after PREFIX in the word
 *     :dirs PREFIX   the same for a directory name
 *     :program N     instead of candidates: the Nth WORD starts another program's command line
 *
 * zsh and fish pass words without quotes and need no more than this. bash passes words as typed and
 * needs quoted replies: see cli/completion_bash.h.
 */
#ifndef SHMTOOL_CLI_COMPLETION_H
#define SHMTOOL_CLI_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct command;

/** The destination of an answer. */
struct completion_answer {
	FILE *stream;
	bool is_list; /* the candidates are items of a list */
};

/** A completion in progress. */
struct completion {
	const struct command *command; /* of the line; NULL if its name is completed */
	const char *word;   /* the typed part of the word, or of the value after "--option=" */
	const char *before; /* the text before it in the same word: "--option=" or earlier items */
	char **words;       /* of the command's line, before the completed one */
	int word_count;
	unsigned int subset; /* of the candidates; its bits belong to the complete_fn */
	struct completion_answer *answer;
};

/**
 * Offer the candidates for a word.
 *
 * @param completion  passed on to completion_offer()
 */
typedef void complete_fn(const struct completion *completion);

/**
 * Print a candidate if it starts with the word.
 *
 * @param word         the candidate, any bytes; made visible if necessary
 * @param description  a few words, or NULL
 * @return whether it was printed
 */
bool completion_offer(const struct completion *completion, const char *word,
                      const char *description);

/** Have the shell complete a file name, or a directory name. */
complete_fn complete_files;
complete_fn complete_directories;

/** Record that the candidates are items of a list, to be continued after a comma. */
void completion_is_list(const struct completion *completion);

/**
 * Move on to the last item of a list: "a,b,c" is completed after "a,b,".
 *
 * @param completion  of the whole list
 * @param last        receives the completion of the last item
 * @return the text of last->before, which the caller frees
 */
char *completion_split_list(const struct completion *completion, struct completion *last);

#endif
