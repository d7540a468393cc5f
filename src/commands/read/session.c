#include "commands/read/session.h"

#include "base/memory.h"
#include "commands/read/byte_printer.h"
#include "commands/read/sink.h"
#include "objects/shortage.h"
#include "output/stdout.h"
#include "stream/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Report a failed write, but not EPIPE. */
static int stdout_failed(struct error *error)
{
	stdout_mark_error_reported();
	if (errno == EPIPE) {
		error->status = STATUS_FAILED;
		error->text[0] = '\0';
		return -1;
	}
	return error_set_errno(error, errno, "standard output can't be written");
}

static int interrupted(const struct reading *reading, uint64_t done, struct error *error)
{
	return error_set(
	    error, STATUS_FAILED,
	    "interrupted: %" PRIu64 " of %" PRIu64 " byte%s %s read, up to offset %" PRIu64, done,
	    reading->length, plural_s(reading->length), plural_was(done), reading->offset + done);
}

static int became_shorter(const struct reading *reading, uint64_t done, struct error *error)
{
	return error_set(error, STATUS_FAILED,
	                 "became shorter while it was read: %" PRIu64 " of %" PRIu64
	                 " byte%s %s there, up to offset %" PRIu64,
	                 done, reading->length, plural_s(reading->length), plural_was(done),
	                 reading->offset + done);
}

int reading_copy(struct reading *reading, uint64_t offset, char *buffer, uint64_t size,
                 struct error *error)
{
	struct memory *memory = &reading->memory;
	uint64_t within = 0;
	uint64_t done;

	if (reading->snapshot != NULL) {
		memcpy(buffer, reading->snapshot + (offset - reading->offset), size);
		return 0;
	}
	if (offset < memory->bytes)
		within = memory->bytes - offset < size ? memory->bytes - offset : size;
	if (within > 0) {
		if (memory_read(memory, offset, buffer, within, &done, error) < 0)
			return -1;
		if (done < within)
			return became_shorter(reading, offset + done - reading->offset, error);
	}
	if (within == size)
		return 0;
	return memory_read_beyond(memory, offset + within, buffer + within, size - within, error);
}

/* Send an extent of one kind without copying the bytes through this process. */
static enum transfer_end send_extent(struct reading *reading, struct sink *sink, uint64_t offset,
                                     const struct extent *extent, uint64_t *done)
{
	const struct memory *memory = &reading->memory;

	if (extent->is_hole)
		return sink_send_zeros(sink, extent->length, done);
	if (memory->fd >= 0)
		return sink_send_file(sink, memory->fd, offset, extent->length, done);
	return sink_send_memory(sink, memory->mapping.address + offset, extent->length, done);
}

static int send_failed(const struct reading *reading, enum transfer_end end, uint64_t done,
                       struct error *error)
{
	if (end == TRANSFER_INTERRUPTED)
		return interrupted(reading, done, error);
	if (end == TRANSFER_WRITE_FAILED)
		return stdout_failed(error);
	if (end == TRANSFER_DONE)
		return became_shorter(reading, done, error);
	return error_set_errno(error, errno, "can't be read at offset %" PRIu64,
	                       reading->offset + done);
}

static int send_beyond(struct reading *reading, struct sink *sink, uint64_t done,
                       struct error *error)
{
	uint64_t size = reading->length - done;
	char *buffer = needed(malloc(size));
	size_t written = 0;
	int result = -1;

	if (memory_read_beyond(&reading->memory, reading->offset + done, buffer, size, error) ==
	    0) {
		enum transfer_end end = transfer_write(sink->fd, buffer, size, &written);

		result =
		    end == TRANSFER_DONE ? 0 : send_failed(reading, end, done + written, error);
	}
	free(buffer);
	return result;
}

static void show_progress(void *closure, uint64_t bytes)
{
	progress_step(closure, bytes);
}

