/*
 * shmtool create: create a System V segment, a POSIX object, or memory without a name.
 *
 * A new object that can't be completed (no space, permission, content or reader of its REF) is
 * removed again.
 */
#include "base/access.h"
#include "commands/commands.h"
#include "commands/create/anonymous.h"
#include "commands/create/memory_watch.h"
#include "commands/create/options.h"
#include "memory/mapping.h"
#include "objects/inventory.h"
#include "objects/posix_draft.h"
#include "objects/segment.h"
#include "objects/segment_make.h"
#include "objects/shortage.h"
#include "output/stdout.h"
#include "output/text.h"
#include "output/units.h"
#include "stream/content.h"
#include "stream/interrupt.h"
#include "system/mode.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

/* By default, only the owner has access. */
enum { DEFAULT_MODE = S_IRUSR | S_IWUSR };

/* The object to create. */
struct creation {
	const struct command_context *context;
	const struct create_options *options;
	struct ref ref; /* the name or key; text is empty for a private segment */
	mode_t mode;
	struct content content; /* fd is -1 without --from */
	bool made;              /* true if it did not exist before */
};

static void name_target(struct creation *creation)
{
	const struct create_options *options = creation->options;
	struct ref *ref = &creation->ref;

	memset(ref, 0, sizeof(*ref));
	ref->kind = REF_KEY;
	ref->key = IPC_PRIVATE;
	if (options->posix.given) {
		ref->kind = REF_POSIX;
		ref->object = KIND_PSHM;
		strlcpy(ref->file, options->posix.file, sizeof(ref->file));
		snprintf(ref->text, sizeof(ref->text), "/%s", ref->file);
		return;
	}
	if (options->ftok.given)
		ref->key = options->ftok.key;
	else if (options->key.given)
		ref->key = (key_t)options->key.id;
	if (ref->key != IPC_PRIVATE)
		snprintf(ref->text, sizeof(ref->text), "key:0x%08x", (unsigned int)ref->key);
}

/*
 * Print the REF for $(...). If that fails, the caller removes a new object again, since its REF is
 * unknown to everybody.
 */
static int print_result(const char *text, bool is_new, struct error *error)
{
	/* Until here, a signal leaves nothing behind; from here on, the REF has been printed. */
	if (is_new && interrupt_pending())
		return error_set(error, STATUS_FAILED, "interrupted, nothing was created");
	stdout_write(text, strlen(text));
	stdout_write("\n", 1);
	if (stdout_close() == 0)
		return 0;
	stdout_mark_error_reported();
	return error_set_errno(error, errno, "standard output can't be written%s",
	                       is_new ? ", so it was removed again" : "");
}

/* Check that the caller has the access that the mode requests, as shmget(2) and open(2) do. */
static int check_access(const struct creation *creation)
{
	mode_t any = creation->mode | creation->mode >> 3 | creation->mode >> 6;
	int wanted = ((any & S_IROTH) != 0 ? R_OK : 0) | ((any & S_IWOTH) != 0 ? W_OK : 0);
	char path[sizeof(POSIX_DIRECTORY) + POSIX_FILE_SIZE];

	if (creation->ref.kind == REF_KEY)
		return sysv_check_access(creation->ref.key, creation->mode);
	snprintf(path, sizeof(path), POSIX_DIRECTORY "/%s", creation->ref.file);
	return access_check(AT_FDCWD, path, wanted);
}

/* The object exists: use it if it matches the request. */
static int take_existing(const struct creation *creation, const struct shm_object *object,
                         struct error *error)
{
	const struct create_options *options = creation->options;
	const char *owner = account_user(object->uid);
	char text[REF_TEXT_SIZE * 4];

	if (options->exclusive)
		return error_set(error, STATUS_FAILED,
		                 "already exists: %" PRIu64 " byte%s, mode %o, owner %s",
		                 object->bytes, plural_s(object->bytes), object->mode, owner);
	if (options->from != NULL)
		return error_set(error, STATUS_FAILED,
		                 "already exists: %" PRIu64
		                 " byte%s, mode %o, owner %s; --from fills only a new object "
		                 "(remove it first)",
		                 object->bytes, plural_s(object->bytes), object->mode, owner);
	if (options->size.number > object->bytes)
		return error_set(error, STATUS_FAILED,
		                 "already exists with %" PRIu64 " byte%s, fewer than the %" PRIu64
		                 " requested (request less, or remove it first)",
		                 object->bytes, plural_s(object->bytes), options->size.number);
	if (check_access(creation) < 0)
		return error_set(
		    error, STATUS_FAILED,
		    "already exists with mode %o, owner %s: no permission for the access that "
		    "mode %o requests",
		    object->mode, owner, creation->mode);
	message_note(&creation->context->message, creation->ref.text,
	             "already exists: %" PRIu64 " byte%s, mode %o, owner %s; left unchanged",
	             object->bytes, plural_s(object->bytes), object->mode, owner);
	if (object->kind == KIND_SHM)
		snprintf(text, sizeof(text), "%d", object->id);
	else
		text_visible(text, object->name, TEXT_VISIBLE);
	return print_result(text, false, error);
}

