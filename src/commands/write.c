/*
 * shmtool write: bytes or records into an object.
 *
 * An object never grows by it, and what is known not to fit is refused before the first byte.
 */
#include "commands/commands.h"
#include "commands/shared/change_options.h"
#include "commands/shared/complete.h"
#include "commands/shared/marked.h"
#include "commands/shared/place_options.h"
#include "commands/shared/record_options.h"
#include "commands/shared/refs.h"
#include "memory/make.h"
#include "memory/memory.h"
#include "memory/prefault.h"
#include "output/progress.h"
#include "records/input.h"
#include "stream/content.h"
#include "stream/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fill_option {
	bool given;
	int byte;
};

struct write_options {
	struct place_options place;
	struct optional_number offset;
	struct optional_number length;
	const char *input;
	const char *string;
	bool nul;
	struct fill_option fill;
	bool create;
	struct optional_number size;
	const char *mode;
	bool sync;
	struct record_option_values record;
	struct optional_number count;
	bool json;
	bool csv;
	struct common_options common;
};

/* 255, 0xff, 'x' */
static int parse_fill(const char *text, void *destination, struct error *error)
{
	struct fill_option *fill = destination;
	char *end = NULL;
	long number = -1;

	if ((text[0] == '\'' || text[0] == '"') && text[1] != '\0' && text[2] == text[0] &&
	    text[3] == '\0')
		number = (unsigned char)text[1];
	else if (text[0] >= '0' && text[0] <= '9')
		number = strtol(text, &end, text[1] == 'x' || text[1] == 'X' ? 16 : 10);
	if (number < 0 || number > UINT8_MAX || (end != NULL && *end != '\0'))
		return error_set(
		    error, STATUS_USAGE,
		    "is not a byte (0 to 255, 0x00 to 0xff, or a character in quotes)");
	fill->given = true;
	fill->byte = (int)number;
	return 0;
}

#define WRITE(member) offsetof(struct write_options, member)

static const struct option_spec specs[] = {
	{ "offset", 0, "BYTES", "begin there (default 0)", option_parse_bytes, NULL, WRITE(offset),
	  0 },
	{ "length", 0, "BYTES", "so many bytes (default: all that come)", option_parse_bytes, NULL,
	  WRITE(length), 0 },
	{ "input", 'i', "FILE", "take them from FILE (default: -, standard input)",
	  option_parse_string, complete_files, WRITE(input), 0 },
	{ "string", 'S', "STRING", "write the bytes of STRING, without a NUL", option_parse_string,
	  NULL, WRITE(string), 0 },
	{ "nul", '0', NULL, "write a NUL behind the string", NULL, NULL, WRITE(nul), 0 },
	{ "fill", 0, "BYTE", "write this byte, to the end or --length times: 0, 0xff, 'x'",
	  parse_fill, NULL, WRITE(fill), 0 },
	{ "create", 'c', NULL, "make the object if it is not there", NULL, NULL, WRITE(create), 0 },
	{ "size", 's', "SIZE", "of what --create makes (default: what is written fits)",
	  option_parse_size, NULL, WRITE(size), 0 },
	{ "mode", 'm', "MODE", "of what --create makes (default 600; of a file 666 less the umask)",
	  option_parse_mode, NULL, WRITE(mode), 0 },
	{ "sync", 0, NULL, "wait until it is on the disk (files)", NULL, NULL, WRITE(sync), 0 },
};

static const struct option_spec record_specs[] = {
	{ "count", 0, "NUMBER", "write only the first so many records of the input",
	  option_parse_count, NULL, WRITE(count), 0 },
	{ "json", 'J', NULL, "the input is JSON, as read --json prints it", NULL, NULL, WRITE(json),
	  0 },
	{ "csv", 0, NULL, "the input is CSV, and its first line names the members", NULL, NULL,
	  WRITE(csv), 0 },
};

static const struct option_group groups[] = {
	{ "Options", specs, OPTION_COUNT(specs), 0 },
	RECORD_OPTION_GROUP(struct write_options, record),
	{ NULL, record_specs, OPTION_COUNT(record_specs), 0 },
	PLACE_OPTION_GROUP(struct write_options, place),
	COMMON_OPTION_GROUP(struct write_options, common),
};

/* What is to be done, in one place. */
struct writing {
	const struct command_context *context;
	const struct write_options *options;
	struct record record;    /* all zero without --record */
	struct record_rows rows; /* of --record */
	struct content content;  /* fd is -1 without a stream */
	char *string;            /* of --string, with its NUL if that is wanted */
	const char *buffer;      /* what is in memory already, or NULL */
	bool length_known;
	uint64_t length; /* bytes that will come */
	uint64_t offset;
	struct memory memory;
	struct progress progress;
};

