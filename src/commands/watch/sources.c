#include "commands/watch/sources.h"

#include "objects/kind.h"

#include <stdio.h>
#include <string.h>

/* Room for the words of all kinds, and for the list of all sources. */
enum { KINDS_SIZE = 64, LIST_SIZE = 1024 };

/* "shm, sem, msg" */
static void kinds_text(unsigned int kinds, char text[KINDS_SIZE])
{
	char *end = text;

	*end = '\0';
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if (kinds & KIND_BIT(kind))
			end = stpcpy(stpcpy(end, end == text ? "" : ", "),
			             kind_word((enum object_kind)kind));
	}
}

/* The kinds of all notes about a source, from the first one on; 0 if the i-th is not the first. */
static unsigned int kinds_of_source(const struct event_stream *stream, size_t i)
{
	const struct event_source_note *first = event_stream_source(stream, i);
	const struct event_source_note *note;
	unsigned int kinds = 0;

	for (size_t j = 0; (note = event_stream_source(stream, j)) != NULL; j++) {
		if (strcmp(note->name, first->name) != 0)
			continue;
		if (j < i)
			return 0;
		kinds |= note->kinds;
	}
	return kinds;
}

/* "watching by tracepoints (shm, sem), fanotify (pshm)" */
static void announce_all(const struct command_context *context, const struct event_stream *stream)
{
	const struct event_source_note *note;
	char list[LIST_SIZE] = "";
	char kinds[KINDS_SIZE];
	size_t length = 0;

	for (size_t i = 0; (note = event_stream_source(stream, i)) != NULL; i++) {
		const unsigned int of_source = kinds_of_source(stream, i);

		if (of_source == 0 || length >= sizeof(list))
			continue;
		kinds_text(of_source, kinds);
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s (%s)",
		                           length > 0 ? ", " : "", note->name, kinds);
	}
	message_note(&context->message, NULL, "watching by %s", list);
}

static bool announce_limits(const struct command_context *context,
                            const struct event_stream *stream, unsigned int period)
{
	const struct event_source_note *note;
	bool any_samples = false;
	char kinds[KINDS_SIZE];

	for (size_t i = 0; (note = event_stream_source(stream, i)) != NULL; i++) {
		any_samples = any_samples || note->samples;
		kinds_text(note->kinds, kinds);
		if (note->samples)
			message_note(&context->message, kinds,
			             "one sample every %u ms, so anything shorter is missed%s%s",
			             period, note->why != NULL ? ": " : "",
			             note->why != NULL ? note->why : "");
		else if (note->why != NULL)
			message_note(&context->message, kinds, "%s", note->why);
	}
	return any_samples;
}

int sources_announce(const struct command_context *context, const struct event_stream *stream,
                     const struct event_request *request, bool period_given,
                     const char *names[KIND_COUNT])
{
	unsigned int missing = request->kinds;
	const struct event_source_note *note;
	char kinds[KINDS_SIZE];
	struct error error;

	announce_all(context, stream);
	if (!announce_limits(context, stream, request->period) && period_given)
		message_note(&context->message, "--interval", "has no effect: nothing is sampled");
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		names[kind] = NULL;
		for (size_t i = 0; (note = event_stream_source(stream, i)) != NULL; i++) {
			if (note->kinds & KIND_BIT(kind))
				names[kind] = note->name;
		}
		if (names[kind] != NULL)
			missing &= ~(unsigned int)KIND_BIT(kind);
	}
	if (missing == 0)
		return 0;
	kinds_text(missing, kinds);
	error_set(&error, STATUS_FAILED, "can't be watched");
	message_error(&context->message, kinds, &error);
	return -1;
}
