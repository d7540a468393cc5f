#include "commands/users/columns.h"

#include "system/account.h"

#include <inttypes.h>
#include <stdio.h>

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
	const struct used *used = ((const struct user_row *)row)->used;

	if (used->ref[0] != '\0')
		value_set_text(value, used->ref);
}

static void get_name(const void *row, struct value *value)
{
	const struct used *used = ((const struct user_row *)row)->used;

	if (used->name != NULL)
		value_set_text(value, used->name);
}

static void get_used(const void *row, struct value *value)
{
	const struct used *used = ((const struct user_row *)row)->used;

	if (used->knows_used)
		value_set_number(value, used->used);
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
	{ "kind", "of what is used: shm, pshm, psem, memfd, anon or file", COLUMN_TEXT, ALIGN_LEFT,
	  get_kind, 0, NULL },
	{ "ref", "names what is used, for any command", COLUMN_REF, ALIGN_LEFT, get_ref, 0, NULL },
	{ "name", "of a POSIX object or a memfd; of what was removed, before", COLUMN_TEXT,
	  ALIGN_LEFT, get_name, 0, NULL },
	{ "used", "memory that it takes, swap included", COLUMN_SIZE, ALIGN_RIGHT, get_used,
	  USERS_NEED_USED, NULL },
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

const struct column_set user_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

const char user_machine_columns[] = "kind,ref,pid,user,command,how,access,fd,address,bytes,count";

const char user_unnamed_machine_columns[] =
    "kind,ref,name,used,pid,user,command,how,access,fd,address,bytes,count";