/* The result of an attempt. */
enum attempt {
	ATTEMPT_DONE,
	ATTEMPT_FAILED, /* with the error set */
	ATTEMPT_ABSENT, /* there is no object to use */
	ATTEMPT_TAKEN,  /* the name or key is in use, with the error set */
};

static enum attempt try_existing(const struct creation *creation, struct error *error)
{
	struct object_list list = { .count = 0 };
	enum attempt result = ATTEMPT_ABSENT;

	if (creation->ref.text[0] == '\0')
		return ATTEMPT_ABSENT;
	if (inventory_find(&creation->ref, &list, error) == 0)
		result = take_existing(creation, &list.objects[0], error) == 0 ? ATTEMPT_DONE
		                                                               : ATTEMPT_FAILED;
	else if (error->number != ENOENT)
		result = ATTEMPT_FAILED;
	object_list_free(&list);
	return result;
}

static int fill_segment(struct creation *creation, char *address, uint64_t bytes,
                        struct error *error)
{
	enum transfer_end end;
	uint64_t done;

	end = transfer_read(creation->content.fd, address, bytes, NULL, &done);
	if (end != TRANSFER_DONE)
		return content_failed(&creation->content, end, error);
	if (done < bytes)
		return error_set(error, STATUS_FAILED, "%s became shorter while it was read",
		                 creation->content.name);
	return 0;
}

/* Populate in steps, so that a signal takes effect early. */
static int populate_segment(char *address, uint64_t bytes, struct error *error)
{
	/* With larger pages, madvise(2) fails; read(2) populates them as well. */
	const uint64_t step = UINT64_C(1) << 28;

	for (uint64_t done = 0; done < bytes; done += step) {
		uint64_t length = bytes - done < step ? bytes - done : step;

		if (interrupt_pending())
			return error_set(error, STATUS_FAILED, "interrupted, nothing was created");
		if (mapping_populate_new(address + done, length) < 0)
			return error_set_errno(error, errno,
			                       "not enough memory for %" PRIu64 " byte%s", bytes,
			                       plural_s(bytes));
	}
	return 0;
}

/* The steps that require the segment to be attached: content and pages. */
static int furnish_segment(struct creation *creation, int id, uint64_t bytes, struct error *error)
{
	char *address;
	int result = -1;

	if (creation->content.fd < 0 && !creation->options->populate)
		return 0;
	address = sysv_attach(id);
	if (address == NULL)
		return error_set_errno(error, errno, "can't be attached");
	if (creation->content.fd >= 0)
		result = fill_segment(creation, address, bytes, error);
	else if (creation->options->hugetlb.given || shortage_check_memory(bytes, error) == 0)
		result = populate_segment(address, bytes, error);
	shmdt(address);
	return result;
}

/* Create a segment that only the owner and root can attach until it is complete. */
static enum attempt make_segment(struct creation *creation, struct error *error)
{
	const struct create_options *options = creation->options;
	const struct sysv_request request = {
		.key = creation->ref.key,
		.bytes = options->from != NULL ? creation->content.bytes : options->size.number,
		.mode = DEFAULT_MODE,
		.noreserve = options->noreserve,
		.hugetlb = options->hugetlb.given,
		.huge_page = options->hugetlb.number,
	};
	char mode[8];
	const struct object_change change = {
		/*
		 * The segment already has this mode; if shmctl(2) is refused, it cannot get
		 * another.
		 */
		.mode = creation->mode != DEFAULT_MODE ? mode : NULL,
		.owner = options->owner,
		.lock = options->lock,
	};
	bool removed;
	uint64_t nattch;
	char text[16];
	int id;

