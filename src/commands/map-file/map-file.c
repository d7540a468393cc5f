/*
 * shmtool map-file: map a file and show the mapping, where the file ends in it, and the bytes after
 * the end.
 */
#include "base/descriptor.h"
#include "commands/commands.h"
#include "commands/map-file/columns.h"
#include "commands/map-file/open.h"
#include "commands/map-file/records.h"
#include "commands/shared/child.h"
#include "commands/shared/complete.h"
#include "commands/shared/format_options.h"
#include "commands/shared/record_options.h"
#include "memory/fault.h"
#include "memory/make.h"
#include "memory/mapping.h"
#include "memory/memory.h"
#include "objects/ref.h"
#include "output/stdout.h"
#include "stream/content.h"
#include "stream/interrupt.h"
#include "system/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum sync { SYNC_NONE, SYNC_WAIT, SYNC_ASYNC };

struct protection_option {
	bool given;
	int bits; /* PROT_READ | ... */
};

struct map_file_options {
	struct optional_number offset;
	struct optional_number length;
	bool create;
	struct optional_number size;
	bool is_private;
	struct protection_option protection;
	bool populate;
	bool lock;
	const char *write;
	struct optional_number at;
	enum sync sync;
	struct optional_number hold;
	struct record_option_values record;
	struct format_option_values output;
	struct common_options common;
};

/* "r,w", "rw", "none" */
static int parse_protection(const char *text, void *destination, struct error *error)
{
	struct protection_option *protection = destination;

	protection->given = true;
	protection->bits = PROT_NONE;
	if (strcmp(text, "none") == 0)
		return 0;
	for (const char *letter = text; *letter != '\0'; letter++) {
		if (*letter == 'r')
			protection->bits |= PROT_READ;
		else if (*letter == 'w')
			protection->bits |= PROT_WRITE;
		else if (*letter == 'x')
			protection->bits |= PROT_EXEC;
		else if (*letter != ',')
			goto unknown;
	}
	if (protection->bits != PROT_NONE)
		return 0;
unknown:
	return error_set(error, STATUS_USAGE,
	                 "invalid protection (must be r, w, x in any "
	                 "combination such as r,w, or none)");
}