static int check_options(const struct write_options *options, struct error *error)
{
	const bool has_record = options->record.declaration != NULL;

	if ((options->input != NULL) + (options->string != NULL) + options->fill.given > 1)
		return error_set(error, STATUS_USAGE,
		                 "--input, --string and --fill exclude each other");
	if (has_record && (options->string != NULL || options->fill.given))
		return error_set(error, STATUS_USAGE,
		                 "--record takes JSON or CSV from standard input or --input");
	if (has_record && options->length.given)
		return error_set(error, STATUS_USAGE, "--length and --record exclude each other");
	if (!has_record && (options->json || options->csv || options->count.given))
		return error_set(error, STATUS_USAGE, "--%s needs --record",
		                 options->json  ? "json"
		                 : options->csv ? "csv"
		                                : "count");
	if (options->json && options->csv)
		return error_set(error, STATUS_USAGE, "--json and --csv exclude each other");
	if (options->nul && options->string == NULL)
		return error_set(error, STATUS_USAGE, "--nul needs --string");
	if (!options->create && (options->size.given || options->mode != NULL))
		return error_set(error, STATUS_USAGE, "--%s needs --create",
		                 options->size.given ? "size" : "mode");
	return 0;
}

static int take_string(struct writing *writing, struct error *error)
{
	const char *string = writing->options->string;

	writing->length = strlen(string) + writing->options->nul;
	writing->string = strdup(string);
	if (writing->string == NULL)
		return error_set(error, STATUS_FAILED, "out of memory");
	writing->buffer = writing->string;
	writing->length_known = true;
	return 0;
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
		                 " records came, so nothing was written",
		                 writing->rows.count, writing->options->count.number);
	if (writing->options->count.given)
		writing->rows.count = writing->options->count.number;
	writing->buffer = (const char *)writing->rows.bytes;
	/* That many bytes are in memory already. */
	writing->length = writing->rows.count * writing->record.bytes;
	writing->length_known = true;
	return 0;
}

/* Have what is to be written, or know where it will come from. */
static int take_source(struct writing *writing, struct error *error)
{
	const struct write_options *options = writing->options;

	if (options->fill.given) {
		writing->length = options->length.number;
		writing->length_known = options->length.given;
		return 0;
	}
	if (options->string != NULL)
		return take_string(writing, error);
	if (content_open(options->input != NULL ? options->input : "-", &writing->content, error) <
	    0)
		return -1;
	if (options->record.declaration != NULL)
		return take_records(writing, error);
	writing->length = writing->content.bytes;
	writing->length_known = writing->content.is_sized;
	return 0;
}

/* --length takes a part of it. */
static void limit_length(struct writing *writing)
{
	const struct optional_number *limit = &writing->options->length;

	if (writing->length_known && limit->given && limit->number < writing->length)
		writing->length = limit->number;
}

static int check_fit(const struct writing *writing, uint64_t size, struct error *error)
{
	uint64_t room;

	if (writing->offset > size)
		return error_set(error, STATUS_FAILED,
		                 "offset %" PRIu64 " is beyond the end: the object has %" PRIu64
		                 " byte%s",
		                 writing->offset, size, plural_s(size));
	room = size - writing->offset;
	if (writing->length_known && writing->length > room)
		return error_set(error, STATUS_FAILED,
		                 "%" PRIu64 " byte%s fit at offset %" PRIu64
		                 ": there is room for %" PRIu64 " (the object has %" PRIu64
		                 " byte%s), so nothing was written",
		                 writing->length, writing->length == 1 ? " doesn't" : "s don't",
		                 writing->offset, room, size, plural_s(size));
	return 0;
}

static int no_disk(struct error *error)
{
	return error_set(error, STATUS_USAGE, "--sync is for files: there is no disk behind it");
}

/* Make the object, and open it; what would not fit in it is not begun. */
static int create_target(struct writing *writing, const struct ref *ref, struct error *error)
{
	const struct write_options *options = writing->options;
	uint64_t size = options->size.number;
	int made;

	if (!options->size.given && !writing->length_known)
		return error_set(error, STATUS_USAGE,
		                 "--create needs --size: how much will come is not known");
	if (!options->size.given && __builtin_add_overflow(writing->offset, writing->length, &size))
		return error_set(error, STATUS_FAILED, "so many bytes can't be");
	if (size == 0)
		return error_set(error, STATUS_FAILED,
		                 "there is nothing to write, and an object has at least 1 byte");
	if (check_fit(writing, size, error) < 0)
		return -1;
	if (options->sync && !memory_path_is_on_disk(ref->path))
		return no_disk(error);
	made = memory_make(ref, size, options->mode, error);
	if (made < 0)
		return -1;
	if (made > 0 && ref->warning != NULL)
		message_note(&writing->context->message, ref->text, "%s", ref->warning);
	if (made > 0 && writing->context->verbose)
		message_note(&writing->context->message, ref->text, "made with %" PRIu64 " byte%s",
		             size, plural_s(size));
	return memory_open(ref, REF_FILE_WRITE, &writing->memory, error);
}

