/*
 * shmtool users: which processes attach, map or hold open an object, and how.
 */
#include "ipc/users.h"
#include "commands/commands.h"
#include "commands/common/complete.h"
#include "commands/common/filter_options.h"
#include "commands/common/format_options.h"
#include "commands/common/place_options.h"
#include "commands/common/refs.h"
#include "ipc/account.h"
#include "ipc/inventory.h"
#include "ipc/verdict.h"
#include "output/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct users_options {
	bool each;
	struct place_options place;
	struct filter_options filter;
	struct format_option_values format;
	struct common_options common;
};

static const struct option_spec specs[] = {
	{ "each", 0, NULL, "a row for each mapping and descriptor, not one for all of a process",
	  NULL, NULL, offsetof(struct users_options, each), 0 },
};

static const struct option_group groups[] = {
	{ "What to show", specs, OPTION_COUNT(specs), 0 },
	FILTER_OPTION_GROUP(struct users_options, filter),
	FORMAT_OPTION_GROUP(struct users_options, format, FORMAT_OPTION_COUNT_WITHOUT_TIMES),
	PLACE_OPTION_GROUP(struct users_options, place),
	COMMON_OPTION_GROUP(struct users_options, common),
};

/* What the columns need, in the bits of struct column. */
enum { USERS_NEED_RESIDENT = 1 << 0 };

static const char default_columns[] = "ref,pid,user,command,how,access,fd,address,bytes,count";
static const char each_columns[] = "ref,pid,user,command,how,access,fd,address,bytes";
static const char machine_columns[] = "kind,ref,pid,user,command,how,access,fd,address,bytes,count";

/* What is used. */
struct used {
	char ref[REF_TEXT_SIZE];
	const char *kind;
	size_t object; /* index in the list; SIZE_MAX for what is not listed */
};

/* What users are asked of. */
struct asked {
	struct object_list objects;
	struct used *used;
	struct users_target *targets;
	size_t count;
	size_t capacity;
	bool is_list; /* not named one by one */
};

/* A row. */
struct user_row {
	const struct user *user;
	const struct used *used;
	bool has_resident;
};

static const struct user *user_of(const void *row)
{
	return ((const struct user_row *)row)->user;
}

static void get_kind(const void *row, struct value *value)
{
	value_set_text(value, ((const struct user_row *)row)->used->kind);
}

static void get_ref(const void *row, struct value *value)
{
	value_set_text(value, ((const struct user_row *)row)->used->ref);
}

static void get_pid(const void *row, struct value *value)
{
	value_set_number(value, (uint64_t)user_of(row)->pid);
}

static void get_uid(const void *row, struct value *value)
{
	value_set_number(value, user_of(row)->uid);
}

static void get_user(const void *row, struct value *value)
{
	value_set_text(value, account_user(user_of(row)->uid));
}

static void get_command(const void *row, struct value *value)
{
	value_set_text(value, user_of(row)->command);
}

static void get_how(const void *row, struct value *value)
{
	static const char *const words[] = {
		[USER_ATTACHED] = "attached",
		[USER_MAPPED] = "mapped",
		[USER_OPEN] = "open",
	};

	value_set_text(value, words[user_of(row)->how]);
}

static void get_access(const void *row, struct value *value)
{
	static const char *const words[] = { "none", "r", "w", "rw" };
	const struct user *user = user_of(row);

	value_set_text(value, words[user->readable + 2 * user->writable]);
}

static void get_sharing(const void *row, struct value *value)
{
	const struct user *user = user_of(row);

	if (user->how != USER_OPEN)
		value_set_text(value, user->is_private ? "private" : "shared");
}

static void get_fd(const void *row, struct value *value)
{
	const struct user *user = user_of(row);

	if (user->how == USER_OPEN)
		value_set_number(value, (uint64_t)user->fd);
}

static void get_address(const void *row, struct value *value)
{
	const struct user *user = user_of(row);

	if (user->how == USER_OPEN)
		return;
	snprintf(value->scratch, sizeof(value->scratch), "0x%" PRIx64, user->address);
	value_set_text(value, value->scratch);
}

static void get_bytes(const void *row, struct value *value)
{
	const struct user *user = user_of(row);

	if (user->how != USER_OPEN)
		value_set_number(value, user->bytes);
}

static void get_resident(const void *row, struct value *value)
{
	const struct user *user = user_of(row);

	if (user->how != USER_OPEN && ((const struct user_row *)row)->has_resident)
		value_set_number(value, user->resident);
}

static void get_count(const void *row, struct value *value)
{
	value_set_number(value, user_of(row)->count);
}

