/*
 * shmtool families: list the programs that create objects, and their objects on this machine.
 */
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/families/match.h"
#include "commands/families/rows.h"
#include "commands/shared/complete.h"
#include "commands/shared/format_options.h"
#include "commands/shared/place_options.h"
#include "output/pager.h"
#include "output/report.h"
#include "output/suggest.h"
#include "system/account.h"
#include "system/privileges.h"
#include "usage/family.h"
#include "usage/family_catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct families_options {
	struct place_options place;
	bool check;
	bool match;
	struct format_option_values format;
	bool no_pager;
	struct common_options common;
};

static const struct option_spec specs[] = {
	{ "check", 0, NULL, "report errors in the rules, or in those of FILE", NULL, NULL,
	  offsetof(struct families_options, check), 0 },
	{ "match", 0, NULL, "report the family of the object REF", NULL, NULL,
	  offsetof(struct families_options, match), 0 },
};

static const struct option_group groups[] = {
	{ "What to show", specs, OPTION_COUNT(specs), 0 },
	FORMAT_OPTION_GROUP(struct families_options, format, FORMAT_OPTION_COUNT_WITHOUT_TIMES),
	PAGER_OPTION_GROUP(struct families_options, no_pager),
	PLACE_OPTION_GROUP(struct families_options, place, PLACE_OPTION_NS),
	COMMON_OPTION_GROUP(struct families_options, common),
};

static const char default_columns[] = "family,fate,objects,bytes,unused,description";

static void block_title(const void *row, char *target, size_t size)
{
	snprintf(target, size, "Family %s", ((const struct family_row *)row)->family->name);
}

static void unknown_family(const struct command_context *context, const struct families *families,
                           const char *name)
{
	struct suggestion suggestion;
	struct error error;

	suggest_begin(&suggestion, name);
	for (size_t i = 0; i < families_count(families); i++)
		suggest_consider(&suggestion, families_at(families, i)->name);
	if (suggestion.nearest != NULL)
		error_set(&error, STATUS_FAILED, "unknown family, did you mean %s?",
		          suggestion.nearest);
	else
		error_set(&error, STATUS_FAILED, "unknown family ('shmtool families' lists them)");
	message_error(&context->message, *name != '\0' ? name : "''", &error);
}

/* Choose the named rows, or all. ROWS receives them. */
static enum exit_status choose_rows(const struct command_context *context,
                                    const struct families *families, const struct family_row *all,
                                    int argc, char **names, const void **rows, size_t *count)
{
	enum exit_status status = STATUS_DONE;

	*count = 0;
	for (size_t i = 0; argc == 0 && i < families_count(families); i++)
		rows[(*count)++] = &all[i];
	for (int i = 0; i < argc; i++) {
		const struct family *family = families_find(families, names[i]);

		if (family != NULL) {
			rows[(*count)++] = &all[families_number(families, family)];
		} else {
			unknown_family(context, families, names[i]);
			status = STATUS_FAILED;
		}
	}
	return status;
}

static int print(struct report *report, const void **rows, size_t count, bool is_list,
                 struct error *error)
{
	const struct report_section section = {
		.title = "Families",
		.columns = default_columns,
		.rows = rows,
		.count = count,
	};

	return is_list ? report_sections(report, &section, 1, error)
	               : report_details(report, block_title, rows, count, error);
}