/*
 * Open the object if it is there. Not even attached if that is a mistake: a segment keeps the time
 * of it.
 *
 * Returns 1 if it is open, 0 if it is not there and to be made, -1 with error set.
 */
static int open_target(struct writing *writing, const struct ref *ref, struct error *error)
{
	const bool creates = writing->options->create;

	if (writing->options->sync && ref_is_listed(ref))
		return no_disk(error);
	if (creates && (ref->kind == REF_ID || ref->kind == REF_FD))
		return memory_make(ref, 1, NULL, error);
	if (memory_open(ref, REF_FILE_WRITE, &writing->memory, error) == 0)
		return 1;
	if (errno != ENOENT)
		return -1;
	if (creates)
		return 0;
	if (ref->kind != REF_ID && ref->kind != REF_FD)
		error_append(error, " (--create makes it)");
	return -1;
}

static void tell_progress(void *closure, uint64_t bytes)
{
	struct writing *writing = closure;

	progress_step(&writing->progress, bytes);
}

static int check_size(void *closure)
{
	const struct writing *writing = closure;

	return memory_check_size(&writing->memory);
}

/* What is in memory already, or can be made there, in steps that a signal can end. */
static int write_steps(struct writing *writing, uint64_t length, uint64_t *done,
                       struct error *error)
{
	const uint64_t step = UINT64_C(1) << 24;
	int result = 0;

	while (*done < length && result == 0 && !interrupt_pending()) {
		uint64_t size = length - *done < step ? length - *done : step;
		uint64_t at = writing->offset + *done;
		uint64_t written;

		if (writing->buffer != NULL)
			result = memory_write(&writing->memory, at, writing->buffer + *done, size,
			                      &written, error);
		else
			result = memory_fill(&writing->memory, at, writing->options->fill.byte,
			                     size, &written, error);
		*done += written;
		progress_step(&writing->progress, written);
	}
	return result;
}

/* Where there is only a mapping, read(2) stores into it. */
static enum transfer_end read_into_mapping(struct writing *writing, uint64_t limit, uint64_t *done)
{
	enum { STEP = 1 << 20 };
	const struct transfer_watch watch = { .moved = tell_progress, .closure = writing };
	char *target = writing->memory.mapping.address + writing->offset;
	enum transfer_end end = TRANSFER_DONE;
	struct prefault prefault = { .pid = 0 };

	/* Of a stream nobody knows how much will come. */
	if (writing->length_known)
		prefault_begin(&prefault, target, limit);
	while (*done < limit && end == TRANSFER_DONE) {
		uint64_t size = limit - *done < STEP ? limit - *done : STEP;
		uint64_t before = *done;
		uint64_t bytes;

		mapping_expect(target + before, size, true);
		end = transfer_read(writing->content.fd, target + before, size, &watch, &bytes);
		*done += bytes;
		prefault_advance(&prefault, *done);
		/* The end of the input. */
		if (*done < before + size)
			break;
	}
	prefault_end(&prefault);
	return end;
}

static int write_stream(struct writing *writing, uint64_t limit, uint64_t *done,
                        struct error *error)
{
	const struct transfer_watch watch = { .moved = tell_progress,
		                              .check = check_size,
		                              .closure = writing };
	const struct memory *memory = &writing->memory;
	enum transfer_end end;

	if (memory->fd_writes)
		end = transfer_into_file(writing->content.fd, memory->fd, writing->offset, limit,
		                         &watch, done);
	else
		end = read_into_mapping(writing, limit, done);
	if (end == TRANSFER_WRITE_FAILED || (end == TRANSFER_READ_FAILED && errno == EFAULT))
		return memory_store_failed(memory, writing->offset + *done, errno, error);
	if (end == TRANSFER_READ_FAILED)
		return error_set_errno(error, errno, "%s can't be read, after %" PRIu64 " byte%s",
		                       writing->content.name, *done, plural_s(*done));
	return 0;
}

/* Whether something is left in the input when the object is full: only reading tells. */
static bool more_is_waiting(const struct writing *writing)
{
	uint64_t bytes;
	char byte;

	return transfer_read(writing->content.fd, &byte, 1, NULL, &bytes) == TRANSFER_DONE &&
	       bytes > 0;
}

