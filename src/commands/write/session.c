#include "commands/write/session.h"

#include "commands/write/last_member.h"
#include "stream/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* The remedy, if there is one: a file named by a descriptor can't be created. */
static const char *empty_hint(const struct writing *writing)
{
	return writing->memory.has_name
	           ? " (--create sets its size to --size, or to the bytes written)"
	           : "";
}

int writing_check_fit(const struct writing *writing, uint64_t size, struct error *error)
{
	uint64_t length = writing->tail + (writing->length_known ? writing->length : 0);
	uint64_t room;

	if (size == 0 && length > 0)
		return error_set(error, STATUS_FAILED, "%" PRIu64 " byte%s fit: it is empty%s",
		                 length, length == 1 ? " doesn't" : "s don't", empty_hint(writing));
	if (size == 0 && !writing->length_known)
		return error_set(error, STATUS_FAILED, "is empty, so nothing fits%s",
		                 empty_hint(writing));
	if (writing->offset > size)
		return error_set(error, STATUS_FAILED,
		                 "offset %" PRIu64 " is beyond the end: the object has %" PRIu64
		                 " byte%s",
		                 writing->offset, size, plural_s(size));
	room = size - writing->offset;
	if (length > room)
		return error_set(error, STATUS_FAILED,
		                 "%" PRIu64 " byte%s fit at offset %" PRIu64
		                 ": there is room for %" PRIu64 " (the object has %" PRIu64
		                 " byte%s), so nothing was written",
		                 length, length == 1 ? " doesn't" : "s don't", writing->offset,
		                 room, size, plural_s(size));
	return 0;
}

int writing_no_disk(struct error *error)
{
	return error_set(error, STATUS_USAGE, "--sync needs a file on disk");
}

static void show_progress(void *closure, uint64_t bytes)
{
	struct writing *writing = closure;

	progress_step(&writing->progress, bytes);
}

static int check_size(void *closure)
{
	const struct writing *writing = closure;

	return memory_check_size(&writing->memory);
}

/* The end of the writable bytes. */
static uint64_t writable_end(const struct writing *writing)
{
	const struct memory *memory = &writing->memory;

	return writing->options->beyond_eof && memory->bytes > 0
	           ? mapping_round_up(memory->bytes, memory->page_bytes)
	           : memory->bytes;
}

/* Fill bytes after the object's end, which can be written only through a mapping. */
static int fill_beyond(struct writing *writing, uint64_t offset, uint64_t size, uint64_t *done,
                       struct error *error)
{
	char chunk[4096];

	*done = size < sizeof(chunk) ? size : sizeof(chunk);
	memset(chunk, writing->options->fill.byte, *done);
	return memory_write_beyond(&writing->memory, offset, chunk, *done, error);
}

/* Write one step of content in memory, or of fill bytes, on one side of the object's end. */
static int write_step(struct writing *writing, uint64_t done, uint64_t size, uint64_t *written,
                      struct error *error)
{
	const uint64_t at = writing->offset + done;
	const uint64_t end = writing->memory.bytes;

	*written = 0;
	if (at >= end && writing->buffer == NULL)
		return fill_beyond(writing, at, size, written, error);
	if (at >= end) {
		if (memory_write_beyond(&writing->memory, at, writing->buffer + done, size, error) <
		    0)
			return -1;
		*written = size;
		return 0;
	}
	if (size > end - at)
		size = end - at;
	if (writing->buffer == NULL)
		return memory_fill(&writing->memory, at, writing->options->fill.byte, size, written,
		                   error);
	return memory_write(&writing->memory, at, writing->buffer + done, size, written, error);
}

/* Write content in memory, or fill bytes, in steps that a signal can interrupt. */
static int write_steps(struct writing *writing, uint64_t length, uint64_t *done,
                       struct error *error)
{
	const uint64_t step = UINT64_C(1) << 24;
	int result = 0;

