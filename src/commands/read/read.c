/*
 * shmtool read: print bytes of an object unchanged, as a hex dump, as text, or as records.
 */
#include "commands/commands.h"
#include "commands/read/queue.h"
#include "commands/read/session.h"
#include "commands/shared/complete.h"
#include "commands/shared/format_options.h"
#include "commands/shared/marked.h"
#include "commands/shared/place_options.h"
#include "commands/shared/record_options.h"
#include "commands/shared/refs.h"
#include "output/pager.h"
#include "stream/interrupt.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const read_format_words[READ_FORMATS] = {
	[READ_RAW] = "raw",
	[READ_HEX] = "hex",
	[READ_STRING] = "string",
	[READ_RECORD] = "record",
};

struct read_options {
	struct place_options place;
	struct optional_number offset;
	struct optional_number length;
	enum read_format format;
	bool follow;
	bool beyond_eof;
	struct optional_number count;
	bool layout;
	struct record_option_values record;
	struct format_option_values output;
	bool no_pager;
	struct common_options common;
};

static int parse_read_format(const char *text, void *destination, struct error *error)
{
	for (int format = READ_RAW; format < READ_FORMATS; format++) {
		if (strcmp(text, read_format_words[format]) == 0) {
			*(enum read_format *)destination = (enum read_format)format;
			return 0;
		}
	}
	return error_set(error, STATUS_USAGE,
	                 "unknown format '%s' (must be raw, hex, string or record)", text);
}

static void complete_read_formats(const struct completion *completion)
{
	for (int format = READ_RAW; format < READ_FORMATS; format++)
		completion_offer(completion, read_format_words[format], NULL);
}

#define READ(member) offsetof(struct read_options, member)

static const struct option_spec specs[] = {
	{ "offset", 0, "BYTES", "start at offset BYTES (default 0)", option_parse_bytes, NULL,
	  READ(offset), 0 },
	{ "length", 0, "BYTES", "read BYTES bytes (default: to the end)", option_parse_bytes, NULL,
	  READ(length), 0 },
	{ "format", 0, "FORMAT",
	  "raw, hex, string or record (default: hex on a terminal, else raw)", parse_read_format,
	  complete_read_formats, READ(format), 0 },
	{ "follow", 'f', NULL, "print the bytes again whenever they change", NULL, NULL,
	  READ(follow), 0 },
	{ "beyond-eof", 0, NULL,
	  "also read bytes after the end of the object, up to the end of its page", NULL, NULL,
	  READ(beyond_eof), 0 },
};

static const struct option_spec record_specs[] = {
	{ "count", 0, "NUMBER", "read NUMBER records (default: all)", option_parse_count, NULL,
	  READ(count), 0 },
	{ "layout", 0, NULL, "only print offsets, sizes and padding of the members", NULL, NULL,
	  READ(layout), 0 },
};

static const struct option_group groups[] = {
	{ "Options", specs, OPTION_COUNT(specs), 0 },
	RECORD_OPTION_GROUP(struct read_options, record),
	{ NULL, record_specs, OPTION_COUNT(record_specs), 0 },
	FORMAT_OPTION_GROUP(struct read_options, output, FORMAT_OPTION_COUNT_WITHOUT_TIMES),
	PAGER_OPTION_GROUP(struct read_options, no_pager),
	PLACE_OPTION_GROUP(struct read_options, place, PLACE_OPTION_DIR),
	COMMON_OPTION_GROUP(struct read_options, common),
};

/* The file of a queue has one line of text, which is printed as it is. */
static bool selects_bytes(const struct read_options *options)
{
	return options->offset.given || options->length.given || options->follow ||
	       options->beyond_eof || options->record.declaration != NULL ||
	       (options->format != READ_DEFAULT && options->format != READ_RAW);
}

