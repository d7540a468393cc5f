#include "commands/families/match.h"

#include "base/memory.h"
#include "commands/shared/refs.h"
#include "objects/kind.h"
#include "output/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An object and its rule. */
struct match_row {
	const struct shm_object *object;
	struct family_match match;
};

static void get_ref(const void *row, struct value *value)
{
	object_ref(((const struct match_row *)row)->object, value->scratch);
	value_set_text(value, value->scratch);
}

static void get_family(const void *row, struct value *value)
{
	const struct family *family = ((const struct match_row *)row)->match.family;

	if (family != NULL)
		value_set_text(value, family->name);
	else
		value_set_unknown(value);
}

static void get_rule(const void *row, struct value *value)
{
	const struct family_match *match = &((const struct match_row *)row)->match;

	if (match->family != NULL)
		value_set_text(value, match->rule->text);
}

static void get_file(const void *row, struct value *value)
{
	const struct family_match *match = &((const struct match_row *)row)->match;

	if (match->family == NULL)
		return;
	snprintf(value->scratch, sizeof(value->scratch), "%s:%u", match->family->file,
	         match->rule->line);
	value_set_text(value, value->scratch);
}

static void get_fate(const void *row, struct value *value)
{
	const struct family *family = ((const struct match_row *)row)->match.family;

	if (family != NULL)
		value_set_text(value, family->fate);
}

static void get_instance(const void *row, struct value *value)
{
	const struct family_match *match = &((const struct match_row *)row)->match;

	if (match->instance[0] != '\0')
		value_set_text(value, match->instance);
}

static void get_maker(const void *row, struct value *value)
{
	const struct family_match *match = &((const struct match_row *)row)->match;

	if (match->maker_source != MAKER_UNKNOWN)
		value_set_number(value, (uint64_t)match->maker);
}

static void get_reason(const void *row, struct value *value)
{
	const struct family_match *match = &((const struct match_row *)row)->match;

	if (match->family != NULL && match->family->reason != NULL)
		value_set_text(value, match->family->reason);
}

static void get_why(const void *row, struct value *value)
{
	const struct family_match *match = &((const struct match_row *)row)->match;

	if (match->family == NULL)
		value_set_text(value, "no rule matches");
	else if (match->is_assumed)
		value_set_text(
		    value,
		    "the first rule that matches, unless the content, which can't be read, differs");
	else if (match->family->is_local)
		value_set_text(value, "the first rule that matches; it is local");
	else
		value_set_text(value, "the first rule that matches");
}

static const struct column columns[] = {
	{ "ref", "REF of the object", COLUMN_REF, ALIGN_LEFT, .value = get_ref },
	{ "family", "family of the object", COLUMN_TEXT, ALIGN_LEFT, .value = get_family },
	{ "fate", "fate of the object when it is unused", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_fate },
	{ "rule", "rule that matches", COLUMN_TEXT, ALIGN_LEFT, .value = get_rule },
	{ "file", "file and line of the rule", COLUMN_TEXT, ALIGN_LEFT, .value = get_file },
	{ "why", "reason why this rule was chosen", COLUMN_TEXT, ALIGN_LEFT, .value = get_why },
	{ "instance", "text in common with objects that belong together", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_instance },
	{ "maker", "PID of the creator by name or content of the object", COLUMN_NUMBER,
	  ALIGN_RIGHT, .value = get_maker },
	{ "reason", "reason for the fate", COLUMN_TEXT, ALIGN_LEFT, .value = get_reason },
};

const struct column_set family_match_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

static void block_title(const void *row, char *target, size_t size)
{
	char ref[REF_TEXT_SIZE];

	object_ref(((const struct match_row *)row)->object, ref);
	snprintf(target, size, "Object %s", ref);
}

static int print(const struct families *families, const struct object_list *list,
                 const struct format_options *format, struct error *error)
{
	struct report *report = report_open(&family_match_columns, format, NULL, error);
	struct match_row *matches;
	const void **rows;
	int result;

	if (report == NULL)
		return -1;
	matches = needed_array(list->count, sizeof(*matches));
	rows = needed_array(list->count, sizeof(*rows));
	for (size_t i = 0; i < list->count; i++) {
		rows[i] = &matches[i];
		matches[i].object = &list->objects[i];
		(void)family_match(families, &list->objects[i], &matches[i].match);
	}
	result = report_details(report, block_title, rows, list->count, error);
	report_close(report);
	free(matches);
	free(rows);
	return result;
}

enum exit_status family_match_show(const struct command_context *context,
                                   const struct families *families,
                                   const struct format_options *format, int count, char **words)
{
	struct object_list list = { .count = 0 };
	struct ref_list refs;
	enum exit_status status;
	struct error error;

	if (refs_parse(context, REF_OBJECT, count, words, &refs) < 0) {
		refs_free(&refs);
		return refs.status;
	}
	status = refs_find(context, &refs, &list);
	if (print(families, &list, format, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = error.status;
	}
	object_list_free(&list);
	refs_free(&refs);
	return status;
}
