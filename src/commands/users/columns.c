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
		value_set_text(value, user->is_private    ? "private"
		                      : user->any_private ? "both"
		                                          : "shared");
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
	{ "kind", "of what is used: shm, pshm, psem, pmsg, memfd, anon or file", COLUMN_TEXT,
	  ALIGN_LEFT, .value = get_kind },
	{ "ref", "names what is used, for any command", COLUMN_REF, ALIGN_LEFT, .value = get_ref },
	{ "name", "of a POSIX object or a memfd; of what was removed, before", COLUMN_TEXT,
	  ALIGN_LEFT, .value = get_name },
	{ "used", "memory that it takes, swap included", COLUMN_SIZE, ALIGN_RIGHT,
	  .value = get_used, .needs = USERS_NEED_USED },
	{ "pid", "process", COLUMN_NUMBER, ALIGN_RIGHT, .value = get_pid },
	{ "user", "its user", COLUMN_TEXT, ALIGN_LEFT, .value = get_user },
	{ "uid", "its user's number", COLUMN_NUMBER, ALIGN_RIGHT, .value = get_uid },
	{ "command", "its command", COLUMN_TEXT, ALIGN_LEFT, .value = get_command },
	{ "how", "attached, mapped or open", COLUMN_TEXT, ALIGN_LEFT, .value = get_how },
	{ "access", "what it may do with it: r, w, rw or none", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_access },
	{ "sharing", "of mappings: shared, private, or both", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_sharing },
	{ "fd", "descriptor; the lowest of several", COLUMN_NUMBER, ALIGN_RIGHT, .value = get_fd },
	{ "address", "where it is mapped; the lowest of several", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_address },
	{ "bytes", "mapped, all together", COLUMN_SIZE, ALIGN_RIGHT, .value = get_bytes,
	  .alias = "size" },
	{ "resident", "of these, in memory and in the process's page tables", COLUMN_SIZE,
	  ALIGN_RIGHT, .value = get_resident, .needs = USERS_NEED_RESIDENT, .alias = "rss" },
	{ "count", "mappings or descriptors in this row", COLUMN_NUMBER, ALIGN_RIGHT,
	  .value = get_count },
};

const struct column_set user_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

const char user_machine_columns[] = "kind,ref,pid,user,command,how,access,fd,address,bytes,count";

const char user_unnamed_machine_columns[] =
    "kind,ref,name,used,pid,user,command,how,access,fd,address,bytes,count";
