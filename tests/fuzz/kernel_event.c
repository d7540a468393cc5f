/*
 * Events as they are read from the kernel: inotify(7), fanotify(7), the process connector. What is
 * reported lies in the bytes that were read, and its names end there.
 *
 * The first byte of an input chooses the source, the rest was read from it.
 */
#include "fuzz.h"

#include "base/memory.h"
#include "events/fanotify_events.h"
#include "events/inotify_events.h"
#include "events/process_connector.h"

#include <stdlib.h>
#include <string.h>

/* Check that a name with its NUL lies in the bytes. */
static void check_name(const char *name, const char *bytes, size_t size)
{
	if (name == NULL)
		return;
	fuzz_check(name >= bytes && name < bytes + size, "a name is outside of the event");
	fuzz_check(memchr(name, '\0', (size_t)(bytes + size - name)) != NULL,
	           "a name has no end in the event");
}

static void check_inotify(const char *bytes, size_t size)
{
	const struct inotify_event *event;

	for (size_t at = 0; at < size; at += sizeof(*event) + event->len) {
		event = inotify_event_parse(bytes + at, size - at);
		if (event == NULL)
			return;
		fuzz_check((const char *)event == bytes + at, "an event is elsewhere");
		fuzz_check(at + sizeof(*event) + event->len <= size, "%u bytes are too many",
		           event->len);
		if (event->len > 0)
			check_name(event->name, bytes + at, sizeof(*event) + event->len);
	}
}

static void check_fanotify(const char *bytes, size_t size)
{
	size_t length;

	for (size_t at = 0; at < size; at += length) {
		struct fanotify_report report;

		length = fanotify_report_parse(bytes + at, size - at, &report);
		if (length == 0)
			return;
		fuzz_check(length <= size - at, "%zu bytes are too many", length);
		fuzz_check(report.file.length <= FILE_KEY_SIZE, "a key of %u bytes",
		           report.file.length);
		check_name(report.name, bytes + at, length);
		check_name(report.old_name, bytes + at, length);
	}
}

static void check_connector(const char *bytes, size_t size)
{
	struct proc_event event;

	if (!process_connector_parse(bytes, size, &event))
		return;
	fuzz_check(size >= sizeof(event), "an event in %zu bytes", size);
	if (event.what == PROC_EVENT_COMM)
		check_name(event.event_data.comm.comm, event.event_data.comm.comm,
		           sizeof(event.event_data.comm.comm));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(const char *bytes, size_t size) = {
		check_inotify,
		check_fanotify,
		check_connector,
	};
	const unsigned int choice = fuzz_byte(&data, &size);
	/* Aligned as what is read, and with memory of its own. */
	char *bytes = needed(malloc(size > 0 ? size : 1));

	if (size > 0)
		memcpy(bytes, data, size);
	checks[choice % (sizeof(checks) / sizeof(checks[0]))](bytes, size);
	free(bytes);
	return 0;
}
