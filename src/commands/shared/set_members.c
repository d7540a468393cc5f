#include "commands/shared/set_members.h"

#include "base/memory.h"
#include "objects/kind.h"
#include "objects/semaphore_set.h"
#include "system/account.h"
#include "system/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A row: one semaphore. */
struct member_row {
	const struct shm_object *set;
	int index;
	struct set_member member;
};

static void get_ref(const void *row, struct value *value)
{
	object_ref(((const struct member_row *)row)->set, value->scratch);
	value->kind = VALUE_TEXT;
	value->text = value->scratch;
}

static void get_owner(const void *row, struct value *value)
{
	value_set_text(value, account_user(((const struct member_row *)row)->set->uid));
}

static void get_command(const void *row, struct value *value)
{
	const struct member_row *member = row;
	const struct shm_object *set = member->set;
	/* Setting a value with semctl(2) counts as an operation, but sets the change time. */
	time_t last =
	    set->operation_time > set->change_time ? set->operation_time : set->change_time;

	value->kind = VALUE_UNKNOWN;
	/* A process younger than the last operation has only reused the PID. */
	if (!process_creator_command(member->member.pid, last, value->scratch))
		return;
	value->kind = VALUE_TEXT;
	value->text = value->scratch;
}

static const struct column columns[] = {
	{ "ref", "REF of the set, for any command", COLUMN_REF, ALIGN_LEFT, .value = get_ref },
	{ "semid", "id of the set", COLUMN_NUMBER, ALIGN_LEFT,
	  .field = FIELD_BEHIND(FIELD_UNSIGNED, struct member_row, set, struct shm_object, id),
	  .alias = "id" },
	{ "key", "key of the set", COLUMN_KEY, ALIGN_LEFT,
	  .field = FIELD_BEHIND(FIELD_UNSIGNED, struct member_row, set, struct shm_object, key) },
	{ "owner", "owner of the set", COLUMN_TEXT, ALIGN_LEFT, .value = get_owner,
	  .alias = "user" },
	{ "semnum", "index in the set, from 0", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct member_row, index) },
	{ "value", "value", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct member_row, member.value) },
	{ "ncount", "number of processes waiting for a greater value", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct member_row, member.increase_waiters) },
	{ "zcount", "number of processes waiting for 0", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct member_row, member.zero_waiters) },
	{ "pid", "PID of the last operation", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_PID, struct member_row, member.pid) },
	{ "command", "command of that process, while it runs", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_command },
};

const struct column_set set_member_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

static bool is_gone(int number)
{
	return number == EINVAL || number == EIDRM;
}

/* Read all semaphores of a set. Returns 0, or -1 with errno. */
static int read_set(const struct shm_object *set, struct member_row *rows)
{
	for (uint64_t i = 0; i < set->semaphores; i++) {
		rows[i].set = set;
		rows[i].index = (int)i;
		if (semaphore_set_read(set->id, rows[i].index, &rows[i].member) < 0)
			return -1;
	}
	return 0;
}

/* Describe why a set could not be read. */
static void explain(int number, struct error *error)
{
	if (is_gone(number))
		error_set(error, STATUS_FAILED, "the semaphore set no longer exists");
	else if (number == EACCES)
		error_set(error, STATUS_FAILED,
		          "its semaphores can't be read: no read permission for the set");
	else
		error_set_errno(error, number, "its semaphores can't be inspected");
}

/* Report that a set could not be read. Returns STATUS_FAILED if that is a failure. */
static enum exit_status report_unread(const struct command_context *context,
                                      const struct shm_object *set, enum members_purpose purpose,
                                      int number)
{
	char ref[REF_TEXT_SIZE];
	struct error error;

	if (purpose == MEMBERS_OF_LIST && is_gone(number))
		return STATUS_DONE;
	object_ref(set, ref);
	explain(number, &error);
	if (purpose == MEMBERS_BESIDE_DETAILS) {
		message_note(&context->message, ref, "%s", error.text);
		return STATUS_DONE;
	}
	message_error(&context->message, ref, &error);
	return STATUS_FAILED;
}

static uint64_t count_members(const struct object_list *list)
{
	uint64_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->objects[i].kind == KIND_SEM)
			count += list->objects[i].semaphores;
	}
	return count;
}

enum exit_status set_members_print(const struct command_context *context, struct report *report,
                                   const struct object_list *list, enum members_purpose purpose)
{
	const uint64_t room = count_members(list);
	struct member_row *members = needed_array(room, sizeof(*members));
	const void **rows = needed_array(room, sizeof(*rows));
	struct report_section section = {
		.title = "Semaphores",
		.columns = "semid,semnum,value,ncount,zcount,pid,command",
		.rows = rows,
	};
	enum exit_status status = STATUS_DONE;
	struct error error;

	for (size_t i = 0; i < list->count; i++) {
		const struct shm_object *set = &list->objects[i];

		if (set->kind != KIND_SEM)
			continue;
		if (read_set(set, &members[section.count]) == 0)
			section.count += set->semaphores;
		else if (report_unread(context, set, purpose, errno) != STATUS_DONE)
			status = STATUS_FAILED;
	}
	for (size_t i = 0; i < section.count; i++)
		rows[i] = &members[i];
	if (section.count == 0 && purpose == MEMBERS_BESIDE_DETAILS)
		goto done;
	if (report_sections(report, &section, 1, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
done:
	free(members);
	free(rows);
	return status;
}
