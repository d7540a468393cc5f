#include "commands/families/check.h"

#include "usage/family.h"
#include "usage/family_catalogue.h"

#include <stdio.h>

static void take_problem(void *closure, const char *file, unsigned int line, const char *sentence)
{
	const struct command_context *context = closure;
	struct error error;

	if (line > 0)
		error_set(&error, STATUS_FAILED, "%s:%u: %s", file, line, sentence);
	else
		error_set(&error, STATUS_FAILED, "%s: %s", file, sentence);
	message_error(&context->message, NULL, &error);
}

enum exit_status family_check(const struct command_context *context, int count, char **files)
{
	const struct family_problems problems = { take_problem, (void *)(uintptr_t)context };
	struct families *families;
	int result;

	result = count > 0 ? families_read_files(count, files, &families, &problems)
	                   : families_read_all(&families, &problems);
	if (result == 0 && context->verbose)
		message_note(&context->message, NULL, "%zu families, no errors",
		             families_count(families));
	families_free(families);
	return result < 0 ? STATUS_FAILED : STATUS_DONE;
}
