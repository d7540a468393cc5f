/*
 * Records of perf_event_open(2), and the values of tracepoints in them. What is reported lies in the
 * record. An input is a format file, a NUL, and a record.
 */
#include "fuzz.h"

#include "base/memory.h"
#include "events/perf_rings.h"
#include "events/tracepoint_format.h"

#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

static const struct tracepoint_name names[] = {
	{ "syscalls", "sys_enter_shmget", { NULL } },
	{ "sched", "sched_process_fork", { "parent_pid", "child_pid" } },
};

static void check_record(const struct tracepoint_format *format, const char *bytes, size_t size)
{
	struct perf_event_header header;
	struct perf_record record;

	if (size < sizeof(header) || size > UINT16_MAX)
		return;
	memcpy(&header, bytes, sizeof(header));
	/* The kernel stores whole records. */
	header.size = (uint16_t)size;
	perf_record_parse(&header, bytes + sizeof(header), &record);
	fuzz_check(record.type <= PERF_OTHER, "no type %d", (int)record.type);
	if (record.type != PERF_TRACEPOINT)
		return;
	fuzz_check((const char *)record.data >= bytes &&
	               (const char *)record.data + record.size <= bytes + size,
	           "%zu bytes are outside the record", record.size);
	for (size_t i = 0; i < TRACEPOINT_FIELDS; i++)
		(void)tracepoint_field(format, i, record.data, record.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t length = strnlen((const char *)data, size);
	const size_t rest = size > length ? size - length - 1 : 0;
	/* The record lies in memory of its own, so that an access beyond it is noticed. */
	char *bytes = needed(malloc(rest + 1));

	memcpy(bytes, data + size - rest, rest);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct tracepoint_format format = { .number = 0 };
		char *text = fuzz_text(data, length);

		tracepoint_format_parse(&names[i], text, &format);
		check_record(&format, bytes, rest);
		free(text);
	}
	free(bytes);
	return 0;
}
