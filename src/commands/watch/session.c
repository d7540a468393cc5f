#include "commands/watch/session.h"

#include "usage/family_catalogue.h"

#include <inttypes.h>
#include <string.h>

static enum time_format time_format_of(const struct format_options *format)
{
	if (format->time_format != TIME_DEFAULT)
		return format->time_format;
	return format->for_terminal && format->format == FORMAT_TABLE ? TIME_SHORT : TIME_ISO;
}

static int open_lines(struct session *session, struct error *error)
{
	const bool calls = watch_options_calls(session->options);
	const struct watch_row sample = {
		.event = watch_sample_event(),
		.object = watch_sample_event()->object,
		.source = "tracepoints",
		.host = "host",
		.columns = &session->columns,
	};
	const void *const samples[] = { &sample };
	const struct lines_layout layout = {
		.set = &watch_column_set,
		.table_columns = calls ? watch_table_call_columns : watch_table_columns,
		.machine_columns = calls ? watch_machine_call_columns : watch_machine_columns,
		.samples = samples,
		.sample_count = 1,
	};

	session->lines = lines_open(&layout, session->format, error);
	if (session->lines == NULL)
		return -1;
	if (lines_needs(session->lines) & WATCH_NEED_FAMILY) {
		session->columns.families = families_shared(error);
		return session->columns.families != NULL ? 0 : -1;
	}
	return 0;
}

enum exit_status session_begin(struct session *session, const struct command_context *context,
                               const struct watch_options *options,
                               const struct format_options *format)
{
	struct error error;

	session->context = context;
	session->options = options;
	session->format = format;
	session->columns.times = time_format_of(format);
	session->left = options->until.count;
	if (options->summary)
		session->summary = summary_open(format, &error);
	if (options->summary ? session->summary == NULL : open_lines(session, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	if (options->record != NULL) {
		session->recorder = recorder_open(options->record, &error);
		if (session->recorder == NULL) {
			message_error(&context->message, options->record, &error);
			return STATUS_FAILED;
		}
	}
	return STATUS_DONE;
}

void session_event(struct session *session, const struct event *event, const char *source,
                   const char *host)
{
	static const struct shm_object unknown = { .kind = KIND_SHM };
	const struct watch_row row = {
		.event = event,
		.object = event->object != NULL ? event->object : &unknown,
		.source = source,
		.host = host,
		.columns = &session->columns,
	};

	if (session->reached || !selection_takes(&session->selection, event))
		return;
	if (event->type == EVENT_LOST)
		session->lost += event->number;
	if (session->recorder != NULL)
		recorder_add(session->recorder, event, source, host);
	if (session->summary != NULL)
		summary_add(session->summary, event);
	if (session->lines != NULL)
		lines_print(session->lines, &row);
	if ((session->options->until.types & EVENT_BIT(event->type)) && --session->left == 0)
		session->reached = true;
}

void session_flush(struct session *session)
{
	struct error error;

	if (session->recorder != NULL && recorder_flush(session->recorder, &error) < 0) {
		message_error(&session->context->message, session->options->record, &error);
		session->failed = true;
	}
	/* The error is reported when standard output is closed. */
	if (session->lines != NULL && lines_flush(session->lines) < 0)
		session->failed = true;
}

enum exit_status session_end(struct session *session)
{
	enum exit_status status = STATUS_DONE;
	struct error error;

	if (session->begun)
		session_flush(session);
	lines_close(session->lines);
	if (session->summary != NULL &&
	    summary_close(session->summary, session->begun, &error) < 0) {
		message_error(&session->context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	if (session->lost > 0) {
		error_set(&error, STATUS_FAILED, "at least %" PRIu64 " event%s %s lost",
		          session->lost, plural_s(session->lost), plural_was(session->lost));
		message_error(&session->context->message, NULL, &error);
	}
	recorder_close(session->recorder);
	selection_end(&session->selection);
	watch_columns_end(&session->columns);
	if (session->failed || (session->lost > 0 && !session->reached))
		status = STATUS_FAILED;
	return status;
}
