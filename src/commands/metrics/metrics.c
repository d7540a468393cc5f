/*
 * shmtool metrics: OpenMetrics text about shared memory, for monitoring.
 */
#include "commands/commands.h"
#include "commands/metrics/collector.h"
#include "commands/metrics/exposition.h"
#include "commands/metrics/replacement.h"
#include "commands/shared/complete.h"
#include "commands/shared/filter_options.h"
#include "output/stdout.h"

#include <stdlib.h>

struct metrics_options {
	struct filter_list kinds;
	struct optional_number top;
	const char *output;
	struct common_options common;
};

enum { TOP_DEFAULT = 20 };

static const struct option_spec specs[] = {
	{ "kind", 0, "KIND,...",
	  "objects and limits of shm, msg, sem, pshm, pmsg, psem or all (default: all)",
	  option_parse_kinds, complete_kinds, offsetof(struct metrics_options, kinds),
	  OPTION_SUBSET(KINDS_ALL) },
	{ "output", 0, "FILE", "replace FILE atomically, instead of printing", option_parse_string,
	  complete_files, offsetof(struct metrics_options, output), OPTION_ONCE },
	{ "top", 0, "N", "the N largest owners and families, the rest as 'other' (default: 20)",
	  option_parse_count, NULL, offsetof(struct metrics_options, top), OPTION_ONCE },
};

static const struct option_group groups[] = {
	{ "What to show", specs, OPTION_COUNT(specs), 0 },
	COMMON_OPTION_GROUP(struct metrics_options, common),
};

static const struct collector collectors[] = {
	{ "objects", collect_objects },
	{ "memory", collect_memory },
	{ "limits", collect_limits },
};
enum { COLLECTORS = sizeof(collectors) / sizeof(collectors[0]) };

/* Add the metrics of the program itself. BEGIN: of collector_clock(). */
static void add_own(const struct collector_result results[COLLECTORS], struct timespec begin,
                    struct exposition *exposition)
{
	static const struct metric success = { "shmtool_collector_success", NULL,
		                               "1 if a collector could read everything." };
	static const struct metric duration = { "shmtool_collector_duration_seconds", "seconds",
		                                "Time that a collector took." };
	static const struct metric all = { "shmtool_scrape_duration_seconds", "seconds",
		                           "Time that all collectors took." };
	static const struct metric build = { "shmtool_build_info", NULL,
		                             "The version of shmtool." };

	for (size_t i = 0; i < COLLECTORS; i++)
		exposition_add(exposition, &success, LABELS({ "collector", collectors[i].name }),
		               results[i].is_success);
	for (size_t i = 0; i < COLLECTORS; i++)
		exposition_add(exposition, &duration, LABELS({ "collector", collectors[i].name }),
		               results[i].seconds);
	exposition_add(exposition, &all, NULL, collector_seconds_since(begin));
	exposition_add(exposition, &build, LABELS({ "version", SHMTOOL_VERSION }), 1);
}

/* Returns whether everything could be read. */
static bool measure(const struct command_context *context, const struct metrics_request *request,
                    struct exposition *exposition)
{
	const struct timespec begin = collector_clock();
	struct collector_result results[COLLECTORS];
	bool is_success = true;

	for (size_t i = 0; i < COLLECTORS; i++) {
		results[i] = collector_run(context, &collectors[i], request, exposition);
		is_success &= results[i].is_success;
	}
	add_own(results, begin, exposition);
	exposition_end(exposition);
	return is_success;
}

static int check_kinds(const struct filter_list *kinds, struct error *error)
{
	if (filter_list_bits(kinds, 0) & KIND_BIT(KIND_DIR))
		return error_set(error, STATUS_USAGE, "--kind: directories have no metrics");
	return 0;
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct metrics_options *options = parsed;
	const struct metrics_request request = {
		.kinds = filter_list_bits(&options->kinds, KINDS_ALL),
		.top = options->top.given ? options->top.number : TOP_DEFAULT,
	};
	enum exit_status status = STATUS_DONE;
	struct exposition exposition = { .last = NULL };
	struct replacement replacement = { .directory = -1 };
	struct error error;

	(void)argc;
	(void)operands;
	if (check_kinds(&options->kinds, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	/* Do not measure in vain. */
	if (options->output != NULL &&
	    replacement_begin(options->output, &replacement, &error) < 0) {
		message_error(&context->message, options->output, &error);
		return error.status;
	}
	if (!measure(context, &request, &exposition))
		status = STATUS_FAILED;
	if (options->output == NULL) {
		stdout_write(exposition.text.data, exposition.text.used);
	} else if (replacement_write(&replacement, &exposition.text, &error) < 0) {
		message_error(&context->message, options->output, &error);
		status = STATUS_FAILED;
	}
	replacement_end(&replacement);
	free(exposition.text.data);
	return status;
}

static void release(void *options)
{
	filter_list_free(&((struct metrics_options *)options)->kinds);
}

const struct command metrics_command = {
	.name = "metrics",
	.summary = "Print metrics of shared memory for monitoring",
	.operands = "",
	.max_operands = 0,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct metrics_options),
	.common_offset = offsetof(struct metrics_options, common),
	.run = run,
	.release = release,
};