static const struct column columns[] = {
	{ "kind", "of what is used: shm, pshm, psem, memfd or file", COLUMN_TEXT, ALIGN_LEFT,
	  get_kind, 0, NULL },
	{ "ref", "names what is used, for any command", COLUMN_REF, ALIGN_LEFT, get_ref, 0, NULL },
	{ "pid", "process", COLUMN_NUMBER, ALIGN_RIGHT, get_pid, 0, NULL },
	{ "user", "its user", COLUMN_TEXT, ALIGN_LEFT, get_user, 0, NULL },
	{ "uid", "its user's number", COLUMN_NUMBER, ALIGN_RIGHT, get_uid, 0, NULL },
	{ "command", "its command", COLUMN_TEXT, ALIGN_LEFT, get_command, 0, NULL },
	{ "how", "attached, mapped or open", COLUMN_TEXT, ALIGN_LEFT, get_how, 0, NULL },
	{ "access", "what it may do with it: r, w, rw or none", COLUMN_TEXT, ALIGN_LEFT, get_access,
	  0, NULL },
	{ "sharing", "of mappings: shared, or private", COLUMN_TEXT, ALIGN_LEFT, get_sharing, 0,
	  NULL },
	{ "fd", "descriptor; the lowest of several", COLUMN_NUMBER, ALIGN_RIGHT, get_fd, 0, NULL },
	{ "address", "where it is mapped; the lowest of several", COLUMN_TEXT, ALIGN_LEFT,
	  get_address, 0, NULL },
	{ "bytes", "mapped, all together", COLUMN_SIZE, ALIGN_RIGHT, get_bytes, 0, "size" },
	{ "resident", "of these, in memory and in the process's page tables", COLUMN_SIZE,
	  ALIGN_RIGHT, get_resident, USERS_NEED_RESIDENT, "rss" },
	{ "count", "mappings or descriptors in this row", COLUMN_NUMBER, ALIGN_RIGHT, get_count, 0,
	  NULL },
};

static const struct column_set users_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

static int no_memory(struct error *error)
{
	return error_set(error, STATUS_FAILED, "out of memory");
}

/* Room for one more, and its target; NULL with error set. It counts once it is filled. */
static struct used *reserve(struct asked *asked, struct error *error)
{
	size_t capacity = asked->capacity > 0 ? asked->capacity * 2 : 64;
	struct users_target *targets;
	struct used *used;

	if (asked->used == NULL || asked->count == asked->capacity) {
		targets = reallocarray(asked->targets, capacity, sizeof(*targets));
		if (targets != NULL)
			asked->targets = targets;
		used = reallocarray(asked->used, capacity, sizeof(*used));
		if (used != NULL)
			asked->used = used;
		if (targets == NULL || used == NULL) {
			no_memory(error);
			return NULL;
		}
		asked->capacity = capacity;
	}
	return &asked->used[asked->count];
}

/* An object of the list. */
static int ask_object(struct asked *asked, size_t index, struct error *error)
{
	const struct shm_object *object = &asked->objects.objects[index];
	struct used *used = reserve(asked, error);

	if (used == NULL)
		return -1;
	if (users_target_of_object(object, &asked->targets[asked->count]) < 0)
		return error_set_errno(error, errno, "%s can't be looked at", POSIX_DIRECTORY);
	object_ref(object, used->ref);
	used->kind = kind_word(object->kind);
	used->object = index;
	asked->count++;
	return 0;
}

static int ask_ref(struct asked *asked, const struct ref *ref, struct error *error)
{
	struct used *used;

	if (ref_is_listed(ref)) {
		if (inventory_find(ref, &asked->objects, error) < 0)
			return -1;
		return ask_object(asked, asked->objects.count - 1, error);
	}
	used = reserve(asked, error);
	if (used == NULL || users_target_of_ref(ref, &asked->targets[asked->count], error) < 0)
		return -1;
	memcpy(used->ref, ref->text, sizeof(used->ref));
	used->kind = asked->targets[asked->count].is_memfd ? "memfd" : "file";
	used->object = SIZE_MAX;
	asked->count++;
	return 0;
}

static void asked_free(struct asked *asked)
{
	object_list_free(&asked->objects);
	free(asked->targets);
	free(asked->used);
}

/* What the rows don't say about one object. */
static void tell_about(const struct command_context *context, const struct asked *asked,
                       size_t index, const struct user *users, size_t count, bool blind)
{
	const struct used *used = &asked->used[index];
	const struct shm_object *object =
	    used->object != SIZE_MAX ? &asked->objects.objects[used->object] : NULL;
	uint64_t seen = 0;
	uint64_t unseen = 0;

	for (size_t i = 0; i < count; i++)
		seen += users[i].areas;
	if (object != NULL && object->kind == KIND_SHM)
		unseen = verdict_unseen_attaches(object, seen);
	if (unseen > 0)
		message_note(&context->message, used->ref,
		             "attached %" PRIu64 " times, %" PRIu64
		             " of them by processes that can't be seen",
		             seen + unseen, unseen);
	else if (count == 0 && !asked->is_list)
		message_note(&context->message, used->ref, "no process%s uses it",
		             blind && (object == NULL || object->kind != KIND_SHM)
		                 ? " that can be seen"
		                 : "");
}

static void tell(const struct command_context *context, const struct asked *asked,
                 const struct users_list *list)
{
	const bool blind = users_are_blind(&list->blind);
	size_t first = 0;

	for (size_t i = 0; i < asked->count; i++) {
		size_t end = first;

		while (end < list->count && list->users[end].target == i)
			end++;
		tell_about(context, asked, i, &list->users[first], end - first, blind);
		first = end;
	}
	if (asked->is_list && list->count == 0)
		message_note(&context->message, NULL, "no users of shared memory%s",
		             blind ? " can be seen" : "");
	if (blind) {
		char text[USERS_BLIND_TEXT_SIZE];

		users_blind_text(&list->blind, false, text);
		message_note(&context->message, NULL, "%s", text);
	}
}