static int check_options(const struct read_options *options, struct error *error)
{
	const bool has_record = options->record.declaration != NULL;

	if (has_record && options->format != READ_DEFAULT && options->format != READ_RECORD)
		return error_set(error, STATUS_USAGE, "--format %s can't be combined with --record",
		                 read_format_words[options->format]);
	if (!has_record && options->format == READ_RECORD)
		return error_set(error, STATUS_USAGE,
		                 "--format record needs --record, which describes a record");
	if (!has_record && (options->count.given || options->layout))
		return error_set(error, STATUS_USAGE, "--%s needs --record",
		                 options->layout ? "layout" : "count");
	if (!has_record && format_options_given(&options->output))
		return error_set(error, STATUS_USAGE,
		                 "output options need --record (for unchanged bytes, use "
		                 "--format raw)");
	if (options->length.given && options->count.given)
		return error_set(error, STATUS_USAGE, "--length can't be combined with --count");
	return 0;
}

static void set_end(const struct read_options *options, struct reading *reading)
{
	const struct memory *memory = &reading->memory;

	reading->end = options->beyond_eof && memory->bytes > 0
	                   ? mapping_round_up(memory->bytes, memory->page_bytes)
	                   : memory->bytes;
}

/* Report bytes at the end that are less than a record. */
static void note_left_over(const struct read_options *options, const struct reading *reading)
{
	uint64_t left_over = reading->end - reading->offset - reading->length;

	if (reading->record.count > 0 && left_over > 0 && !options->length.given &&
	    !options->count.given)
		message_note(reading->message, reading->memory.text,
		             "%" PRIu64
		             " byte%s left over after the last complete record of %" PRIu64,
		             left_over, left_over == 1 ? " is" : "s are", reading->record.bytes);
}

static const char *hint_beyond_eof(const struct read_options *options,
                                   const struct reading *reading)
{
	return options->beyond_eof || reading->memory.bytes % reading->memory.page_bytes == 0
	           ? ""
	           : " (--beyond-eof reads to the end of the page)";
}

/*
 * Determine the part of the object to print. Records start after the header, and only complete
 * records are printed.
 */
static int resolve_range(const struct read_options *options, struct reading *reading,
                         struct error *error)
{
	const struct record *record = &reading->record;
	uint64_t wanted = options->length.number;
	uint64_t available;

	if (__builtin_add_overflow(options->record.header.number, options->offset.number,
	                           &reading->offset) ||
	    reading->offset > reading->end)
		return error_set(error, STATUS_FAILED,
		                 "offset %" PRIu64 " is beyond the end: there are %" PRIu64
		                 " byte%s%s",
		                 reading->offset, reading->end, plural_s(reading->end),
		                 hint_beyond_eof(options, reading));
	available = reading->end - reading->offset;
	reading->length = available;
	if (record->count > 0) {
		reading->length -= available % record->bytes;
		if (options->count.given &&
		    __builtin_mul_overflow(options->count.number, record->bytes, &wanted))
			return error_set(error, STATUS_FAILED, "too many records");
	}
	if (!options->length.given && !options->count.given)
		return 0;
	if (wanted > available)
		reading->missing = wanted - available;
	else
		reading->length = wanted;
	if (record->count > 0)
		reading->length -= reading->length % record->bytes;
	return 0;
}

static int missing_part(const struct read_options *options, const struct reading *reading,
                        struct error *error)
{
	if (options->count.given)
		return error_set(error, STATUS_FAILED,
		                 "only %" PRIu64 " of %" PRIu64 " record%s of %" PRIu64
		                 " byte%s %s there: it ends at offset %" PRIu64 "%s",
		                 reading->length / reading->record.bytes, options->count.number,
		                 plural_s(options->count.number), reading->record.bytes,
		                 plural_s(reading->record.bytes),
		                 options->count.number == 1 ? "is" : "are", reading->end,
		                 hint_beyond_eof(options, reading));
	return error_set(error, STATUS_FAILED,
	                 "only %" PRIu64 " of %" PRIu64 " byte%s there: it ends at offset %" PRIu64
	                 "%s",
	                 options->length.number - reading->missing, options->length.number,
	                 options->length.number == 1 ? " is" : "s are", reading->end,
	                 hint_beyond_eof(options, reading));
}

/* Wait for some time, or until the reader of standard output is gone. */
static bool reader_is_gone(int milliseconds)
{
	struct pollfd reader = { .fd = STDOUT_FILENO };

	return poll(&reader, 1, milliseconds) > 0 && (reader.revents & POLLERR);
}

