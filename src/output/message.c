#include "output/message.h"

#include "output/stdout.h"
#include "output/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One write for a line: lines of several processes don't mix. */
static void print_line(const struct message_context *context, const char *subject,
                       const char *sentence)
{
	char line[ERROR_TEXT_SIZE + 1024];
	char shown[4 * sizeof(line) + 2];

	snprintf(line, sizeof(line), "shmtool: %s%s%s%s%s",
	         context->command != NULL ? context->command : "",
	         context->command != NULL ? ": " : "", subject != NULL ? subject : "",
	         subject != NULL ? ": " : "", sentence);
	text_visible(shown, line, TEXT_KEEP_BACKSLASH);
	/* What was printed before must stand before, also when both go to one file. */
	(void)stdout_flush();
	fprintf(stderr, "%s\n", shown);
}

void message_error(const struct message_context *context, const char *subject,
                   const struct error *error)
{
	print_line(context, subject, error->text);
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