	while (*done < length && result == 0 && !interrupt_pending()) {
		uint64_t size = length - *done < step ? length - *done : step;
		uint64_t written;

		result = write_step(writing, *done, size, &written, error);
		*done += written;
		progress_step(&writing->progress, written);
	}
	return result;
}

/* If there is only a mapping, read(2) stores into it. */
static enum transfer_end read_into_mapping(struct writing *writing, uint64_t limit, uint64_t *done)
{
	enum { STEP = 1 << 20 };
	const struct transfer_watch watch = { .moved = show_progress, .closure = writing };
	char *target = writing->memory.mapping.address + writing->offset;
	enum transfer_end end = TRANSFER_DONE;

	while (*done < limit && end == TRANSFER_DONE) {
		uint64_t size = limit - *done < STEP ? limit - *done : STEP;
		uint64_t before = *done;
		uint64_t bytes;

		mapping_expect(target + before, size, true);
		end = transfer_read(writing->content.fd, target + before, size, &watch, &bytes);
		*done += bytes;
		/* End of the input. */
		if (*done < before + size)
			break;
	}
	return end;
}

static int write_stream(struct writing *writing, uint64_t limit, uint64_t *done,
                        struct error *error)
{
	const struct transfer_watch watch = { .moved = show_progress,
		                              .check = check_size,
		                              .closure = writing };
	const struct memory *memory = &writing->memory;
	enum transfer_end end;

	if (memory->fd_writes)
		end = transfer_into_file(writing->content.fd, memory->fd, writing->offset, limit,
		                         &watch, done);
	else
		end = read_into_mapping(writing, limit, done);
	writing->memory.stored |= *done > 0;
	if (end == TRANSFER_WRITE_FAILED || (end == TRANSFER_READ_FAILED && errno == EFAULT))
		return memory_store_failed(memory, writing->offset + *done, errno, error);
	if (end == TRANSFER_READ_FAILED)
		return error_set_errno(error, errno, "%s can't be read, after %" PRIu64 " byte%s",
		                       writing->content.name, *done, plural_s(*done));
	return 0;
}

/* Write the bytes of a stream that lie after the object's end. */
static int write_stream_beyond(struct writing *writing, uint64_t limit, uint64_t *done,
                               struct error *error)
{
	char chunk[4096];

	while (*done < limit && !interrupt_pending()) {
		uint64_t size = limit - *done < sizeof(chunk) ? limit - *done : sizeof(chunk);
		enum transfer_end end;
		uint64_t bytes;

		end = transfer_read(writing->content.fd, chunk, size, NULL, &bytes);
		if (bytes > 0 && memory_write_beyond(&writing->memory, writing->offset + *done,
		                                     chunk, bytes, error) < 0)
			return -1;
		*done += bytes;
		if (end == TRANSFER_READ_FAILED)
			return error_set_errno(error, errno,
			                       "%s can't be read, after %" PRIu64 " byte%s",
			                       writing->content.name, *done, plural_s(*done));
		if (bytes < size)
			break;
	}
	return 0;
}

/* Write a stream, up to the object's end and, with --beyond-eof, after it. */
static int write_input(struct writing *writing, uint64_t limit, uint64_t *done, struct error *error)
{
	const uint64_t end = writing->memory.bytes;
	const uint64_t within = writing->offset < end ? end - writing->offset : 0;

	if (limit <= within)
		return write_stream(writing, limit, done, error);
	if (within > 0 && write_stream(writing, within, done, error) < 0)
		return -1;
	return *done < within ? 0 : write_stream_beyond(writing, limit, done, error);
}

/* Write the NUL after the input, whatever its length. */
static int write_tail(struct writing *writing, uint64_t done, struct error *error)
{
	const uint64_t at = writing->offset + done;
	uint64_t written;

	if (writing->tail == 0 || interrupt_pending())
		return 0;
	if (at >= writing->memory.bytes)
		return memory_write_beyond(&writing->memory, at, "", 1, error);
	return memory_write(&writing->memory, at, "", 1, &written, error);
}