static void complete_protections(const struct completion *completion)
{
	static const char *const words[] = { "r", "r,w", "r,x", "r,w,x", "none" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		completion_offer(completion, words[i], NULL);
	completion_is_list(completion);
}

static int parse_sync(const char *text, void *destination, struct error *error)
{
	enum sync *sync = destination;

	if (text != NULL && strcmp(text, "async") != 0)
		return error_set(error, STATUS_USAGE,
		                 "unknown mode (must be --sync or --sync=async)");
	*sync = text != NULL ? SYNC_ASYNC : SYNC_WAIT;
	return 0;
}

static void complete_sync(const struct completion *completion)
{
	completion_offer(completion, "async", "only start writing back");
}

#define OPTION(member) offsetof(struct map_file_options, member)

static const struct option_spec specs[] = {
	{ "offset", 0, "BYTES",
	  "start at offset BYTES (default 0); any offset to store or show bytes",
	  option_parse_bytes, NULL, OPTION(offset), 0 },
	{ "length", 0, "BYTES", "map BYTES bytes (default: to the end of the file)",
	  option_parse_size, NULL, OPTION(length), 0 },
	{ "create", 'c', NULL, "create the file if it does not exist, with --size bytes", NULL,
	  NULL, OPTION(create), 0 },
	{ "size", 's', "SIZE", "size of the file that --create creates", option_parse_size, NULL,
	  OPTION(size), 0 },
	{ "private", 0, NULL, "keep stores private to this process, MAP_PRIVATE", NULL, NULL,
	  OPTION(is_private), 0 },
	{ "prot", 0, "PROTECTION", "r,w,x or none (default r, with --write r,w)", parse_protection,
	  complete_protections, OPTION(protection), 0 },
	{ "populate", 0, NULL, "populate all pages at once", NULL, NULL, OPTION(populate), 0 },
	{ "lock", 0, NULL, "lock the pages in memory while the file is mapped", NULL, NULL,
	  OPTION(lock), 0 },
	{ "write", 0, "STRING", "store STRING (- for standard input)", option_parse_string, NULL,
	  OPTION(write), 0 },
	{ "at", 0, "BYTES", "store at this offset in the mapping (deprecated: use --offset)",
	  option_parse_bytes, NULL, OPTION(at), 0 },
	{ "sync", 0, "async", "write back before unmapping, and wait (async: do not wait)",
	  parse_sync, complete_sync, OPTION(sync), OPTION_ARGUMENT_OPTIONAL },
	{ "hold", 0, "DURATION", "keep it mapped for DURATION, such as 90s or 10m",
	  option_parse_duration, NULL, OPTION(hold), 0 },
};

static const struct option_group groups[] = {
	{ "Options", specs, OPTION_COUNT(specs), 0 },
	RECORD_OPTION_GROUP(struct map_file_options, record),
	FORMAT_OPTION_GROUP(struct map_file_options, output, FORMAT_OPTION_COUNT_WITHOUT_TIMES),
	COMMON_OPTION_GROUP(struct map_file_options, common),
};

static int check_options(const struct command_context *context,
                         const struct map_file_options *options, struct error *error)
{
	if (options->create != options->size.given)
		return error_set(error, STATUS_USAGE, "--create and --size must be given together");
	if (options->at.given && options->write == NULL)
		return error_set(error, STATUS_USAGE, "--at needs --write");
	if (options->record.declaration != NULL && options->protection.given &&
	    !(options->protection.bits & PROT_READ))
		return error_set(error, STATUS_USAGE, "--record needs --prot with r");
	if (options->write != NULL && options->protection.given &&
	    !(options->protection.bits & PROT_WRITE))
		return error_set(error, STATUS_USAGE, "--write needs --prot with w");
	if (options->sync != SYNC_NONE && options->is_private)
		return error_set(error, STATUS_USAGE,
		                 "--sync can't be combined with --private: private stores are "
		                 "never written back");
	if (options->hold.given && context->program != NULL)
		return error_set(error, STATUS_USAGE,
		                 "--hold can't be combined with a program: the file is mapped "
		                 "until the program exits");
	return 0;
}

/* The operand is always a path, unless only a REF can name the file. */
static int parse_operand(const char *operand, struct ref *ref, struct error *error)
{
	if (strncmp(operand, "pid:", 4) == 0 || strncmp(operand, "file:", 5) == 0)
		return ref_parse(operand, REF_MEMORY, ref, error);
	if (*operand == '\0' || strlen(operand) >= PATH_MAX)
		return error_set(error, STATUS_USAGE, "the path is %s",
		                 *operand == '\0' ? "empty" : "too long");
	ref->kind = REF_FILE;
	ref->path = operand;
	snprintf(ref->text, sizeof(ref->text), "%s", operand);
	return 0;
}

static int check_offset(const struct mapped_file *file, struct error *error)
{
	uint64_t page = file->mapping.page_bytes;
	uint64_t below = file->offset - file->offset % page;

	if (file->offset == below)
		return 0;
	return error_set(error, STATUS_USAGE,
	                 "--offset %" PRIu64 " is not a multiple of the page size, %" PRIu64
	                 " bytes (the nearest are %" PRIu64 " and %" PRIu64 ")",
	                 file->offset, page, below, below + page);
}

/* Bytes to store or show may start anywhere: map from the start of their page. */
static int settle_offset(const struct map_file_options *options, struct mapped_file *file,
                         struct error *error)
{
	if (options->write == NULL && options->record.declaration == NULL)
		return check_offset(file, error);
	file->within = file->offset % file->mapping.page_bytes;
	file->offset -= file->within;
	return 0;
}

/* Populate the bytes that can be accessed: up to the end of the page in which the file ends. */
static int populate(const struct mapped_file *file, struct error *error)
{
	uint64_t touchable = mapping_round_up(mapped_file_rest(file), file->mapping.page_bytes);
	struct mapping part = file->mapping;

	if (file->has_end && touchable < part.length)
		part.length = touchable;
	return mapping_populate(&part, (file->protection & PROT_WRITE) != 0, error);
}

static int map(const struct map_file_options *options, struct mapped_file *file,
               struct error *error)
{
	struct mapping_request request = {
		.offset = file->offset,
		.length = options->length.number,
		.page_bytes = file->mapping.page_bytes,
		.protection = file->protection,
		.is_private = options->is_private,
	};
	bool nothing;

	if (!options->length.given)
		request.length = mapped_file_rest(file);
	else if (__builtin_add_overflow(request.length, file->within, &request.length))
		return error_set(error, STATUS_USAGE, "--length is too large");
	/* For a directory, a device or a file in /proc, let mmap(2) report the error. */
	nothing = request.length == 0;
	if (nothing)
		request.length = request.page_bytes;
	if (mapping_of_file(file->fd, &request, &file->mapping, error) < 0)
		return -1;
	if (nothing)
		return error_set(error, STATUS_FAILED,
		                 "%s: nothing to map (--length maps beyond the end)",
		                 file->bytes == 0 ? "is empty" : "ends before the offset");
	if (options->populate && populate(file, error) < 0)
		return -1;
	return options->lock ? mapping_lock(&file->mapping, error) : 0;
}

static int stored_too_far(uint64_t at, uint64_t done, struct error *error)
{
	return error_set(error, STATUS_FAILED,
	                 "SIGBUS at offset %" PRIu64 " of the mapping, after %" PRIu64
	                 " byte%s %s stored: the file ends in an earlier page, or there is no "
	                 "space for the page",
	                 at + done, done, plural_s(done), plural_was(done));
}

/*
 * Where stores end. --length allows stores beyond the end of the file, which are not kept.
 */
static uint64_t store_end(const struct map_file_options *options, const struct mapped_file *file)
{
	return options->length.given ? mapped_file_end(file) : file->mapping.length;
}

/* The offset in the mapping at which stores and records start. */
static uint64_t first_byte(const struct map_file_options *options, const struct mapped_file *file)
{
	uint64_t at;

	if (__builtin_add_overflow(options->at.number, file->within, &at) ||
	    __builtin_add_overflow(at, options->record.header.number, &at))
		return UINT64_MAX;
	return at;
}

static int store_bytes(const struct map_file_options *options, struct mapped_file *file,
                       const void *bytes, uint64_t length, struct error *error)
{
	uint64_t end = store_end(options, file);
	uint64_t at = first_byte(options, file);
	int signal;
	size_t done;

	if (at > end || length > end - at)
		return error_set(error, STATUS_FAILED,
		                 "%" PRIu64 " byte%s fit at %" PRIu64 ": the mapping has %" PRIu64
		                 " byte%s (--length maps more), so nothing was stored",
		                 length, length == 1 ? " doesn't" : "s don't", at, end,
		                 plural_s(end));
	done = fault_copy_to(file->mapping.address + at, bytes, length, &signal);
	file->used |= done > 0;
	return signal == 0 ? 0 : stored_too_far(at, done, error);
}

static int store_records(const struct map_file_options *options, struct mapped_file *file,
                         const struct record *record, struct error *error)
{
	struct record_rows rows;
	int result;

	if (mapped_records_take(record, options->write, &rows, error) < 0)
		return -1;
	result = store_bytes(options, file, rows.bytes, rows.count * record->bytes, error);
	record_rows_free(&rows);
	return result;
}

/* read(2) stores into the mapping, and fails with EFAULT instead of SIGBUS. */
static int store_input(const struct map_file_options *options, struct mapped_file *file,
                       struct error *error)
{
	uint64_t end = store_end(options, file);
	uint64_t at = first_byte(options, file);
	enum transfer_end result;
	uint64_t done;
	uint64_t more;
	char byte;

	if (at > end)
		return error_set(error, STATUS_FAILED,
		                 "offset %" PRIu64 " is beyond the mapping of %" PRIu64 " byte%s",
		                 at, end, plural_s(end));
	result = transfer_read(STDIN_FILENO, file->mapping.address + at, end - at, NULL, &done);
	file->used |= done > 0;
	if (result == TRANSFER_READ_FAILED && errno == EFAULT)
		return stored_too_far(at, done, error);
	if (result == TRANSFER_READ_FAILED)
		return error_set_errno(error, errno, "standard input can't be read");
	if (result == TRANSFER_INTERRUPTED)
		return error_set(error, STATUS_FAILED, "interrupted: %" PRIu64 " byte%s %s stored",
		                 done, plural_s(done), plural_was(done));
	if (done < end - at ||
	    transfer_read(STDIN_FILENO, &byte, 1, NULL, &more) != TRANSFER_DONE || more == 0)
		return 0;
	return error_set(error, STATUS_FAILED,
	                 "%" PRIu64 " byte%s %s stored up to the end of the mapping, and more "
	                 "input is left (--length maps more)",
	                 done, plural_s(done), plural_was(done));
}

/*
 * The end of the bytes to show: the end of the file or, with --length, of the bytes that can be
 * accessed.
 */
static uint64_t show_end(const struct map_file_options *options, const struct mapped_file *file)
{
	const uint64_t touchable =
	    mapping_round_up(mapped_file_rest(file), file->mapping.page_bytes);

	if (!file->has_end || (options->length.given && touchable > file->mapping.length))
		return file->mapping.length;
	return options->length.given ? touchable : mapped_file_rest(file);
}

static int print_mapping(const struct format_options *format, const struct mapped_file *file,
                         struct error *error)
{
	struct report *report = report_open(&mapped_file_columns, format, NULL, error);
	const void *row = file;
	int result;

	if (report == NULL)
		return -1;
	result = report_details(report, mapped_file_title, &row, 1, error);
	report_close(report);
	return result;
}

/* Flush at once: a reader may wait for the output. main() reports the error. */
static int flush(struct error *error)
{
	if (stdout_flush() == 0)
		return 0;
	error->status = STATUS_FAILED;
	error->text[0] = '\0';
	return -1;
}

/* Hold the mapping until the end. A program's exit status becomes that of the command. */
static enum exit_status hold(const struct command_context *context,
                             const struct map_file_options *options, const struct ref *ref)
{
	if (context->program != NULL)
		interrupt_release();
	if (context->program != NULL && ref->kind == REF_FD)
		return (enum exit_status)child_run(context, ref->text);
	if (context->program != NULL)
		return (enum exit_status)child_run_for_file(context, ref->path);
	if (options->hold.given)
		(void)interrupt_wait_seconds(options->hold.number);
	return STATUS_DONE;
}

static enum exit_status use(const struct command_context *context,
                            const struct map_file_options *options,
                            const struct format_options *format, const struct ref *ref,
                            struct mapped_file *file, struct mapped_records *records,
                            struct error *error)
{
	enum exit_status status;
	int result = 0;

	error->text[0] = '\0';
	if (options->write != NULL && records->record.count > 0)
		result = store_records(options, file, &records->record, error);
	else if (options->write != NULL && strcmp(options->write, "-") == 0)
		result = store_input(options, file, error);
	else if (options->write != NULL)
		result = store_bytes(options, file, options->write, strlen(options->write), error);
	if (result < 0) {
		struct error unsaid;

		/* Write back the bytes stored before the failure. */
		if (options->sync != SYNC_NONE)
			(void)mapping_sync(&file->mapping, options->sync == SYNC_ASYNC, &unsaid);
		return error->status;
	}
	if (options->write == NULL && records->record.count > 0)
		result = mapped_records_print(file, first_byte(options, file),
		                              show_end(options, file), records, format, error);
	else
		result = print_mapping(format, file, error);
	if (result < 0 || flush(error) < 0)
		return error->status;
	file->used = true;
	status = hold(context, options, ref);
	if (options->sync != SYNC_NONE &&
	    mapping_sync(&file->mapping, options->sync == SYNC_ASYNC, error) < 0)
		return error->status;
	return status;
}

static int prepare(const struct command_context *context, const struct map_file_options *options,
                   const struct mapped_file *file, struct format_options *format, struct ref *ref,
                   struct mapped_records *records, struct error *error)
{
	const bool anywhere = options->write != NULL || options->record.declaration != NULL;

	memset(ref, 0, sizeof(*ref));
	if (file->path == NULL)
		return error_set(error, STATUS_USAGE, "missing operand: FILE");
	/* Check before creating the file; its pages may prove to be larger once it is open. */
	if (check_options(context, options, error) < 0 ||
	    (!anywhere && check_offset(file, error) < 0) ||
	    format_options_resolve(&options->output, format, error) < 0 ||
	    mapped_records_prepare(&options->record, records, error) < 0)
		return -1;
	return parse_operand(file->path, ref, error);
}

/* Remove a new file unless it is used. */
static void undo(const struct mapped_file *file, struct memory_made *made, struct error *error)
{
	struct memory memory = { .fd = file->fd, .bytes = file->bytes };

	if (!file->used)
		memory_made_remove(made, &memory, error);
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct map_file_options *options = parsed;
	struct mapped_file file = {
		.path = argc > 0 ? operands[0] : NULL,
		.fd = -1,
		.mapping.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
	};
	struct mapped_records records = { .record.count = 0 };
	struct memory_made made = MEMORY_MADE_NOTHING;
	struct format_options format;
	enum exit_status status;
	const char *subject = NULL;
	struct error error = { .status = STATUS_FAILED };
	struct ref ref;

	if (format_options_want_help(&options->output)) {
		report_list_columns(&mapped_file_columns);
		return STATUS_DONE;
	}
	file.offset = options->offset.number;
	file.is_private = options->is_private;
	file.protection = options->write != NULL ? PROT_READ | PROT_WRITE : PROT_READ;
	if (options->protection.given)
		file.protection = options->protection.bits;
	if (prepare(context, options, &file, &format, &ref, &records, &error) < 0)
		goto failed;
	subject = ref.text;
	/* A signal must not leave a new file behind that is not used. */
	if (options->create && context->program != NULL)
		interrupt_hold();
	else if (options->create)
		interrupt_catch();
	if ((options->create ? mapped_file_create(&ref, options->size.number, &file, &made, &error)
	                     : mapped_file_open(&ref, &file, &error)) < 0 ||
	    settle_offset(options, &file, &error) < 0 || map(options, &file, &error) < 0)
		goto failed;
	/* From here on, a signal ends the hold, so that stores can be written back. */
	if (context->program == NULL)
		interrupt_catch();
	status = use(context, options, &format, &ref, &file, &records, &error);
	if (error.text[0] == '\0')
		goto done;
failed:
	status = error.status;
	undo(&file, &made, &error);
	message_error(&context->message, subject, &error);
done:
	/* Here, main() reports that the output can't be written. */
	if (status == STATUS_FAILED)
		undo(&file, &made, &error);
	memory_made_keep(&made);
	mapping_end(&file.mapping);
	mapped_records_free(&records);
	descriptor_close(file.fd);
	/*
	 * A signal that ended the hold has been handled; one that interrupted other work has not.
	 */
	if (status == STATUS_FAILED)
		interrupt_release();
	else
		interrupt_forget();
	return status;
}

const struct command map_file_command = {
	.name = "map-file",
	.summary = "Map a file and show the mapping, and where the file ends in it",
	.operands = "FILE [-- PROGRAM [ARGUMENT...]]",
	.max_operands = 1,
	.takes_program = true,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct map_file_options),
	.common_offset = offsetof(struct map_file_options, common),
	.columns = &mapped_file_columns,
	.complete_operand = complete_files,
	.run = run,
};