/* The bytes printed last. */
struct shown {
	char *bytes; /* NULL: none yet */
	uint64_t length;
};

/* Determine the part to print again; nothing if the file now ends before it. */
static void look_again(const struct read_options *options, struct reading *reading)
{
	struct error beyond_end;

	memory_refresh(&reading->memory);
	set_end(options, reading);
	reading->missing = 0;
	if (resolve_range(options, reading, &beyond_end) < 0)
		reading->length = 0;
}

/* Print the bytes if they have changed. */
static int print_change(struct reading *reading, struct shown *shown, struct error *error)
{
	char *now = malloc(reading->length + 1);

	if (now == NULL)
		return error_set(error, STATUS_FAILED,
		                 "not enough memory for a copy of %" PRIu64 " byte%s",
		                 reading->length, plural_s(reading->length));
	reading->snapshot = NULL;
	if (reading_copy(reading, reading->offset, now, reading->length, error) < 0) {
		free(now);
		return -1;
	}
	if (shown->bytes != NULL && shown->length == reading->length &&
	    memcmp(shown->bytes, now, reading->length) == 0) {
		free(now);
		return 0;
	}
	free(shown->bytes);
	shown->bytes = now;
	shown->length = reading->length;
	reading->snapshot = now;
	return reading_print(reading, error);
}

/* Stores to memory cause no event, so poll ten times a second. */
static int follow(const struct read_options *options, struct reading *reading, struct error *error)
{
	enum { INTERVAL = 100 }; /* milliseconds */
	struct shown shown = { .bytes = NULL };
	bool removed = false;
	int result = 0;

	while (result == 0 && !removed) {
		uint64_t size;

		removed = memory_is_removed(&reading->memory);
		look_again(options, reading);
		size = reading->memory.bytes;
		result = print_change(reading, &shown, error);
		/* The object has just shrunk: the next poll handles it. */
		memory_refresh(&reading->memory);
		if (result < 0 && reading->memory.bytes != size && error->text[0] != '\0')
			result = 0;
		if (result == 0 && !removed && reader_is_gone(INTERVAL)) {
			error->status = STATUS_FAILED;
			error->text[0] = '\0';
			result = -1;
		}
	}
	if (result == 0)
		message_note(reading->message, reading->memory.text, "was removed: following ends");
	free(shown.bytes);
	return result;
}

static int read_object(const struct read_options *options, struct reading *reading,
                       struct error *error)
{
	struct memory *memory = &reading->memory;
	int result;

	set_end(options, reading);
	if (resolve_range(options, reading, error) < 0)
		return -1;
	note_left_over(options, reading);
	if (memory->is_segment && memory->fd < 0 && memory->page_bytes > (uint64_t)getpagesize())
		message_note(reading->message, memory->text,
		             "holes of huge pages can't be distinguished from data without root: "
		             "reading them allocates huge pages");
	if (options->follow) {
		result = follow(options, reading, error);
	} else {
		interrupt_catch();
		result = reading_print(reading, error);
	}
	if (result == 0 && reading->missing > 0)
		result = missing_part(options, reading, error);
	return result;
}

static void choose_format(const struct read_options *options, struct reading *reading)
{
	if (options->format != READ_DEFAULT)
		reading->format = options->format;
	else if (options->record.declaration != NULL)
		reading->format = READ_RECORD;
	else
		reading->format = isatty(STDOUT_FILENO) == 1 ? READ_HEX : READ_RAW;
}

static int show_layout(const struct reading *reading, struct error *error)
{
	struct format_options exact = reading->output;

	/* On a terminal, too, a layout is exact. */
	exact.bytes = !exact.human;
	if (record_layout_print(&reading->record, &exact, error) < 0)
		return -1;
	if (reading->output.format == FORMAT_TABLE && !reading->output.no_headings)
		printf("\n%" PRIu64 " byte%s a record, aligned to %" PRIu64 "\n",
		       reading->record.bytes, plural_s(reading->record.bytes),
		       reading->record.alignment);
	return 0;
}

