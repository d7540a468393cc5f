/*
 * shmtool attach: attach an object, print its address, and hold it until a signal, a timeout or the
 * end of a program.
 */
#include "commands/commands.h"
#include "commands/shared/child.h"
#include "commands/shared/complete.h"
#include "commands/shared/marked.h"
#include "commands/shared/refs.h"
#include "memory/memory.h"
#include "objects/segment.h"
#include "output/stdout.h"
#include "output/text.h"
#include "stream/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

struct attach_options {
	bool read_only;
	struct optional_number at;
	bool round;
	bool populate;
	bool lock;
	struct optional_number time;
	struct common_options common;
};

#define ATTACH(member) offsetof(struct attach_options, member)

static const struct option_spec specs[] = {
	{ "read-only", 0, NULL, "attach for reading only", NULL, NULL, ATTACH(read_only), 0 },
	{ "at", 0, "ADDRESS", "attach at ADDRESS, such as 0x7f0000000000", option_parse_address,
	  NULL, ATTACH(at), 0 },
	{ "round", 0, NULL, "round the address down to a multiple of SHMLBA", NULL, NULL,
	  ATTACH(round), 0 },
	{ "populate", 0, NULL, "populate all pages at once", NULL, NULL, ATTACH(populate), 0 },
	{ "lock", 0, NULL, "lock the pages in memory while the object is attached", NULL, NULL,
	  ATTACH(lock), 0 },
	{ "for", 0, "DURATION",
	  "hold it for DURATION, such as 90s or 10m (default: until a signal)",
	  option_parse_duration, NULL, ATTACH(time), 0 },
};

static const struct option_group groups[] = {
	{ "Options", specs, OPTION_COUNT(specs), 0 },
	COMMON_OPTION_GROUP(struct attach_options, common),
};

static int check_options(const struct command_context *context,
                         const struct attach_options *options, const struct ref *ref,
                         struct error *error)
{
	if (options->round && !options->at.given)
		return error_set(error, STATUS_USAGE, "--round needs --at");
	if (options->at.given && options->at.number < (uint64_t)SHMLBA)
		return error_set(error, STATUS_USAGE,
		                 "--at: nothing can be attached below 0x%" PRIx64 ", SHMLBA",
		                 (uint64_t)SHMLBA);
	if (options->round && ref->kind != REF_ID && ref->kind != REF_KEY)
		return error_set(error, STATUS_USAGE,
		                 "--round needs a segment: mappings start at a page");
	if (options->time.given && context->program != NULL)
		return error_set(error, STATUS_USAGE,
		                 "--for can't be combined with a program: the object is held "
		                 "until the program exits");
	return 0;
}

/*
 * Print a line on stdout, or a note if stdout belongs to a program. Returns -1 on failure, since a
 * reader that waits for the line would wait forever.
 */
static int print_line(const struct command_context *context, const char *text)
{
	if (context->program != NULL) {
		message_note(&context->message, NULL, "%s", text);
		return 0;
	}
	printf("%s\n", text);
	return stdout_flush();
}

/* The REF for any command: the bare id of a segment. */
static void show_ref(const struct memory *memory, char visible[REF_TEXT_SIZE * 4])
{
	if (memory->is_segment)
		snprintf(visible, REF_TEXT_SIZE, "%d", memory->id);
	else
		text_visible(visible, memory->text, TEXT_VISIBLE);
}

static int print_attached(const struct command_context *context,
                          const struct attach_options *options, const struct memory *memory,
                          const struct mapping *mapping)
{
	char visible[REF_TEXT_SIZE * 4];
	char text[sizeof(visible) + 128];
	uint64_t pages = mapping_pages(mapping);

	show_ref(memory, visible);
	snprintf(text, sizeof(text),
	         "attached %s at 0x%" PRIxPTR " (%" PRIu64 " byte%s, %" PRIu64 " page%s, %s)",
	         visible, (uintptr_t)mapping->address, memory->bytes, memory->bytes == 1 ? "" : "s",
	         pages, pages == 1 ? "" : "s", options->read_only ? "ro" : "rw");
	if (print_line(context, text) < 0)
		return -1;
	note_if_marked(&context->message, memory);
	return 0;
}

static int print_detached(const struct command_context *context, const struct memory *memory)
{
	struct object_list list = { .count = 0 };
	char visible[REF_TEXT_SIZE * 4];
	char text[sizeof(visible) + 64];
	const char *gone = "";

	if (memory->is_segment && sysv_find(memory->id, &list) < 0 && errno == ENOENT)
		gone = ", which removed it";
	object_list_free(&list);
	show_ref(memory, visible);
	snprintf(text, sizeof(text), "detached %s%s", visible, gone);
	return print_line(context, text);
}