static int print_rows(struct report *report, const struct asked *asked,
                      const struct users_list *list, bool each, bool resident, struct error *error)
{
	struct user_row *made = calloc(list->count + 1, sizeof(*made));
	const void **rows = calloc(list->count + 1, sizeof(*rows));
	const struct report_section section = {
		.title = "Shared Memory Users",
		.columns = each ? each_columns : default_columns,
		.rows = rows,
		.count = list->count,
	};
	int result = -1;

	for (size_t i = 0; made != NULL && rows != NULL && i < list->count; i++) {
		made[i].user = &list->users[i];
		made[i].used = &asked->used[list->users[i].target];
		made[i].has_resident = resident;
		rows[i] = &made[i];
	}
	if (made != NULL && rows != NULL)
		result = report_sections(report, &section, 1, error);
	else
		no_memory(error);
	free(made);
	free(rows);
	return result;
}

/* Find what is asked about. What can't be found is told on stderr. */
static enum exit_status ask(const struct command_context *context,
                            const struct object_filter *filter, const struct ref_list *refs,
                            struct asked *asked)
{
	const unsigned int needs[KIND_COUNT] = { 0 };
	enum exit_status status = refs->status;
	struct error error;

	asked->is_list = refs->refs == NULL;
	for (size_t i = 0; refs->refs != NULL && i < refs->count; i++) {
		if (ask_ref(asked, &refs->refs[i], &error) < 0) {
			message_error(&context->message, refs->refs[i].text, &error);
			status = STATUS_FAILED;
		}
	}
	if (asked->is_list && inventory_list(filter, needs, &asked->objects, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	for (size_t i = 0; asked->is_list && i < asked->objects.count; i++) {
		if (ask_object(asked, i, &error) < 0) {
			message_error(&context->message, NULL, &error);
			return STATUS_FAILED;
		}
	}
	return status;
}

static enum exit_status show(const struct command_context *context,
                             const struct users_options *options, struct report *report,
                             const struct object_filter *filter, const struct ref_list *refs)
{
	const char *section_columns = options->each ? each_columns : default_columns;
	struct asked asked = { .count = 0 };
	struct users_list list = { .count = 0 };
	enum exit_status status = ask(context, filter, refs, &asked);
	const struct users_request request = {
		.targets = asked.targets,
		.count = asked.count,
		.each = options->each,
		.resident = (report_needs(report, section_columns) & USERS_NEED_RESIDENT) != 0,
	};
	struct error error;

	if ((asked.count > 0 && users_scan(&request, &list, &error) < 0) ||
	    print_rows(report, &asked, &list, options->each, request.resident, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	report_close(report);
	if (asked.count > 0 || asked.is_list)
		tell(context, &asked, &list);
	users_free(&list);
	asked_free(&asked);
	return status;
}

/* Refuse what can't be meant. */
static int check(const struct users_options *options, struct object_filter *filter,
                 const struct ref_list *refs, struct error *error)
{
	if (refs->refs != NULL && filter_options_given(&options->filter))
		return error_set(error, STATUS_USAGE, "REFs and filters exclude each other");
	if (options->filter.filter.kinds != 0 && !(options->filter.filter.kinds & KINDS_WITH_USERS))
		return error_set(
		    error, STATUS_USAGE,
		    "users can be found of memory and named semaphores: --kind shm,pshm,psem");
	filter->kinds &= KINDS_WITH_USERS;
	return 0;
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct users_options *options = parsed;
	struct ref_list refs = { .count = 0 };
	struct format_options format;
	struct object_filter filter;
	struct report *report = NULL;
	enum exit_status status;
	struct error error;

	if (format_options_want_help(&options->format)) {
		report_list_columns(&users_columns);
		return STATUS_DONE;
	}
	if (argc > 0 && refs_parse(context, REF_MEMORY, argc, operands, &refs) < 0) {
		refs_free(&refs);
		return refs.status;
	}
	if (place_options_enter(context, &options->place) < 0) {
		refs_free(&refs);
		return STATUS_FAILED;
	}
	filter_options_resolve(&options->filter, &filter);
	if (check(options, &filter, &refs, &error) == 0 &&
	    format_options_resolve(&options->format, &format, &error) == 0)
		report = report_open(&users_columns, &format, machine_columns, &error);
	if (report == NULL) {
		message_error(&context->message, NULL, &error);
		status = error.status;
	} else {
		status = show(context, options, report, &filter, &refs);
	}
	refs_free(&refs);
	return status;
}

const struct command users_command = {
	.name = "users",
	.summary = "Show which processes attach, map or hold open an object",
	.operands = "[REF...]",
	.max_operands = -1,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct users_options),
	.common_offset = offsetof(struct users_options, common),
	.columns = &users_columns,
	.complete_operand = complete_refs_and_files,
	.run = run,
};
