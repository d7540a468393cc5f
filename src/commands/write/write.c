/*
 * shmtool write: write bytes or records into an object.
 *
 * Writing never enlarges an object. Content known not to fit is refused before the first byte.
 */
#include "base/memory.h"
#include "base/number.h"
#include "commands/commands.h"
#include "commands/shared/change_options.h"
#include "commands/shared/complete.h"
#include "commands/shared/marked.h"
#include "commands/shared/place_options.h"
#include "commands/shared/record_options.h"
#include "commands/shared/refs.h"
#include "commands/write/last_member.h"
#include "commands/write/session.h"
#include "memory/make.h"
#include "records/input.h"
#include "stream/content.h"
#include "stream/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 255, 0xff, 'x' */
static int parse_fill(const char *text, void *destination, struct error *error)
{
	struct fill_option *fill = destination;
	uint64_t number;

	if ((text[0] == '\'' || text[0] == '"') && text[1] != '\0' && text[2] == text[0] &&
	    text[3] == '\0')
		number = (unsigned char)text[1];
	else if (number_parse(text, NUMBER_WITH_0X, UINT8_MAX, &number) != NUMBER_READ)
		return error_set(
		    error, STATUS_USAGE,
		    "invalid byte (must be 0 to 255, 0x00 to 0xff, or a character in quotes)");
	fill->given = true;
	fill->byte = (int)number;
	return 0;
}

#define WRITE(member) offsetof(struct write_options, member)

static const struct option_spec specs[] = {
	{ "offset", 0, "BYTES", "start at offset BYTES (default 0)", option_parse_bytes, NULL,
	  WRITE(offset), 0 },
	{ "length", 0, "BYTES", "write BYTES bytes (default: all input)", option_parse_bytes, NULL,
	  WRITE(length), 0 },
	{ "input", 'i', "FILE", "read input from FILE (default: -, standard input)",
	  option_parse_string, complete_files, WRITE(input), 0 },
	{ "string", 'S', "STRING", "write the bytes of STRING, without a NUL", option_parse_string,
	  NULL, WRITE(string), 0 },
	{ "nul", '0', NULL, "write a NUL after the string or the input", NULL, NULL, WRITE(nul),
	  0 },
	{ "fill", 0, "BYTE", "write BYTE up to the end, or --length times: 0, 0xff, 'x'",
	  parse_fill, NULL, WRITE(fill), 0 },
	{ "beyond-eof", 0, NULL, "also write after the object's end, up to the end of its page",
	  NULL, NULL, WRITE(beyond_eof), 0 },
	{ "create", 'c', NULL,
	  "create the object if it does not exist, or set its size if it is empty", NULL, NULL,
	  WRITE(create), 0 },
	{ "size", 's', "SIZE", "size for --create (default: fits the content)", option_parse_size,
	  NULL, WRITE(size), 0 },
	{ "mode", 'm', "MODE", "mode for --create (default 600; of a file, 666 minus the umask)",
	  option_parse_mode, NULL, WRITE(mode), 0 },
	{ "sync", 0, NULL, "wait until the bytes are on disk (files)", NULL, NULL, WRITE(sync), 0 },
};

static const struct option_spec record_specs[] = {
	{ "count", 0, "NUMBER", "write only the first NUMBER records of the input",
	  option_parse_count, NULL, WRITE(count), 0 },
	{ "last", 0, "MEMBER", "store MEMBER after all others, atomically and with release order",
	  option_parse_string, NULL, WRITE(last), 0 },
	{ "json", 'J', NULL, "the input is JSON, as printed by read --json", NULL, NULL,
	  WRITE(json), 0 },
	{ "csv", 0, NULL, "the input is CSV, with the names of the members in its first line", NULL,
	  NULL, WRITE(csv), 0 },
};

static const struct option_group groups[] = {
	{ "Options", specs, OPTION_COUNT(specs), 0 },
	RECORD_OPTION_GROUP(struct write_options, record),
	{ NULL, record_specs, OPTION_COUNT(record_specs), 0 },
	PLACE_OPTION_GROUP(struct write_options, place, PLACE_OPTION_DIR),
	COMMON_OPTION_GROUP(struct write_options, common),
};