/* Report unknown columns before anything is read. */
static int check_columns(const struct reading *reading, bool layout, struct error *error)
{
	const struct column_set *set = layout ? &record_layout_columns : &reading->columns.set;
	struct report *report;

	if (reading->record.count == 0)
		return 0;
	report = report_open(set, &reading->output, NULL, error);
	if (report == NULL)
		return -1;
	report_discard(report);
	return 0;
}

/* Check the whole command line before an object is opened. */
static enum exit_status prepare(const struct command_context *context,
                                const struct read_options *options, struct reading *reading,
                                int argc, char **operands, struct ref *ref, struct error *error)
{
	enum exit_status status;

	if (check_options(options, error) < 0 ||
	    format_options_resolve(&options->output, &reading->output, error) < 0 ||
	    record_options_resolve(&options->record, &reading->record, error) < 0)
		return error->status;
	if (reading->record.count > 0 && !options->layout)
		record_columns_make(&reading->record, &reading->columns);
	if (format_options_want_help(&options->output))
		return STATUS_DONE;
	if (check_columns(reading, options->layout, error) < 0)
		return error->status;
	if (options->layout) {
		if (argc == 0)
			return STATUS_DONE;
		error_set(error, STATUS_USAGE, "--layout reads no object");
		return error->status;
	}
	error->text[0] = '\0';
	if (place_options_operands(context, &options->place, argc, operands) < 0)
		return STATUS_USAGE;
	status = refs_parse_one_of(context, REF_READ, argc, operands, ref);
	if (status != STATUS_DONE || !is_queue(ref) || !selects_bytes(options))
		return status;
	error_set(error, STATUS_USAGE,
	          "%s is a message queue: options that select or format bytes do not apply",
	          ref->text);
	return error->status;
}

static void finish(struct reading *reading)
{
	record_columns_free(&reading->columns);
	record_free(&reading->record);
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct read_options *options = parsed;
	struct reading reading = { .message = &context->message };
	enum exit_status status;
	const char *subject = NULL;
	struct error error;
	struct ref ref;

	pager_allow(options->no_pager || options->follow);
	status = prepare(context, options, &reading, argc, operands, &ref, &error);
	if (status != STATUS_DONE) {
		if (error.text[0] != '\0')
			message_error(&context->message, NULL, &error);
		finish(&reading);
		return status;
	}
	if (format_options_want_help(&options->output)) {
		report_list_columns(options->layout ? &record_layout_columns
		                                    : &reading.columns.set);
		finish(&reading);
		return STATUS_DONE;
	}
	choose_format(options, &reading);
	if (place_options_enter(context, &options->place) < 0) {
		finish(&reading);
		return STATUS_FAILED;
	}
	if (options->layout) {
		status = show_layout(&reading, &error) < 0 ? error.status : STATUS_DONE;
	} else {
		subject = ref.text;
		if (is_queue(&ref)) {
			status =
			    queue_print(context, &ref, &error) < 0 ? error.status : STATUS_DONE;
		} else if (memory_open(&ref, REF_FILE_READ, &reading.memory, &error) < 0) {
			status = error.status;
		} else {
			note_if_marked(&context->message, &reading.memory);
			status =
			    read_object(options, &reading, &error) < 0 ? error.status : STATUS_DONE;
			memory_close(&reading.memory);
		}
	}
	if (status != STATUS_DONE && error.text[0] != '\0')
		message_error(&context->message, subject, &error);
	finish(&reading);
	interrupt_release();
	return status;
}

static const struct option_hint hints[] = {
	{ "-n", "to read a number of bytes, use --length BYTES" },
	{ "-c", "to read a number of bytes, use --length BYTES" },
	REF_OPTION_HINTS,
};

const struct command read_command = {
	.name = "read",
	.summary = "Read bytes or records of an object",
	.operands = "REF",
	.max_operands = 1,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct read_options),
	.common_offset = offsetof(struct read_options, common),
	.complete_operand = complete_refs_and_files,
	.operand_subset = KINDS_MAPPED,
	.option_hints = hints,
	.run = run,
};
