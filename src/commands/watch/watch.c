/*
 * shmtool watch: print the events of objects as they happen.
 */
#include "commands/commands.h"
#include "commands/shared/complete.h"
#include "commands/shared/object_columns.h"
#include "commands/shared/refs.h"
#include "commands/watch/live.h"
#include "commands/watch/options.h"
#include "commands/watch/replay.h"
#include "commands/watch/session.h"
#include "commands/watch/table.h"
#include "events/stream.h"
#include "output/stdout.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* The default time between samples, and between two listings of the table, in milliseconds. */
enum { PERIOD = 100, TABLE_PERIOD = 1000 };

/* Replay a file. The status of a damaged one is a failure, but an event that was waited for counts. */
static enum exit_status replay_file(struct session *session, const char *path)
{
	const enum exit_status status = replay(session, path);
	struct error error;

	if (session->reached)
		return STATUS_DONE;
	if (session->options->until.types != 0) {
		error_set(&error, STATUS_FAILED, "ends before the event of --until");
		message_error(&session->context->message, path, &error);
		return STATUS_FAILED;
	}
	return status;
}

/* Die from the signal that ended the watch, so that a shell that runs a script ends it as well. */
static void die_from(int number)
{
	sigset_t set;

	(void)stdout_flush();
	sigemptyset(&set);
	sigaddset(&set, number);
	signal(number, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
}

static enum exit_status run_session(const struct command_context *context,
                                    const struct watch_options *options,
                                    const struct watch_table_request *request)
{
	struct session session = {
		.selection = { .types = watch_options_types(options),
		               .filter = request->filter,
		               .refs = request->refs },
	};
	int signal_number = 0;
	enum exit_status status = session_begin(&session, context, options, request->format);
	enum exit_status ended;

	if (status == STATUS_DONE && options->replay != NULL)
		status = replay_file(&session, options->replay);
	else if (status == STATUS_DONE)
		status = live(&session, &request->stream, &signal_number);
	ended = session_end(&session);
	if (signal_number == 0 && context->program == NULL && stdout_flush() < 0 && errno == EPIPE)
		signal_number = SIGPIPE;
	if (signal_number != 0)
		die_from(signal_number);
	return status == STATUS_DONE ? ended : status;
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct watch_options *options = parsed;
	struct ref_list refs = { .count = 0 };
	struct format_options format;
	struct object_filter filter;
	const struct selection chosen = { .filter = &filter, .refs = &refs };
	struct watch_table_request table = { .filter = &filter, .refs = &refs, .format = &format };
	enum exit_status status;
	struct error error;

	if (format_options_want_help(&options->format)) {
		report_list_columns(options->table     ? &object_columns
		                    : options->summary ? &watch_summary_columns
		                                       : &watch_column_set);
		return STATUS_DONE;
	}
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
		.kinds = selection_kinds(&chosen),
		.calls = watch_options_calls(options),
		.period = options->interval.given ? (unsigned int)options->interval.number
		          : options->table        ? TABLE_PERIOD
		                                  : PERIOD,
	};
	status =
	    options->table ? watch_table(context, &table) : run_session(context, options, &table);
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
	.summary = "Print the events of objects as they happen",
	.operands = "[REF...] [-- PROGRAM [ARGUMENT...]]",
	.max_operands = -1,
	.takes_program = true,
	.groups = watch_option_groups,
	.group_count = WATCH_OPTION_GROUPS,
	.options_size = sizeof(struct watch_options),
	.common_offset = offsetof(struct watch_options, common),
	.columns = &watch_column_set,
	.other_option = "--summary",
	.other_columns = &watch_summary_columns,
	.complete_operand = complete_refs,
	.operand_subset = KINDS_ALL,
	.option_hints = hints,
	.run = run,
	.release = release,
};