static int check_options(const struct write_options *options, struct error *error)
{
	const bool has_record = options->record.declaration != NULL;

	if ((options->input != NULL) + (options->string != NULL) + options->fill.given > 1)
		return error_set(error, STATUS_USAGE,
		                 "--input, --string and --fill can't be combined");
	if (has_record && (options->string != NULL || options->fill.given))
		return error_set(error, STATUS_USAGE,
		                 "--record takes JSON or CSV from standard input or --input");
	if (has_record && options->length.given)
		return error_set(error, STATUS_USAGE, "--length can't be combined with --record");
	if (!has_record &&
	    (options->json || options->csv || options->count.given || options->last != NULL))
		return error_set(error, STATUS_USAGE, "--%s needs --record",
		                 options->json           ? "json"
		                 : options->csv          ? "csv"
		                 : options->last != NULL ? "last"
		                                         : "count");
	if (options->json && options->csv)
		return error_set(error, STATUS_USAGE, "--json can't be combined with --csv");
	if (options->nul && (has_record || options->fill.given))
		return error_set(error, STATUS_USAGE, "--nul can't be combined with --%s",
		                 has_record ? "record" : "fill");
	if (options->beyond_eof && options->sync)
		return error_set(error, STATUS_USAGE,
		                 "--beyond-eof can't be combined with --sync: bytes after the "
		                 "end are never written to disk");
	if (options->beyond_eof && options->last != NULL)
		return error_set(error, STATUS_USAGE, "--beyond-eof can't be combined with --last");
	if (!options->create && (options->size.given || options->mode != NULL))
		return error_set(error, STATUS_USAGE, "--%s needs --create",
		                 options->size.given ? "size" : "mode");
	return 0;
}

static void take_string(struct writing *writing)
{
	const char *string = writing->options->string;

	writing->length = strlen(string);
	writing->string = needed(strdup(string));
	writing->buffer = writing->string;
	writing->length_known = true;
}

static int take_records(struct writing *writing, struct error *error)
{
	enum record_input_format format = RECORD_INPUT_AUTO;

	if (writing->options->json)
		format = RECORD_INPUT_JSON;
	else if (writing->options->csv)
		format = RECORD_INPUT_CSV;
	if (record_input_read(&writing->record, format, writing->content.fd, writing->content.name,
	                      &writing->rows, error) < 0)
		return -1;
	if (writing->options->count.given && writing->options->count.number > writing->rows.count)
		return error_set(error, STATUS_FAILED,
		                 "only %" PRIu64 " of %" PRIu64
		                 " records were given, so nothing was written",
		                 writing->rows.count, writing->options->count.number);
	if (writing->options->count.given)
		writing->rows.count = writing->options->count.number;
	writing->buffer = (const char *)writing->rows.bytes;
	/* These bytes are in memory. */
	writing->length = writing->rows.count * writing->record.bytes;
	writing->length_known = true;
	return 0;
}

/* Get the content, or open its source. */
static int take_source(struct writing *writing, struct error *error)
{
	const struct write_options *options = writing->options;

	if (options->fill.given) {
		writing->length = options->length.number;
		writing->length_known = options->length.given;
		return 0;
	}
	if (options->string != NULL) {
		take_string(writing);
		return 0;
	}
	if (content_open(options->input != NULL ? options->input : "-", &writing->content, error) <
	    0)
		return -1;
	if (options->record.declaration != NULL)
		return take_records(writing, error);
	writing->length = writing->content.bytes;
	writing->length_known = writing->content.is_sized;
	return 0;
}

/* Apply --length. */
static void limit_length(struct writing *writing)
{
	const struct optional_number *limit = &writing->options->length;

	if (writing->length_known && limit->given && limit->number < writing->length)
		writing->length = limit->number;
}

/*
 * Create the object, or give the empty one its size, unless the content would not fit. From here on, a
 * signal ends the command in an orderly way, so that a new object can be removed again.
 */
static int create_target(struct writing *writing, const struct ref *ref, struct error *error)
{
	const struct write_options *options = writing->options;
	const bool is_open = writing->memory.fd >= 0;
	uint64_t size = options->size.number;
	int made;

	if (!options->size.given && !writing->length_known)
		return error_set(error, STATUS_USAGE,
		                 "--create needs --size: the length of the input is unknown");
	if (!options->size.given &&
	    (__builtin_add_overflow(writing->offset, writing->length, &size) ||
	     __builtin_add_overflow(size, writing->tail, &size)))
		return error_set(error, STATUS_FAILED,
		                 "the size exceeds that of the largest possible object");
	if (size == 0)
		return error_set(error, STATUS_FAILED,
		                 "nothing to write, but an object has at least 1 byte");
	if (writing_check_fit(writing, size, error) < 0)
		return -1;
	if (options->sync && !memory_path_is_on_disk(ref->path))
		return writing_no_disk(error);
	interrupt_catch();
	if (is_open)
		made = memory_give_size(&writing->memory, size, error);
	else
		made =
		    memory_make(ref, size, options->mode, &writing->memory, &writing->made, error);
	if (made < 0)
		return -1;
	/* Another process has created it, or given it a size, since. */
	if (made == 0)
		return is_open ? 0 : memory_open(ref, REF_FILE_WRITE, &writing->memory, error);
	if (ref->warning != NULL)
		message_note(&writing->context->message, ref->text, "%s", ref->warning);
	if (writing->context->verbose)
		message_note(&writing->context->message, ref->text,
		             "created with %" PRIu64 " byte%s", size, plural_s(size));
	return 0;
}

