#include "cli/completion_bash.h"

#include "base/utf8.h"
#include "cli/bash_word.h"
#include "cli/completion_line.h"
#include "cli/completion_path.h"
#include "output/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Values of COMP_TYPE that list candidates. */
enum {
	TYPE_MENU = '%',
	TYPE_LIST = '?',
	TYPE_LIST_AND_INSERT = '!',
	TYPE_LIST_IF_UNMODIFIED = '@',
};

struct candidate {
	char *word;
	const char *description; /* "" if there is none */
	char *reply;             /* the text for readline */
};

struct bash_completion {
	int type;
	size_t columns;
	const char *breaks;
	int word_count;
	char **words;           /* without quotes, except the last */
	struct bash_word typed; /* the last word */
	bool is_list;
	struct candidate *candidates;
	size_t count;
};

static bool begins_with(const char *word, const char *beginning)
{
	return strncmp(word, beginning, strlen(beginning)) == 0;
}

/*
 * Candidates
 */

/* Read the candidates from an answer of completion_run(). */
static int read_candidates(struct bash_completion *bash, char *answer)
{
	size_t lines = 0;
	char *line;

	for (const char *newline = strchr(answer, '\n'); newline != NULL;
	     newline = strchr(newline + 1, '\n'))
		lines++;
	bash->count = 0;
	bash->candidates = calloc(lines + 1, sizeof(*bash->candidates));
	if (bash->candidates == NULL)
		return -1;
	while ((line = strsep(&answer, "\n")) != NULL && *line != '\0') {
		char *description = strchr(line, '\t');

		if (strcmp(line, ":list") == 0) {
			bash->is_list = true;
			continue;
		}
		if (description != NULL)
			*description++ = '\0';
		bash->candidates[bash->count++] = (struct candidate){
			.word = line,
			.description = description != NULL ? description : "",
		};
	}
	return 0;
}

/*
 * Keep the candidates that start with the typed word. If none does, keep all that start with its
 * unreplaced part: the user typed the plain name of an object, and the candidates show it escaped.
 * Returns whether they start with the typed word.
 */
static bool select_candidates(struct bash_completion *bash)
{
	const char *value = bash->typed.value;
	size_t length = strlen(value);
	bool literal = false;
	size_t kept = 0;

	for (size_t i = 0; i < bash->count && !literal; i++)
		literal = begins_with(bash->candidates[i].word, value);
	if (!literal)
		length = bash->typed.kept;
	for (size_t i = 0; i < bash->count; i++) {
		if (strncmp(bash->candidates[i].word, value, length) == 0)
			bash->candidates[kept++] = bash->candidates[i];
	}
	bash->count = kept;
	return literal;
}

/*
 * Replies
 */

static const char *quote_mark(enum bash_quote quote)
{
	static const char *const marks[] = { "", "'", "\"", "'" };

	return marks[quote];
}

/* Put text before and after a reply; -1 if there is no memory. */
static int rewrite(struct candidate *candidate, const char *before, const char *after)
{
	char *reply;

	if (asprintf(&reply, "%s%s%s", before, candidate->reply, after) < 0)
		return -1;
	free(candidate->reply);
	candidate->reply = reply;
	return 0;
}

/* The number of bytes that all candidates have in common from an offset on, in whole characters. */
static size_t common_length(const struct bash_completion *bash, size_t offset)
{
	const char *first = bash->candidates[0].word + offset;
	size_t length = strlen(first);

	for (size_t i = 1; i < bash->count; i++) {
		const char *other = bash->candidates[i].word + offset;
		size_t same = 0;

		while (same < length && first[same] == other[same])
			same++;
		length = same;
	}
	while (length > 0 && utf8_continues(first[length]))
		length--;
	return length;
}

/*
 * Readline inserts the common beginning of all replies, which must not end within a quoted
 * character. If the replies differ in the second byte of one, the first reply gets empty quotes
 * before it.
 */