	snprintf(mode, sizeof(mode), "%o", creation->mode);
	if (sysv_create(&request, &id, error) < 0)
		return error->number == EEXIST ? ATTEMPT_TAKEN : ATTEMPT_FAILED;
	snprintf(text, sizeof(text), "%d", id);
	if (furnish_segment(creation, id, request.bytes, error) == 0 &&
	    sysv_change(id, &change, error) == 0 && print_result(text, true, error) == 0)
		return ATTEMPT_DONE;
	if (sysv_remove(id, &removed, &nattch) < 0)
		error_append(error, " (segment id:%d can't be removed again: %s)", id,
		             strerror(errno));
	return ATTEMPT_FAILED;
}

static enum attempt create_segment(struct creation *creation, struct error *error)
{
	struct shortage_stream stream = { .bytes = 0 };
	const struct transfer_watch watch = memory_watch(&stream);
	enum attempt result;

	if (creation->options->from != NULL &&
	    content_collect(&creation->content, &watch, error) < 0)
		return ATTEMPT_FAILED;
	if (creation->options->from != NULL && creation->content.bytes == 0) {
		error_set(error, STATUS_FAILED, "%s is empty, but a segment has at least 1 byte",
		          creation->content.name);
		return ATTEMPT_FAILED;
	}
	if (sysv_goes_with_creator()) {
		error_set(error, STATUS_FAILED,
		          "kernel.shm_rmid_forced is 1: an unattached segment is removed when "
		          "its creator exits, here at once (use --posix, or as root: sysctl "
		          "kernel.shm_rmid_forced=0)");
		return ATTEMPT_FAILED;
	}
	interrupt_hold();
	result = make_segment(creation, error);
	interrupt_release();
	return result;
}

static int fill_object(struct creation *creation, struct posix_draft *draft, struct error *error)
{
	struct shortage_stream stream = { .bytes = 0 };
	const struct transfer_watch watch = memory_watch(&stream);
	struct content *content = &creation->content;
	enum transfer_end end;
	uint64_t bytes;

	/* If the size is known, detect a lack of space before writing the first byte. */
	if (content->is_sized && posix_draft_resize(draft, content->bytes, false, error) < 0)
		return -1;
	end = transfer_copy(content->fd, draft->fd, &watch, &bytes);
	if (end == TRANSFER_WRITE_FAILED)
		return shortage_of_space(errno, 0, error);
	if (end != TRANSFER_DONE)
		return content_failed(content, end, error);
	if (bytes == 0)
		return error_set(error, STATUS_FAILED,
		                 "%s is empty, but an object has at least 1 byte", content->name);
	if (content->is_sized && bytes < content->bytes)
		return error_set(error, STATUS_FAILED, "%s became shorter while it was read",
		                 content->name);
	return 0;
}

static enum attempt make_object(struct creation *creation, struct posix_draft *draft,
                                struct error *error)
{
	const struct create_options *options = creation->options;
	char visible[REF_TEXT_SIZE * 4];
	int result;

	if (options->from != NULL)
		result = fill_object(creation, draft, error);
	else
		result = posix_draft_resize(draft, options->size.number, options->noreserve, error);
	if (result < 0)
		return ATTEMPT_FAILED;
	/* From here on it has a name, which must be printed. */
	interrupt_hold();
	if (posix_draft_publish(draft, creation->mode, &options->owner, error) < 0)
		return error->number == EEXIST ? ATTEMPT_TAKEN : ATTEMPT_FAILED;
	text_visible(visible, creation->ref.text, TEXT_VISIBLE);
	if (print_result(visible, true, error) == 0)
		return ATTEMPT_DONE;
	if (posix_draft_withdraw(draft) < 0)
		error_append(error, " (%s can't be removed again: %s)", visible, strerror(errno));
	return ATTEMPT_FAILED;
}

static enum attempt create_object(struct creation *creation, struct error *error)
{
	struct posix_draft draft;
	enum attempt result;

	if (posix_draft_begin(&draft, creation->ref.file, error) < 0)
		return error->number == EEXIST ? ATTEMPT_TAKEN : ATTEMPT_FAILED;
	/* A draft without a name is freed when this process ends for any reason. */
	if (draft.named)
		interrupt_hold();
	result = make_object(creation, &draft, error);
	posix_draft_discard(&draft);
	interrupt_release();
	return result;
}

/*
 * Use the existing object or create it. If another process creates or removes it in between, try
 * again, a limited number of times.
 */
static int create(struct creation *creation, struct error *error)
{
	enum { TRIES = 8 };

	for (int try = 0; try < TRIES; try++) {
		enum attempt result = try_existing(creation, error);

		if (result == ATTEMPT_ABSENT) {
			result = creation->ref.kind == REF_POSIX ? create_object(creation, error)
			                                         : create_segment(creation, error);
			creation->made = result == ATTEMPT_DONE;
		}
		if (result == ATTEMPT_DONE)
			return 0;
		/* Content from a pipe can't be read again. */
		if (result == ATTEMPT_FAILED || creation->options->from != NULL)
			return -1;
	}
	return -1;
}