/*
 * Open the object if it exists. If the command is invalid, do not even attach it, since a segment
 * records the time.
 *
 * Returns 1 if it is open, 0 if it must be created or is open and empty, -1 with error set.
 */
static int open_target(struct writing *writing, const struct ref *ref, struct error *error)
{
	const bool creates = writing->options->create;

	if (writing->options->sync && ref_is_listed(ref))
		return writing_no_disk(error);
	if (creates && (ref->kind == REF_ID || ref->kind == REF_FD))
		return memory_make(ref, 1, NULL, &writing->memory, &writing->made, error);
	if (memory_open(ref, REF_FILE_WRITE, &writing->memory, error) == 0)
		return !creates || writing->memory.bytes > 0;
	if (error->number != ENOENT)
		return -1;
	if (creates)
		return 0;
	if (ref->kind != REF_ID && ref->kind != REF_FD)
		error_append(error, " (--create creates it)");
	return -1;
}

static int prepare(struct writing *writing, struct error *error)
{
	const struct write_options *options = writing->options;

	if (check_options(options, error) < 0 ||
	    record_options_resolve(&options->record, &writing->record, error) < 0)
		return -1;
	if (__builtin_add_overflow(options->offset.number, options->record.header.number,
	                           &writing->offset))
		return error_set(error, STATUS_USAGE, "--offset and --header are too large");
	writing->tail = options->nul;
	if (options->last != NULL)
		return last_member_find(&writing->record, options->last, writing->offset,
		                        &writing->last, error);
	return 0;
}

static void finish(struct writing *writing)
{
	memory_made_keep(&writing->made);
	memory_close(&writing->memory);
	record_rows_free(&writing->rows);
	record_free(&writing->record);
	content_close(&writing->content);
	free(writing->string);
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	struct writing writing = {
		.context = context,
		.options = parsed,
		.content.fd = -1,
		.memory.fd = -1,
		.made = MEMORY_MADE_NOTHING,
	};
	enum exit_status status = STATUS_DONE;
	const char *subject = NULL;
	struct error error;
	struct ref ref;
	int opened;

	if (prepare(&writing, &error) < 0)
		goto failed;
	status = STATUS_USAGE;
	if (place_options_operands(context, &writing.options->place, argc, operands) == 0)
		status = refs_parse_one(context, argc, operands, &ref);
	if (status != STATUS_DONE)
		goto done;
	if (place_options_enter(context, &writing.options->place) < 0) {
		status = STATUS_FAILED;
		goto done;
	}
	subject = ref.text;
	/* Open the object before reading the input, so that errors show before a user types it. */
	opened = open_target(&writing, &ref, &error);
	if (opened < 0 || take_source(&writing, &error) < 0)
		goto failed;
	limit_length(&writing);
	if (opened == 0 && create_target(&writing, &ref, &error) < 0)
		goto failed;
	note_if_marked(&context->message, &writing.memory);
	if (writing_run(&writing, &error) == 0)
		goto done;
failed:
	status = error.status;
	if (!writing.memory.stored)
		memory_made_remove(&writing.made, &writing.memory, &error);
	message_error(&context->message, subject, &error);
done:
	finish(&writing);
	interrupt_release();
	return status;
}

static void hint_operand(const char *operand, struct error *error)
{
	error_append(error, " (to write text, use --string '%s')", operand);
}

static const struct option_hint hints[] = {
	{ "--text", "to write text, use --string TEXT" },
	REF_OPTION_HINTS,
};

const struct command write_command = {
	.name = "write",
	.summary = "Write bytes or records into an object",
	.operands = "REF",
	.min_operands = 1,
	.max_operands = 1,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct write_options),
	.common_offset = offsetof(struct write_options, common),
	.complete_operand = complete_refs_and_files,
	.operand_subset = KINDS_MAPPED,
	.option_hints = hints,
	.hint_operand = hint_operand,
	.run = run,
};
