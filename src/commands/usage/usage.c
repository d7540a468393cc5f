/*
 * shmtool usage: where all shared memory of the machine is, adding up to what the kernel reports.
 */
#include "commands/usage/usage.h"

#include "commands/commands.h"
#include "commands/shared/complete.h"
#include "commands/usage/by_columns.h"
#include "output/pager.h"
#include "output/report.h"
#include "system/privileges.h"

/* Replaces the first of filter_option_specs, --kind, whose default differs. */
static const struct option_spec kind_spec = {
	"kind",
	0,
	"KIND,...",
	"shm, msg, sem, pshm, pmsg, psem or all (default: memory)",
	option_parse_filter_kinds,
	complete_kinds,
	offsetof(struct usage_options, filter.kinds),
	OPTION_SUBSET(KINDS_ALL),
};

static const struct option_spec specs[] = {
	{ "all", 'a', NULL, "also print lines without any memory", NULL, NULL,
	  offsetof(struct usage_options, all), 0 },
	{ "by", 0, "WORD,...",
	  "totals by kind, owner, family, command, pid, place, namespace or cgroup",
	  option_parse_by, complete_by, offsetof(struct usage_options, by), 0 },
	{ "top", 0, "N", "with --by: print the N largest, and the rest as one line",
	  option_parse_count, NULL, offsetof(struct usage_options, top), OPTION_ONCE },
};

static const struct option_group groups[] = {
	{ "What to show", specs, OPTION_COUNT(specs), 0 },
	{ .title =
	      "Filters of --by (kinds: also memfd, anon, removed, detached; A,B: any of these, "
	      "!A: not this one)",
	  .options = &kind_spec,
	  .count = 1,
	  .offset = 0 },
	{ .title = NULL,
	  .options = filter_option_specs + 1,
	  .count = FILTER_OPTION_COUNT - 1,
	  .offset = offsetof(struct usage_options, filter) },
	{ .title = NULL,
	  .options = place_option_specs + PLACE_OPTION_NS,
	  .count = PLACE_OPTION_COUNT - PLACE_OPTION_NS,
	  .offset = offsetof(struct usage_options, place) },
	FORMAT_OPTION_GROUP(struct usage_options, format, FORMAT_OPTION_COUNT_WITHOUT_TIMES),
	PAGER_OPTION_GROUP(struct usage_options, no_pager),
	COMMON_OPTION_GROUP(struct usage_options, common),
};

/* Reject contradictory options. */
static int check(const struct usage_options *options, struct error *error)
{
	const bool is_by = options->by.count > 0;

	if (is_by && options->all)
		return error_set(error, STATUS_USAGE, "--all can't be combined with --by");
	if (!is_by && options->top.given)
		return error_set(error, STATUS_USAGE, "--top requires --by");
	if (!is_by && filter_options_given(&options->filter))
		return error_set(error, STATUS_USAGE,
		                 "filters require --by: the lines of the whole table are no "
		                 "objects");
	if (!is_by && options->place.recursive)
		return error_set(error, STATUS_USAGE, "--recursive requires --by");
	if (filter_list_bits(&options->filter.kinds, 0) & KIND_BIT(KIND_DIR))
		return error_set(error, STATUS_USAGE,
		                 "--kind: dir has no total, its files do: use --recursive");
	return filter_options_check_all(&options->filter, error);
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct usage_options *options = parsed;
	struct format_options format;
	struct error error;

	(void)argc;
	(void)operands;
	pager_allow(options->no_pager);
	if (format_options_want_help(&options->format)) {
		report_list_columns(options->by.count > 0 ? &usage_by_columns : &usage_columns);
		return STATUS_DONE;
	}
	if (check(options, &error) < 0 ||
	    format_options_resolve(&options->format, &format, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	privileges_keep(PRIVILEGE_LOOK | PRIVILEGE_FOLLOW | PRIVILEGE_ENTER | PRIVILEGE_MOUNTS);
	if (options->by.count > 0)
		return usage_by(context, options, &format);
	if (options->place.directories.count > 0)
		return usage_directories(context, options, &format);
	return usage_table(context, options, &format);
}

static void release(void *options)
{
	filter_options_free(&((struct usage_options *)options)->filter);
}

const struct command usage_command = {
	.name = "usage",
	.summary = "Show where all shared memory of the machine is",
	.operands = "",
	.max_operands = 0,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct usage_options),
	.columns = &usage_columns,
	.other_option = "--by",
	.other_columns = &usage_by_columns,
	.common_offset = offsetof(struct usage_options, common),
	.run = run,
	.release = release,
};