/* Whether input is left when the object is full, which only a read shows. */
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
	uint64_t room = writable_end(writing) - writing->offset - writing->tail;
	uint64_t limit = writing->length;

	*done = 0;
	if (writing->last != NULL)
		return last_member_write(&writing->memory, writing->offset, &writing->record,
		                         writing->last, &writing->rows, done, error);
	if (!writing->length_known) {
		limit = room;
		if (options->length.given && options->length.number < limit)
			limit = options->length.number;
	}
	if (writing->buffer != NULL || options->fill.given) {
		if (write_steps(writing, limit, done, error) < 0)
			return -1;
		return write_tail(writing, *done, error);
	}
	if (write_input(writing, limit, done, error) < 0 || write_tail(writing, *done, error) < 0)
		return -1;
	if (interrupt_pending() || writing->length_known || *done < room)
		return 0;
	/* The requested length is written: further input does not matter. */
	if (options->length.given && *done == options->length.number)
		return 0;
	if (more_is_waiting(writing))
		return error_set(error, STATUS_FAILED,
		                 "%" PRIu64 " byte%s %s written up to the end of the object, and "
		                 "more input is left",
		                 *done, plural_s(*done), plural_was(*done));
	return 0;
}

/* Report missing input. */
static int check_complete(const struct writing *writing, uint64_t done, struct error *error)
{
	const struct optional_number *length = &writing->options->length;

	if (interrupt_pending())
		return error_set(error, STATUS_FAILED,
		                 "interrupted: %" PRIu64
		                 " byte%s %s written, up to offset %" PRIu64,
		                 done, plural_s(done), plural_was(done), writing->offset + done);
	if (length->given && done < length->number && !writing->memory.stored)
		return error_set(error, STATUS_FAILED,
		                 "0 of %" PRIu64 " byte%s available, so nothing was written",
		                 length->number, plural_s(length->number));
	if (length->given && done < length->number)
		return error_set(error, STATUS_FAILED,
		                 "only %" PRIu64 " of %" PRIu64
		                 " byte%s available; %s written at offset %" PRIu64,
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
	return error_set_errno(error, errno, "was written, but not to disk");
}

/*
 * Begin to show the progress. If the length of the input is unknown, as in a pipe, --length or the
 * room in the object is an upper bound.
 */
static void begin_progress(struct writing *writing)
{
	const struct optional_number *length = &writing->options->length;
	uint64_t total = writable_end(writing) - writing->offset;

	if (writing->length_known)
		total = writing->length;
	else if (length->given && length->number < total)
		total = length->number;
	progress_begin(&writing->progress, total, !writing->context->message.quiet);
	writing->progress.is_bound = !writing->length_known && !length->given;
}

int writing_run(struct writing *writing, struct error *error)
{
	const struct command_context *context = writing->context;
	uint64_t done;
	int result;

	if (writing->options->sync && !writing->memory.on_disk)
		return writing_no_disk(error);
	if (writing_check_fit(writing, writable_end(writing), error) < 0)
		return -1;
	if (writing->options->fill.given && !writing->length_known)
		writing->length = writable_end(writing) - writing->offset;
	writing->length_known = writing->length_known || writing->options->fill.given;
	if (writing->length_known &&
	    memory_check_room(&writing->memory, writing->length, error) < 0)
		return -1;
	interrupt_catch();
	begin_progress(writing);
	result = write_all(writing, &done, error);
	progress_end(&writing->progress);
	if (result == 0)
		result = check_complete(writing, done, error);
	if (sync_target(writing, error) < 0)
		result = -1;
	if (result == 0 && context->verbose)
		message_note(&context->message, writing->memory.text,
		             "wrote %" PRIu64 " byte%s at offset %" PRIu64, done + writing->tail,
		             plural_s(done + writing->tail), writing->offset);
	return result;
}
