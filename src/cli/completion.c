#include "cli/completion.h"

#include "base/memory.h"
#include "output/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool begins_with(const char *word, const char *beginning)
{
	return strncmp(word, beginning, strlen(beginning)) == 0;
}

/* Print a text with control characters made visible. */
static void print_visible(FILE *stream, const char *text, unsigned int style)
{
	char *visible = text_visible_copy(text, style);

	fputs(visible, stream);
	free(visible);
}

bool completion_offer(const struct completion *completion, const char *word,
                      const char *description)
{
	FILE *stream = completion->answer->stream;
	char *visible = text_visible_copy(word, TEXT_VISIBLE);
	bool is_candidate;

	/* The user may have typed the plain name or its escaped form. */
	is_candidate =
	    begins_with(visible, completion->word) || begins_with(word, completion->word);
	if (is_candidate) {
		fprintf(stream, "%s%s", completion->before, visible);
		if (description != NULL && *description != '\0') {
			putc('\t', stream);
			print_visible(stream, description, TEXT_KEEP_BACKSLASH);
		}
		putc('\n', stream);
	}
	free(visible);
	return is_candidate;
}

void complete_files(const struct completion *completion)
{
	fprintf(completion->answer->stream, ":files %s\n", completion->before);
}

void complete_directories(const struct completion *completion)
{
	fprintf(completion->answer->stream, ":dirs %s\n", completion->before);
}

void completion_is_list(const struct completion *completion)
{
	completion->answer->is_list = true;
}

char *completion_split_list(const struct completion *completion, struct completion *last)
{
	const char *comma = strrchr(completion->word, ',');
	const char *word = comma != NULL ? comma + 1 : completion->word;
	char *before;

	before = needed_text("%s%.*s", completion->before, (int)(word - completion->word),
	                     completion->word);
	*last = *completion;
	last->word = word;
	last->before = before;
	completion_is_list(last);
	return before;
}
