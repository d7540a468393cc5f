/*
 * Lines of recorded events: watch --replay. An event that is recorded again is the same.
 */
#include "fuzz.h"

#include "commands/watch/record.h"
#include "commands/watch/recorded_event.h"
#include "events/calls.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

static void record(struct buffer *buffer, const struct recorded_event *recorded)
{
	recorder_append(buffer, &recorded->event, recorded->source, recorded->host);
}

static void print_call(const struct event *event)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	event_call_print(event, stream);
	(void)fclose(stream);
	fuzz_check(strchr(text, '\n') == NULL ||
	               (event->object != NULL && (KIND_BIT(event->object->kind) & KINDS_POSIX)),
	           "a call has two lines");
	free(text);
}

static void check_again(struct json_tokener *tokener, const struct recorded_event *recorded)
{
	struct buffer first = { .used = 0 };
	struct buffer second = { .used = 0 };
	struct recorded_event again;
	struct error error = { .text = "" };

	record(&first, recorded);
	fuzz_check(recorded_event_read(tokener, first.data, first.used - 1, &again, &error) == 0,
	           "%.*s is rejected: %s", (int)first.used, first.data, error.text);
	record(&second, &again);
	fuzz_check(first.used == second.used && memcmp(first.data, second.data, first.used) == 0,
	           "%.*s is not %.*s", (int)first.used, first.data, (int)second.used, second.data);
	recorded_event_free(&again);
	free(first.data);
	free(second.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_tokener *tokener = recorded_event_tokener();
	struct recorded_event recorded;
	struct error error = { .text = "" };

	if (recorded_event_read(tokener, (const char *)data, size, &recorded, &error) == 0) {
		check_again(tokener, &recorded);
		if (recorded.event.call != NULL)
			print_call(&recorded.event);
		recorded_event_free(&recorded);
	} else {
		fuzz_check(error.text[0] != '\0', "rejected without a sentence");
	}
	json_tokener_free(tokener);
	return 0;
}
