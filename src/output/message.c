#include "output/message.h"

#include "output/stdout.h"
#include "output/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The longest part of a subject that is shown, in bytes: a REF fits. */
enum { SUBJECT_MAX = 300 };

/* One write per line, so that lines of several processes do not mix. */
static void print_line(const struct message_context *context, const char *subject,
                       const char *sentence)
{
	char shown_subject[SUBJECT_MAX * 4 + 2] = "";
	char shown_sentence[ERROR_TEXT_SIZE * 4 + 2];
	char line[sizeof(shown_subject) + sizeof(shown_sentence) + 64];
	int length;

	if (subject != NULL) {
		char cut[SUBJECT_MAX + 1];

		/* The same form as in tables, so that it can be pasted back. */
		snprintf(cut, sizeof(cut), "%s", subject);
		text_visible(shown_subject, cut, TEXT_VISIBLE);
	}
	text_visible(shown_sentence, sentence, TEXT_KEEP_BACKSLASH);
	length = snprintf(line, sizeof(line), "shmtool: %s%s%s%s%s%s\n",
	                  context->command != NULL ? context->command : "",
	                  context->command != NULL ? ": " : "", shown_subject,
	                  subject != NULL && strlen(subject) > SUBJECT_MAX ? "..." : "",
	                  subject != NULL ? ": " : "", shown_sentence);
	/* Earlier output must come first, even if both streams go to one file. */
	(void)stdout_flush();
	/*
	 * A failure to write to standard error cannot be reported. A pager may let the write wait,
	 * and a signal that has been caught interrupts it.
	 */
	while (write(STDERR_FILENO, line, (size_t)length) < 0 && errno == EINTR)
		;
}

void message_error(const struct message_context *context, const char *subject,
                   const struct error *error)
{
	print_line(context, subject, error->text);
}

void message_classic(const char *name, const char *format, ...)
{
	char *sentence;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&sentence, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	/* stdio records write errors, which are part of these tools' exit status. */
	fprintf(stderr, "%s: %s\n", name, sentence);
	free(sentence);
}

void message_note(const struct message_context *context, const char *subject, const char *format,
                  ...)
{
	char sentence[ERROR_TEXT_SIZE];
	va_list arguments;

	if (context->quiet)
		return;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	print_line(context, subject, sentence);
}