/* Hold the object until the end. A program's exit status becomes that of the command. */
static enum exit_status hold(const struct command_context *context,
                             const struct attach_options *options, const struct memory *memory,
                             const struct ref *ref, const char *operand)
{
	char id[REF_TEXT_SIZE * 4];

	show_ref(memory, id);
	if (context->program != NULL && ref->kind == REF_FILE)
		return (enum exit_status)child_run_for_file(context, ref->path);
	if (context->program != NULL)
		return (enum exit_status)child_run(context, memory->is_segment ? id : operand);
	(void)interrupt_wait_seconds(options->time.given ? options->time.number : UINT64_MAX);
	return STATUS_DONE;
}

/* shmat(2) checks the address itself, but mmap(2) would fail with an unclear error. */
static int check_address(const struct attach_options *options, const struct memory *memory,
                         struct error *error)
{
	uint64_t page = memory->page_bytes;
	uint64_t below = options->at.number - options->at.number % page;

	if (memory->is_segment || !options->at.given || options->at.number == below)
		return 0;
	return error_set(error, STATUS_USAGE,
	                 "0x%" PRIx64 " is not a multiple of the page size, %" PRIu64
	                 " bytes (--at 0x%" PRIx64 " or 0x%" PRIx64 ")",
	                 options->at.number, page, below, below + page);
}

static int attach(const struct attach_options *options, struct memory *memory,
                  struct mapping *mapping, struct error *error)
{
	struct mapping_request request = {
		.length = memory->bytes,
		.protection = options->read_only ? PROT_READ : PROT_READ | PROT_WRITE,
		.at_given = options->at.given,
		.at = (uintptr_t)options->at.number,
		.round = options->round,
	};
	char *part;

	if (memory->bytes == 0)
		return error_set(error, STATUS_FAILED, "is empty: nothing to attach");
	if (options->populate && memory_check_room(memory, memory->bytes, error) < 0)
		return -1;
	if (check_address(options, memory, error) < 0 ||
	    memory_map(memory, &request, mapping, &part, error) < 0)
		return -1;
	if ((options->populate && mapping_populate(mapping, !options->read_only, error) < 0) ||
	    (options->lock && mapping_lock(mapping, error) < 0)) {
		mapping_end(mapping);
		return -1;
	}
	return 0;
}

/* Whether the caller has read permission. IPC_STAT requires it for a segment. */
static bool may_read(const struct ref *ref)
{
	struct memory memory;
	struct shmid_ds ds;
	struct error error;
	bool readable;

	if (memory_find(ref, REF_FILE_READ, &memory, &error) < 0)
		return false;
	readable = !memory.is_segment || shmctl(memory.id, IPC_STAT, &ds) == 0;
	memory_close(&memory);
	return readable;
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct attach_options *options = parsed;
	const enum ref_file_access access = options->read_only ? REF_FILE_READ : REF_FILE_WRITE;
	struct mapping mapping = { .address = NULL };
	struct memory memory;
	enum exit_status status;
	struct error error;
	struct ref ref;

	status = refs_parse_one(context, argc, operands, &ref);
	if (status != STATUS_DONE)
		return status;
	if (check_options(context, options, &ref, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	if (memory_find(&ref, access, &memory, &error) < 0)
		goto failed;
	/* From here on, a signal detaches the object instead of killing the process. */
	if (context->program == NULL)
		interrupt_catch();
	if (attach(options, &memory, &mapping, &error) < 0) {
		memory_close(&memory);
		interrupt_release();
		goto failed;
	}
	if (print_attached(context, options, &memory, &mapping) < 0) {
		mapping_end(&mapping);
		memory_close(&memory);
		/*
		 * If a signal caused the failure, die from it; otherwise main() reports the error.
		 */
		interrupt_release();
		return STATUS_FAILED;
	}
	status = hold(context, options, &memory, &ref, operands[0]);
	mapping_end(&mapping);
	memory_close(&memory);
	/* The first signal has been handled; another one may interrupt the output. */
	interrupt_forget();
	(void)print_detached(context, &memory);
	return status;
failed:
	if (error.number == EACCES && !options->read_only && may_read(&ref))
		error_append(&error, " (use --read-only for read access)");
	message_error(&context->message, ref.text, &error);
	return error.status;
}

static const struct option_hint hints[] = {
	{ "--addr", "to choose the address, use --at ADDRESS" },
	{ "--address", "to choose the address, use --at ADDRESS" },
	{ "--ro", "to attach for reading only, use --read-only" },
	{ "-r", "to attach for reading only, use --read-only" },
	REF_OPTION_HINTS,
};

const struct command attach_command = {
	.name = "attach",
	.summary = "Attach an object and hold it",
	.operands = "REF [-- PROGRAM [ARGUMENT...]]",
	.min_operands = 1,
	.max_operands = 1,
	.takes_program = true,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct attach_options),
	.common_offset = offsetof(struct attach_options, common),
	.complete_operand = complete_refs_and_files,
	.operand_subset = KINDS_MAPPED,
	.option_hints = hints,
	.run = run,
};
