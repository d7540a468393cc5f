#include "commands/shared/channel_options.h"

#include "channel/layout.h"
#include "channel/protocols.h"
#include "commands/shared/change_options.h"
#include "commands/shared/complete.h"
#include "commands/shared/marked.h"
#include "commands/shared/refs.h"
#include "memory/make.h"
#include "memory/memory.h"
#include "stream/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

/* The size of an object that --create makes: its ring fits into the cache of a processor. */
enum { DEFAULT_SIZE = 1 << 20 };

#define CHANNEL(member) offsetof(struct channel_options, member)

const struct option_spec channel_message_specs[CHANNEL_MESSAGE_OPTION_COUNT] = {
	{ "null", '0', NULL, "a message ends with a NUL instead of a newline", NULL, NULL,
	  CHANNEL(null), 0 },
	{ "delimiter", 'd', "C", "a message ends with the character C (also \\t, \\0)",
	  option_parse_string, NULL, CHANNEL(delimiter), 0 },
};

const struct option_spec channel_object_specs[CHANNEL_OBJECT_OPTION_COUNT] = {
	{ "wait", 0, NULL, "wait for the other side (default)", NULL, NULL, CHANNEL(wait), 0 },
	{ "no-wait", 0, NULL, "fail unless the other side is there", NULL, NULL, CHANNEL(no_wait),
	  0 },
	{ "timeout", 0, "DURATION",
	  "exit with status 124 if the other side does nothing for DURATION", option_parse_duration,
	  NULL, CHANNEL(timeout), 0 },
	{ "create", 'c', NULL, "create the object if it does not exist", NULL, NULL,
	  CHANNEL(create), 0 },
	{ "size", 's', "SIZE", "size for --create (default 1M)", option_parse_size, NULL,
	  CHANNEL(size), 0 },
	{ "mode", 'm', "MODE", "mode for --create (default 600; of a file, 666 minus the umask)",
	  option_parse_mode, NULL, CHANNEL(mode), 0 },
	{ "force", 0, NULL, "overwrite an object that holds something else", NULL, NULL,
	  CHANNEL(force), 0 },
	{ "offset", 0, "BYTES", "the channel starts at offset BYTES (default 0)",
	  option_parse_bytes, NULL, CHANNEL(offset), 0 },
	{ "length", 0, "BYTES", "a new channel has BYTES bytes (default: to the end)",
	  option_parse_bytes, NULL, CHANNEL(length), 0 },
};

/* "C", "\t", "\0" */
static int read_delimiter(const struct channel_options *options, char *delimiter,
                          struct error *error)
{
	static const char names[] = "nt0\\";
	static const char values[] = "\n\t\0\\";
	const char *text = options->delimiter;
	const char *name;

	*delimiter = options->null ? '\0' : '\n';
	if (text == NULL)
		return 0;
	*delimiter = text[0];
	if (text[0] != '\0' && text[1] == '\0')
		return 0;
	name = text[0] == '\\' ? strchr(names, text[1]) : NULL;
	if (name == NULL || *name == '\0' || text[2] != '\0')
		return error_set(error, STATUS_USAGE,
		                 "--delimiter %s: must be one character, or \\n, \\t, \\0 or \\\\",
		                 *text != '\0' ? text : "''");
	*delimiter = values[name - names];
	return 0;
}

/* The ring has options that the protocols of other programs can't have. */
static int check_ring(const struct channel_options *options, bool is_ring, struct error *error)
{
	if (is_ring && options->offset.number % CHANNEL_UNIT != 0)
		return error_set(error, STATUS_USAGE, "--offset must be a multiple of %d",
		                 CHANNEL_UNIT);
	if (!is_ring && (options->force || options->length.given))
		return error_set(error, STATUS_USAGE, "--%s is for --protocol ring",
		                 options->force ? "force" : "length");
	return 0;
}

static int resolve(const struct channel_options *options, struct transmission *transmission,
                   const struct protocol **protocol, struct error *error)
{
	if (options->wait && options->no_wait)
		return error_set(error, STATUS_USAGE, "--wait can't be combined with --no-wait");
	if (options->null && options->delimiter != NULL)
		return error_set(error, STATUS_USAGE, "--null can't be combined with --delimiter");
	if (!options->create && (options->size.given || options->mode != NULL))
		return error_set(error, STATUS_USAGE, "--%s needs --create",
		                 options->size.given ? "size" : "mode");
	if (read_delimiter(options, &transmission->delimiter, error) < 0)
		return -1;
	transmission->messages = options->messages || options->null || options->delimiter != NULL ||
	                         transmission->count > 0;
	transmission->wait = !options->no_wait;
	transmission->force = options->force;
	transmission->offset = options->offset.number;
	transmission->length = options->length.number;
	transmission->keep_delimiter = !options->null && options->delimiter == NULL;
	transmission->create_fifo = options->create;
	transmission->timeout = UINT64_MAX;
	if (options->timeout.given &&
	    __builtin_mul_overflow(options->timeout.number, 1000, &transmission->timeout))
		transmission->timeout = UINT64_MAX;
	if (text_options_resolve(&options->text, transmission, protocol, error) < 0)
		return -1;
	return check_ring(options, *protocol == protocols[0], error);
}

