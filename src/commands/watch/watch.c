/*
 * shmtool watch: print what happens to objects, as it happens.
 */
#include "commands/commands.h"
#include "commands/shared/complete.h"
#include "commands/shared/refs.h"
#include "commands/watch/options.h"
#include "commands/watch/table.h"
#include "events/stream.h"

#include <string.h>

/* The default time between samples, in milliseconds. */
enum { PERIOD = 100 };

static unsigned int kinds_of(const struct object_filter *filter, const struct ref_list *refs)
{
	unsigned int kinds = 0;

	for (size_t i = 0; i < refs->count; i++)
		kinds |= KIND_BIT(refs->refs[i].object);
	return refs->count > 0 ? kinds : filter->kinds;
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct watch_options *options = parsed;
	struct ref_list refs = { .count = 0 };
	struct format_options format;
	struct object_filter filter;
	struct watch_table_request table = { .filter = &filter, .refs = &refs, .format = &format };
	enum exit_status status;
	struct error error;

	if (argc > 0 && refs_parse(context, REF_OBJECT, argc, operands, &refs) < 0) {
		refs_free(&refs);
		return refs.status;
	}
	filter_options_resolve(&options->filter, &filter);
	if (watch_options_check(options, argc > 0, context->program != NULL, &error) < 0 ||
	    format_options_resolve(&options->format, &format, &error) < 0) {
		message_error(&context->message, NULL, &error);
		refs_free(&refs);
		return error.status;
	}
	table.stream = (struct event_request){
		.kinds = kinds_of(&filter, &refs),
		.calls = options->calls,
		.period = options->interval.given ? (unsigned int)options->interval.number : PERIOD,
		.listener = -1,
	};
	if (options->table) {
		status = watch_table(context, &table);
	} else {
		error_set(&error, STATUS_FAILED, "nothing can be watched yet");
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	refs_free(&refs);
	return status;
}

static void release(void *options)
{
	struct watch_options *given = options;

	filter_list_free(&given->events);
	filter_options_free(&given->filter);
}

static const struct option_hint hints[] = {
	REF_OPTION_HINTS,
};

const struct command watch_command = {
	.name = "watch",
	.summary = "Print what happens to objects, as it happens",
	.operands = "[REF...] [-- PROGRAM [ARGUMENT...]]",
	.max_operands = -1,
	.takes_program = true,
	.groups = watch_option_groups,
	.group_count = WATCH_OPTION_GROUPS,
	.options_size = sizeof(struct watch_options),
	.common_offset = offsetof(struct watch_options, common),
	.complete_operand = complete_refs,
	.operand_subset = KINDS_ALL,
	.option_hints = hints,
	.run = run,
	.release = release,
};