static int send_raw(struct reading *reading, struct error *error)
{
	const struct transfer_watch watch = { .moved = show_progress,
		                              .closure = &reading->progress };
	const struct memory *memory = &reading->memory;
	uint64_t end = reading->offset + reading->length;
	uint64_t done = 0;
	struct sink sink;

	if (end > memory->bytes)
		end = memory->bytes;
	sink_begin(&sink, STDOUT_FILENO, reading->length, &watch);
	while (reading->offset + done < end) {
		enum transfer_end result;
		struct extent extent;
		uint64_t sent;

		memory_extent(&reading->memory, reading->offset + done, end, &extent);
		result = send_extent(reading, &sink, reading->offset + done, &extent, &sent);
		done += sent;
		if (result != TRANSFER_DONE || sent < extent.length)
			return send_failed(reading, result, done, error);
	}
	if (done < reading->length && send_beyond(reading, &sink, done, error) < 0)
		return -1;
	return sink_end(&sink) == TRANSFER_DONE ? 0 : interrupted(reading, reading->length, error);
}

/* Print in parts, each a multiple of a hex dump's lines. */
static int print_parts(struct reading *reading, enum byte_format format, struct error *error)
{
	enum { PART = 1 << 18 };
	char *buffer = needed(malloc(PART));
	struct byte_printer printer;
	int result = 0;

	byte_printer_begin(&printer, format, reading->offset);
	for (uint64_t done = 0;
	     done < reading->length && !printer.ended && result == 0 && !stdout_reader_left();) {
		uint64_t left = reading->length - done;
		uint64_t size = left < PART ? left : PART;

		result = reading_copy(reading, reading->offset + done, buffer, size, error);
		if (result == 0) {
			byte_printer_add(&printer, buffer, size);
			done += size;
			progress_step(&reading->progress, size);
		}
		if (result == 0 && interrupt_pending())
			result = interrupted(reading, done, error);
	}
	if (result == 0)
		byte_printer_end(&printer);
	free(buffer);
	return result;
}

static struct report *open_report(struct reading *reading, struct error *error)
{
	return report_open(&reading->columns.set, &reading->output, NULL, error);
}

/*
 * Tables and sorted lists need all rows at once; everything else is printed in parts, so that
 * memory does not grow with the object.
 */
static int print_records(struct reading *reading, struct error *error)
{
	const uint64_t about = UINT64_C(1) << 18; /* bytes of a part: a signal ends it after one */
	const struct record *record = &reading->record;
	bool whole = reading->output.format == FORMAT_TABLE || reading->output.sort != NULL;
	uint64_t part = about < record->bytes ? record->bytes : about - about % record->bytes;
	struct report *report = open_report(reading, error);
	char *buffer;
	uint64_t done = 0;
	int result;

	if (report == NULL)
		return -1;
	if (whole || part > reading->length)
		part = reading->length;
	/* Plus a pointer per record. */
	if (shortage_check_memory(part + part / record->bytes * sizeof(void *), error) < 0) {
		report_discard(report);
		return -1;
	}
	buffer = malloc(part + 1);
	if (buffer == NULL) {
		report_discard(report);
		return error_set(error, STATUS_FAILED,
		                 "not enough memory for a table of %" PRIu64
		                 " bytes (--json, --raw or --count)",
		                 part);
	}
	/* Run once even without records, for the headings or an empty array. */
	do {
		uint64_t left = reading->length - done;
		uint64_t size = left < part ? left : part;

		result = reading_copy(reading, reading->offset + done, buffer, size, error);
		if (result < 0)
			break;
		result = record_rows_print(report, record, buffer, size / record->bytes, error);
		done += size;
		progress_step(&reading->progress, size);
		if (result == 0 && interrupt_pending())
			result = interrupted(reading, done, error);
	} while (result == 0 && done < reading->length && !stdout_reader_left());
	report_close(report);
	free(buffer);
	return result;
}

static int print_once(struct reading *reading, struct error *error)
{
	switch (reading->format) {
	case READ_RECORD:
		return print_records(reading, error);
	case READ_HEX:
		return print_parts(reading, BYTES_AS_HEX, error);
	case READ_STRING:
		return print_parts(reading, BYTES_AS_STRING, error);
	case READ_RAW:
	default:
		return reading->snapshot != NULL ? print_parts(reading, BYTES_AS_IS, error)
		                                 : send_raw(reading, error);
	}
}

int reading_print(struct reading *reading, struct error *error)
{
	bool shows = !reading->message->quiet && isatty(STDOUT_FILENO) == 0;
	int result;

	progress_begin(&reading->progress, reading->length, shows);
	result = print_once(reading, error);
	progress_end(&reading->progress);
	if (stdout_flush() < 0) {
		if (interrupt_pending())
			return interrupted(reading, reading->progress.done, error);
		return stdout_failed(error);
	}
	return result;
}