static int open_existing(const struct channel_options *options, const struct ref *ref,
                         struct memory *memory, struct error *error)
{
	if (memory_open(ref, REF_FILE_WRITE, memory, error) == 0)
		return 0;
	if (error->number == ENOENT && !options->create && ref->kind != REF_ID &&
	    ref->kind != REF_FD)
		error_append(error, " (--create creates it)");
	return -1;
}

/* Both sides may create it at the same time: the second one uses what the first one has made. */
static int open_object(const struct channel_options *options,
                       const struct transmission *transmission, const struct ref *ref,
                       const struct message_context *message, struct error *error)
{
	const uint64_t least = transmission->text.bytes > 0
	                           ? transmission->offset + transmission->text.bytes
	                           : DEFAULT_SIZE;
	const uint64_t size = options->size.given ? options->size.number : least;
	struct memory *memory = transmission->memory;
	struct memory_made made = MEMORY_MADE_NOTHING;

	if (!options->create)
		return open_existing(options, ref, memory, error);
	if (ref->kind == REF_ID || ref->kind == REF_FD)
		return memory_make(ref, size, NULL, memory, &made, error);
	if (open_existing(options, ref, memory, error) < 0) {
		int result;

		if (error->number != ENOENT)
			return -1;
		result = memory_make(ref, size, options->mode, memory, &made, error);
		/* The other side may use it from now on. */
		memory_made_keep(&made);
		if (result < 0 || (result == 0 && open_existing(options, ref, memory, error) < 0))
			return -1;
		if (result > 0 && ref->warning != NULL)
			message_note(message, ref->text, "%s", ref->warning);
	}
	if (memory->bytes > 0)
		return 0;
	return memory_give_size(memory, size, error) < 0 ? -1 : 0;
}

/* A failure after which recv --follow or send --messages continues. */
struct report {
	const struct message_context *message;
	const char *subject;
};

static void report_failure(void *closure, const struct error *error)
{
	const struct report *report = closure;

	message_error(report->message, report->subject, error);
}

static int run(const struct channel_options *options, const struct protocol *protocol,
               bool is_sender, struct transmission *transmission, struct error *error)
{
	const struct memory *memory = transmission->memory;
	struct text_semaphores semaphores;
	int result = text_semaphores_open(&options->text, &semaphores, transmission, error);

	/* Without a layout, all of the object is the text. */
	if (protocol != protocols[0] && transmission->text.bytes == 0 &&
	    memory->bytes > transmission->offset) {
		transmission->text.bytes = memory->bytes - transmission->offset;
		transmission->text.text_size = transmission->text.bytes;
	}
	if (result == 0) {
		/* The other side must learn of the end, also if the reader of a pipe is gone. */
		signal(SIGPIPE, SIG_IGN);
		interrupt_catch();
		result = (is_sender ? protocol->send : protocol->receive)(transmission, error);
	}
	text_semaphores_close(&semaphores);
	return result;
}

enum exit_status channel_options_run(const struct command_context *context,
                                     const struct channel_options *options, int argc,
                                     char **operands, const struct transmission *side,
                                     bool is_sender)
{
	struct transmission transmission = *side;
	struct memory memory = { .fd = -1 };
	struct report report = { .message = &context->message };
	const struct protocol *protocol = protocols[0];
	enum exit_status status;
	struct error error;
	struct ref ref;

	if (resolve(options, &transmission, &protocol, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	status = refs_parse_one(context, argc, operands, &ref);
	if (status != STATUS_DONE)
		return status;
	if (place_options_enter(context, &options->place) < 0)
		return STATUS_FAILED;
	report.subject = ref.text;
	transmission.memory = &memory;
	transmission.report = report_failure;
	transmission.closure = &report;
	if (open_object(options, &transmission, &ref, &context->message, &error) < 0) {
		status = error.status;
	} else {
		note_if_marked(&context->message, &memory);
		if (run(options, protocol, is_sender, &transmission, &error) < 0)
			status = error.status;
		if (context->verbose && protocol == protocols[0])
			message_note(&context->message, report.subject, "%s %" PRIu64 " byte%s",
			             is_sender ? "sent" : "received", transmission.moved,
			             plural_s(transmission.moved));
	}
	if (status != STATUS_DONE && error.text[0] != '\0')
		message_error(&context->message, report.subject, &error);
	memory_close(&memory);
	interrupt_release();
	return status;
}