static int write_all(struct writing *writing, uint64_t *done, struct error *error)
{
	const struct write_options *options = writing->options;
	uint64_t room = writing->memory.bytes - writing->offset;
	uint64_t limit = writing->length;

	*done = 0;
	if (!writing->length_known) {
		limit = room;
		if (options->length.given && options->length.number < limit)
			limit = options->length.number;
	}
	if (writing->buffer != NULL || options->fill.given)
		return write_steps(writing, limit, done, error);
	if (write_stream(writing, limit, done, error) < 0)
		return -1;
	if (interrupt_pending() || writing->length_known || *done < room)
		return 0;
	/* As much as was asked for is in: what else there is does not matter. */
	if (options->length.given && *done == options->length.number)
		return 0;
	if (more_is_waiting(writing))
		return error_set(error, STATUS_FAILED,
		                 "%" PRIu64 " byte%s %s written up to the end of the object, and "
		                 "more were waiting",
		                 *done, plural_s(*done), plural_was(*done));
	return 0;
}

/* What was expected and did not come. */
static int check_complete(const struct writing *writing, uint64_t done, struct error *error)
{
	const struct optional_number *length = &writing->options->length;

	if (interrupt_pending())
		return error_set(error, STATUS_FAILED,
		                 "interrupted: %" PRIu64
		                 " byte%s %s written, up to offset %" PRIu64,
		                 done, plural_s(done), plural_was(done), writing->offset + done);
	if (length->given && done < length->number)
		return error_set(error, STATUS_FAILED,
		                 "only %" PRIu64 " of %" PRIu64
		                 " byte%s came; %s written at offset %" PRIu64,
		                 done, length->number, plural_s(length->number),
		                 done == 1 ? "it was" : "they were", writing->offset);
	if (writing->length_known && done < writing->length)
		return error_set(error, STATUS_FAILED,
		                 "%s became shorter: %" PRIu64 " of %" PRIu64 " byte%s %s written",
		                 writing->content.name, done, writing->length,
		                 plural_s(writing->length), plural_was(done));
	return 0;
}

static int sync_target(const struct writing *writing, struct error *error)
{
	if (!writing->options->sync || fsync(writing->memory.fd) == 0)
		return 0;
	return error_set_errno(error, errno, "was written, but not to the disk");
}

/* Bytes that will come, 0 if nobody knows. */
static uint64_t expected(const struct writing *writing)
{
	uint64_t room = writing->memory.bytes - writing->offset;
	const struct optional_number *length = &writing->options->length;

	if (writing->length_known)
		return writing->length;
	return length->given && length->number < room ? length->number : 0;
}

static int write_object(struct writing *writing, struct error *error)
{
	const struct command_context *context = writing->context;
	uint64_t done;
	int result;

	if (writing->options->sync && !writing->memory.on_disk)
		return no_disk(error);
	if (check_fit(writing, writing->memory.bytes, error) < 0)
		return -1;
	if (writing->options->fill.given && !writing->length_known)
		writing->length = writing->memory.bytes - writing->offset;
	writing->length_known = writing->length_known || writing->options->fill.given;
	if (writing->length_known &&
	    memory_check_room(&writing->memory, writing->length, error) < 0)
		return -1;
	interrupt_catch();
	progress_begin(&writing->progress, expected(writing), !context->message.quiet);
	result = write_all(writing, &done, error);
	progress_end(&writing->progress);
	if (result == 0)
		result = check_complete(writing, done, error);
	if (sync_target(writing, error) < 0)
		result = -1;
	if (result == 0 && context->verbose)
		message_note(&context->message, writing->memory.text,
		             "wrote %" PRIu64 " byte%s at offset %" PRIu64, done,
		             done == 1 ? "" : "s", writing->offset);
	return result;
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
	return 0;
}

static void finish(struct writing *writing)
{
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
		.context = context, .options = parsed, .content.fd = -1, .memory.fd = -1
	};
	enum exit_status status = STATUS_DONE;
	const char *subject = NULL;
	struct error error;
	struct ref ref;
	int opened;

	if (prepare(&writing, &error) < 0)
		goto failed;
	status = refs_parse_one(context, argc, operands, &ref);
	if (status != STATUS_DONE)
		goto done;
	if (place_options_enter(context, &writing.options->place) < 0) {
		status = STATUS_FAILED;
		goto done;
	}
	subject = ref.text;
	/* Before the input is read: who has to type it learns at once what is wrong. */
	opened = open_target(&writing, &ref, &error);
	if (opened < 0 || take_source(&writing, &error) < 0)
		goto failed;
	limit_length(&writing);
	if (opened == 0 && create_target(&writing, &ref, &error) < 0)
		goto failed;
	note_if_marked(&context->message, &writing.memory);
	if (write_object(&writing, &error) == 0)
		goto done;
failed:
	status = error.status;
	message_error(&context->message, subject, &error);
done:
	finish(&writing);
	interrupt_release();
	return status;
}

static void hint_operand(const char *operand, struct error *error)
{
	error_append(error, " (the bytes of a text: --string '%s')", operand);
}

static const struct option_hint hints[] = {
	{ "--text", "the bytes of a text: --string TEXT" },
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
	.option_hints = hints,
	.hint_operand = hint_operand,
	.run = run,
};