static enum exit_status show(const struct command_context *context, const struct families *families,
                             const struct format_options *format, int argc, char **names)
{
	const bool is_list = argc == 0;
	struct error error;
	struct report *report = report_open(&family_columns, format, default_columns, &error);
	enum exit_status status;
	struct family_row *all;
	const void **rows;
	size_t count;

	if (report == NULL) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	all = family_rows_make(families);
	rows = needed_array(families_count(families) + (size_t)argc, sizeof(*rows));
	status = choose_rows(context, families, all, argc, names, rows, &count);
	if (family_rows_count(families, all, report_needs(report, is_list ? default_columns : NULL),
	                      &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	if (print(report, rows, count, is_list, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	report_close(report);
	family_rows_free(families, all);
	free(rows);
	return status;
}

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

/* An owner without an account may be misspelled. Shipped rules name owners of other machines. */
static void note_unknown_owners(const struct command_context *context,
                                const struct families *families, bool has_files)
{
	for (size_t i = 0; i < families_count(families); i++) {
		const struct family *family = families_at(families, i);

		for (size_t j = 0; (has_files || family->is_local) && j < family->rule_count; j++) {
			const struct family_rule *rule = family->rules[j];
			struct error error;
			uid_t uid;

			if (rule->owner != NULL &&
			    account_parse_user(rule->owner, &uid, &error) < 0)
				message_note(&context->message, NULL,
				             "%s:%u: matches nothing here: %s", family->file,
				             rule->line, error.text);
		}
	}
}

/* --check: files of rules; with no files, the whole catalogue. */
static enum exit_status check_rules(const struct command_context *context, int count, char **files)
{
	const struct family_problems problems = { take_problem, (void *)(uintptr_t)context };
	struct families *families;
	int result;

	result = count > 0 ? families_read_files(count, files, &families, &problems)
	                   : families_read_all(&families, &problems);
	if (result == 0)
		note_unknown_owners(context, families, count > 0);
	if (result == 0 && context->verbose)
		message_note(&context->message, NULL, "%zu %s, no errors", families_count(families),
		             families_count(families) == 1 ? "family" : "families");
	families_free(families);
	return result < 0 ? STATUS_FAILED : STATUS_DONE;
}

/* Reject contradictory options. */
static int check(const struct families_options *options, int argc, struct format_options *format,
                 struct error *error)
{
	if (format_options_resolve(&options->format, format, error) < 0)
		return -1;
	if (options->check && options->match)
		return error_set(error, STATUS_USAGE, "--check can't be combined with --match");
	if (options->check && (format->format != FORMAT_TABLE || format->columns != NULL ||
	                       format->sort != NULL || options->place.pid.given))
		return error_set(error, STATUS_USAGE,
		                 "--check can't be combined with output options or --ns");
	if (options->match && argc == 0)
		return error_set(error, STATUS_USAGE, "missing operand: REF");
	return 0;
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct families_options *options = parsed;
	struct format_options format;
	const struct families *families;
	enum exit_status status;
	struct error error;

	pager_allow(options->no_pager);
	if (format_options_want_help(&options->format)) {
		report_list_columns(options->match ? &family_match_columns : &family_columns);
		return STATUS_DONE;
	}
	if (check(options, argc, &format, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	privileges_keep(PRIVILEGE_LOOK | (options->place.pid.given ? PRIVILEGE_ENTER : 0U));
	if (options->check)
		return check_rules(context, argc, operands);
	/* The rules are those of this machine, also with --ns. */
	families = families_shared(&error);
	if (families == NULL) {
		message_error(&context->message, NULL, &error);
		return STATUS_FAILED;
	}
	if (place_options_enter(context, &options->place) < 0)
		status = STATUS_FAILED;
	else if (options->match)
		status = family_match_show(context, families, &format, argc, operands);
	else
		status = show(context, families, &format, argc, operands);
	return status;
}

/* Whether a flag precedes the word. */
static bool has_flag(const struct completion *completion, const char *flag)
{
	for (int i = 0; i < completion->word_count; i++) {
		if (strcmp(completion->words[i], flag) == 0)
			return true;
	}
	return false;
}

static void complete_operand(const struct completion *completion)
{
	if (has_flag(completion, "--check"))
		complete_files(completion);
	else if (has_flag(completion, "--match"))
		complete_refs(completion);
	else
		complete_families(completion);
}

const struct command families_command = {
	.name = "families",
	.summary = "List the programs that create objects, and their objects on this machine",
	.operands = "[NAME...] | --check [FILE...] | --match REF...",
	.max_operands = -1,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct families_options),
	.common_offset = offsetof(struct families_options, common),
	.columns = &family_columns,
	.complete_operand = complete_operand,
	.operand_subset = KINDS_ALL,
	.run = run,
};