static int part_replies(struct bash_completion *bash, const char *base, size_t offset)
{
	static const char *const empty_quotes[] = { "''", "''", "\"\"", "'$'" };
	struct candidate *first = &bash->candidates[0];
	char *common = strndup(first->word + offset, common_length(bash, offset));
	char *quoted = common != NULL ? bash_word_quote(common, bash->typed.quote) : NULL;
	size_t length = strlen(base);
	char *parted = NULL;
	int result = -1;

	if (quoted == NULL)
		goto out;
	length += strlen(quoted);
	result = 0;
	for (size_t i = 1; i < bash->count; i++) {
		if (bash->candidates[i].reply[length] != first->reply[length])
			goto out;
	}
	if ((first->reply[length] & 0x80) != 0) /* of UTF-8 */
		goto out;
	result = asprintf(&parted, "%.*s%s%s", (int)length, first->reply,
	                  empty_quotes[bash->typed.quote], first->reply + length);
	if (result >= 0) {
		free(first->reply);
		first->reply = parted;
		result = 0;
	}
out:
	free(common);
	free(quoted);
	return result;
}

/*
 * If a quote is open, readline closes it after the only candidate, unless that ends in such a mark;
 * takes a mark at the start for the one that opened the quote; and ignores an empty reply.
 */
static int double_marks(struct bash_completion *bash, const char *base)
{
	const char *mark = quote_mark(bash->typed.quote);

	for (size_t i = 0; i < bash->count; i++) {
		struct candidate *candidate = &bash->candidates[i];
		const char *reply = candidate->reply;
		const size_t length = strlen(reply);
		const bool alone = bash->count == 1 || bash->type == TYPE_MENU;
		const bool ends = alone && length > 0 && reply[length - 1] == *mark;
		const bool begins = *base == '\0' && reply[0] == *mark;

		if (alone && *base == '\0' && length == 0) {
			if (rewrite(candidate, mark, mark) < 0)
				return -1;
		} else if (rewrite(candidate, begins ? mark : "", ends ? mark : "") < 0) {
			return -1;
		}
	}
	return 0;
}

/* Make the replies that are inserted into the line. */
static int quote_replies(struct bash_completion *bash, bool literal)
{
	const bool anew = !literal || bash->typed.region_expands;
	const char *base = anew ? "" : bash->typed.region;
	const size_t offset = anew ? bash->typed.kept : strlen(bash->typed.value);

	for (size_t i = 0; i < bash->count; i++) {
		struct candidate *candidate = &bash->candidates[i];

		candidate->reply = bash_word_quote(candidate->word + offset, bash->typed.quote);
		if (candidate->reply == NULL || rewrite(candidate, base, "") < 0)
			return -1;
	}
	if (bash->count > 1 && part_replies(bash, base, offset) < 0)
		return -1;
	return bash->typed.quote != BASH_QUOTE_NONE ? double_marks(bash, base) : 0;
}

/* Make the replies that are only listed: the text after the last word break, slash or comma. */
static int list_replies(struct bash_completion *bash, bool is_path)
{
	const char *value = bash->typed.value;
	const char *last = is_path         ? strrchr(value, '/')
	                   : bash->is_list ? strrchr(value, ',')
	                                   : NULL;
	const size_t length = last != NULL ? (size_t)(last + 1 - value) : bash->typed.kept;

	for (size_t i = 0; i < bash->count; i++) {
		struct candidate *candidate = &bash->candidates[i];
		const bool skip = strncmp(candidate->word, value, length) == 0;

		candidate->reply = strdup(candidate->word + (skip ? length : 0));
		if (candidate->reply == NULL)
			return -1;
	}
	return 0;
}

/*
 * Printing
 */