/* The program replaces this process. If it can't be executed, report why. */
static enum exit_status run_anonymous(struct creation *creation)
{
	const struct command_context *context = creation->context;
	const struct create_options *options = creation->options;
	const struct anonymous_request request = {
		.bytes = options->size.number,
		.content = options->from != NULL ? &creation->content : NULL,
		.mode = creation->mode,
		.noreserve = options->noreserve,
		.hugetlb = options->hugetlb.given,
		.huge_page = options->hugetlb.number,
	};
	enum exit_status status = STATUS_FAILED;
	struct error error;

	if (anonymous_run(context, &request, &status, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = error.status;
	}
	content_close(&creation->content);
	return status;
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	struct creation creation = { .context = context, .options = parsed, .content.fd = -1 };
	const struct create_options *options = parsed;
	const char *subject = NULL;
	struct error error;
	int result = -1;

	(void)argc;
	(void)operands;
	if (create_options_check(context, options, &error) < 0)
		goto done;
	name_target(&creation);
	subject = creation.ref.text[0] != '\0' ? creation.ref.text : NULL;
	creation.mode =
	    options->mode != NULL ? mode_apply(options->mode, DEFAULT_MODE) : (mode_t)DEFAULT_MODE;
	if (options->from != NULL && content_open(options->from, &creation.content, &error) < 0)
		goto done;
	if (options->anonymous)
		return run_anonymous(&creation);
	result = create(&creation, &error);
done:
	content_close(&creation.content);
	if (result == 0) {
		/* Warn at creation only, not at every use. */
		if (creation.made && options->ftok.warning != NULL)
			message_note(&context->message, options->ftok.text, "%s",
			             options->ftok.warning);
		if (context->verbose && creation.made)
			message_note(&context->message, subject, "created, mode %o", creation.mode);
		return STATUS_DONE;
	}
	message_error(&context->message, subject, &error);
	return error.status;
}

/* Size and name are options: suggest them for an operand. */
static void hint_operand(const char *operand, struct error *error)
{
	struct error unused;
	uint64_t bytes;
	struct ref ref;

	/* Before REFs: a plain number would be an id, which can't be chosen. */
	if (size_parse(operand, &bytes, &unused) == 0)
		error_append(error, " (for the size, use --size %s)", operand);
	else if (ref_parse(operand, REF_OBJECT, &ref, &unused) < 0)
		return;
	else if (ref.kind == REF_POSIX && ref.object == KIND_PSHM)
		error_append(error, " (for the name, use --posix %s)", operand);
	else if (ref.kind == REF_KEY && ref.object == KIND_SHM)
		error_append(error,
		             strncmp(operand, "ftok:", strlen("ftok:")) == 0
		                 ? " (for the key, use --ftok %s)"
		                 : " (for the key, use --key %s)",
		             strncmp(operand, "key:", strlen("key:")) == 0 ||
		                     strncmp(operand, "ftok:", strlen("ftok:")) == 0
		                 ? strchr(operand, ':') + 1
		                 : operand);
}

static const struct option_hint hints[] = {
	{ "-n", "for the name of a POSIX object, use --posix /NAME" },
	{ "--name", "for the name of a POSIX object, use --posix /NAME" },
	{ "-M", "for the size, use --size BYTES (-M belongs to ipcmk)" },
	{ "--shmem", "for the size, use --size BYTES (--shmem belongs to ipcmk)" },
	{ "-Q", "for a message queue, use shmtool ipcmk -Q" },
	{ "--queue", "for a message queue, use shmtool ipcmk -Q" },
	{ "-S", "for a semaphore set, use shmtool ipcmk -S NUMBER" },
	{ "--semaphore", "for a semaphore set, use shmtool ipcmk -S NUMBER" },
	{ NULL, NULL },
};

const struct command create_command = {
	.name = "create",
	.summary = "Create a segment, a POSIX object, or memory without a name, and print its REF",
	.operands = "[-- PROGRAM [ARGUMENT...]]",
	.max_operands = 0,
	.takes_program = true,
	.groups = create_option_groups,
	.group_count = CREATE_OPTION_GROUPS,
	.options_size = sizeof(struct create_options),
	.common_offset = offsetof(struct create_options, common),
	.hint_operand = hint_operand,
	.option_hints = hints,
	.run = run,
};
