#include "commands/shared/refs.h"

#include "base/memory.h"
#include "usage/choose.h"

#include <stdlib.h>
#include <string.h>

int refs_parse(const struct command_context *context, enum ref_scope scope, int count, char **words,
               struct ref_list *list)
{
	struct error error;

	list->count = 0;
	list->status = STATUS_DONE;
	list->refs = needed_array((size_t)count, sizeof(*list->refs));
	for (int i = 0; i < count; i++) {
		struct ref *ref = &list->refs[list->count];

		if (ref_parse(words[i], scope, ref, &error) < 0) {
			message_error(&context->message, *words[i] != '\0' ? words[i] : "''",
			              &error);
			if (list->status != STATUS_USAGE)
				list->status = error.status;
			continue;
		}
		list->count++;
	}
	return list->status == STATUS_USAGE ? -1 : 0;
}

bool refs_name_mapping(int count, char **words)
{
	for (int i = 0; i < count; i++) {
		if (strstr(words[i], ":map:") != NULL)
			return true;
	}
	return false;
}

enum exit_status refs_find(const struct command_context *context, const struct ref_list *refs,
                           struct object_list *list)
{
	enum exit_status status = refs->status;
	struct error error;

	for (size_t i = 0; i < refs->count; i++) {
		if (choose_find(&refs->refs[i], list, &error) < 0) {
			message_error(&context->message, refs->refs[i].text, &error);
			status = STATUS_FAILED;
		}
	}
	return status;
}

void refs_free(struct ref_list *list)
{
	free(list->refs);
	list->refs = NULL;
	list->count = 0;
}

enum exit_status refs_parse_one(const struct command_context *context, int count, char **words,
                                struct ref *ref)
{
	return refs_parse_one_of(context, REF_MEMORY, count, words, ref);
}

enum exit_status refs_parse_one_of(const struct command_context *context, enum ref_scope scope,
                                   int count, char **words, struct ref *ref)
{
	const char *word = count > 0 ? words[0] : NULL;
	struct error error;

	if (word == NULL) {
		error_set(&error, STATUS_USAGE, "missing operand: REF");
		message_error(&context->message, NULL, &error);
		return STATUS_USAGE;
	}
	if (ref_parse(word, scope, ref, &error) < 0) {
		message_error(&context->message, *word != '\0' ? word : "''", &error);
		return error.status;
	}
	return STATUS_DONE;
}