/* Print as many characters of a text as fit. */
static void print_cut(const char *text, size_t columns)
{
	while (*text != '\0') {
		wchar_t character;
		const int length = mbtowc(&character, text, MB_CUR_MAX);
		const int width = length > 0 ? wcwidth(character) : 1;

		if (width > 0 && (size_t)width > columns)
			return;
		columns -= width > 0 ? (size_t)width : 0;
		printf("%.*s", length > 0 ? length : 1, text);
		text += length > 0 ? length : 1;
	}
}

/*
 * Print the replies and, in a column beside them, their descriptions. WHOLE: replies are not cut.
 */
static void print_described(const struct bash_completion *bash, bool whole)
{
	const size_t least = 12; /* columns for a description */
	const size_t between = strlen("  ()");
	/* Text in the last column would wrap the cursor to the next line. */
	const size_t limit = bash->columns - 1;
	size_t width = 0;

	for (size_t i = 0; i < bash->count; i++) {
		const size_t own = text_width(bash->candidates[i].reply);

		width = own > width ? own : width;
	}
	/* Overlong words do not move the column. */
	if (width + between + least > limit)
		width = limit > between + least ? limit - between - least : 0;
	for (size_t i = 0; i < bash->count; i++) {
		const struct candidate *candidate = &bash->candidates[i];
		const size_t own = text_width(candidate->reply);
		const size_t column = own > width ? own : width;

		print_cut(candidate->reply, whole ? own : limit);
		if (*candidate->description != '\0' && column + between < limit) {
			printf("%*s  (", (int)(column - own), "");
			print_cut(candidate->description, limit - between - column);
			putchar(')');
		}
		putchar('\n');
	}
}

/* Print the first line of an answer with words. */
static void print_head(const struct bash_completion *bash, bool is_path)
{
	const char *last = strchr(bash->candidates[0].word, '\0') - 1;
	bool has_empty = false;

	for (size_t i = 0; i < bash->count; i++)
		has_empty = has_empty || *bash->candidates[i].reply == '\0';
	printf(":words%s%s\n",
	       bash->count == 1 && (bash->is_list || *last == '=' || (is_path && *last == '/'))
	           ? " nospace"
	           : "",
	       has_empty ? " empty" : "");
}

/* Print the candidates of an answer as replies. IS_PATH: they are file names. */
static void print_words(struct bash_completion *bash, char *answer, bool is_path)
{
	const bool list_too =
	    bash->type == TYPE_LIST_AND_INSERT || bash->type == TYPE_LIST_IF_UNMODIFIED;
	bool literal;
	bool list_only;

	if (read_candidates(bash, answer) < 0)
		return;
	literal = select_candidates(bash);
	if (bash->count == 0)
		return;
	list_only = bash->type == TYPE_LIST && bash->count > 1;
	if ((list_only ? list_replies(bash, is_path) : quote_replies(bash, literal)) < 0)
		return;
	print_head(bash, is_path);
	/* The blank in a name could match the blanks before a description. */
	if (list_only || (list_too && bash->count > 1 && bash->typed.quote == BASH_QUOTE_NONE)) {
		print_described(bash, !list_only);
		return;
	}
	for (size_t i = 0; i < bash->count; i++)
		puts(bash->candidates[i].reply);
}

/*
 * Files and programs
 */

/* Print the words written to a stream. */
static void print_stream(struct bash_completion *bash, FILE *stream, char **text)
{
	if (fclose(stream) == 0)
		print_words(bash, *text, true);
	free(*text);
}

/*
 * Complete a file name after a prefix. Readline does this itself if the name is exactly the part
 * that it replaces. bash does not expand the tilde of --from=~/, so $HOME replaces it.
 */
static void complete_path(struct bash_completion *bash, size_t prefix,
                          enum completion_path_kind kind)
{
	const struct bash_word *typed = &bash->typed;
	const bool tilde = begins_with(typed->region, "~/") && typed->quote == BASH_QUOTE_NONE &&
	                   prefix == typed->kept;
	const char *home = tilde && prefix > 0 ? getenv("HOME") : NULL;
	char *before = NULL;
	char *path = NULL;
	char *text = NULL;
	size_t size;
	FILE *stream;

	if (kind != COMPLETION_EXECUTABLES && typed->kept == prefix && home == NULL) {
		puts(kind == COMPLETION_FILES ? ":files" : ":dirs");
		return;
	}
	if (typed->region_expands || (stream = open_memstream(&text, &size)) == NULL)
		return;
	if (asprintf(&before, "%.*s", (int)prefix, typed->value) >= 0 &&
	    asprintf(&path, "%s%s", home != NULL ? home : "",
	             typed->value + prefix + (home != NULL)) >= 0)
		completion_paths(stream, before, path, tilde && home == NULL, kind);
	print_stream(bash, stream, &text);
	free(before);
	free(path);
}

/* Complete the command line of a program that starts at the Nth word. */
static void complete_program(struct bash_completion *bash, int first)
{
	const struct bash_word *typed = &bash->typed;
	char *text = NULL;
	size_t size;
	FILE *stream;

	if (first < bash->word_count) {
		int separators = 0;

		for (int i = 0; i < first - 1; i++)
			separators += strcmp(bash->words[i], "--") == 0;
		printf(":program %d\n", separators);
	} else if (strchr(typed->value, '/') != NULL) {
		complete_path(bash, 0, COMPLETION_EXECUTABLES);
	} else if ((stream = open_memstream(&text, &size)) != NULL) {
		completion_programs(stream, typed->value);
		print_stream(bash, stream, &text);
	}
}

/* Act on an answer of completion_run(). */
static void print_answer(struct bash_completion *bash, char *answer)
{
	if (begins_with(answer, ":program "))
		complete_program(bash, atoi(answer + strlen(":program ")));
	else if (begins_with(answer, ":files "))
		complete_path(bash, strcspn(answer + strlen(":files "), "\n"), COMPLETION_FILES);
	else if (begins_with(answer, ":dirs "))
		complete_path(bash, strcspn(answer + strlen(":dirs "), "\n"),
		              COMPLETION_DIRECTORIES);
	else
		print_words(bash, answer, false);
}

/* Read the words as bash would pass them to the command. The last one is left to the caller. */
static int read_words(struct bash_completion *bash, char **words)
{
	const int last = bash->word_count - 1;

	bash->words = calloc((size_t)bash->word_count, sizeof(*bash->words));
	if (bash->words == NULL || bash_word_read(&bash->typed, words[last], bash->breaks) < 0)
		return -1;
	for (int i = 0; i < last; i++) {
		struct bash_word word;

		if (bash_word_read(&word, words[i], "") < 0)
			return -1;
		bash->words[i] = word.value;
	}
	bash->words[last] = bash->typed.value;
	return 0;
}

void completion_bash(const struct command *const *commands, size_t count, int argc,
                     char **arguments)
{
	const size_t default_columns = 80;
	struct bash_completion bash = { .word_count = argc - 3 };
	char *answer = NULL;
	size_t size;
	FILE *stream;

	if (bash.word_count < 1)
		return;
	bash.type = atoi(arguments[0]);
	bash.columns = strtoul(arguments[1], NULL, 10);
	if (bash.columns == 0)
		bash.columns = default_columns;
	bash.breaks = arguments[2];
	if (read_words(&bash, arguments + 3) == 0 && !bash.typed.kept_expands &&
	    (stream = open_memstream(&answer, &size)) != NULL) {
		completion_run(commands, count, bash.word_count, bash.words, stream);
		if (fclose(stream) == 0)
			print_answer(&bash, answer);
	}
	free(answer);
	for (size_t i = 0; i < bash.count; i++)
		free(bash.candidates[i].reply);
	free(bash.candidates);
	for (int i = 0; bash.words != NULL && i < bash.word_count; i++)
		free(bash.words[i]);
	free(bash.words);
}
