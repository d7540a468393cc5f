#include "commands/users/columns.h"

#include "system/account.h"

#include <inttypes.h>
#include <stdio.h>

static const struct user *user_of(const void *row)
{
	return ((const struct user_row *)row)->user;
}

static void get_user(const void *row, struct value *value)
{
	value_set_text(value, account_user(user_of(row)->uid));
}

static void get_how(const void *row, struct value *value)
{
	static const char *const words[] = {
		[USER_ATTACHED] = "attached",   [USER_MAPPED] = "mapped",     [USER_OPEN] = "open",
		[USER_WAITS] = "waits",         [USER_OPERATED] = "operated", [USER_SENT] = "sent",
		[USER_RECEIVED] = "received",   [USER_DIRECTORY] = "cwd",     [USER_ROOT] = "root",
		[USER_NAMESPACE] = "namespace",
	};

	value_set_text(value, words[user_of(row)->how]);
}

static bool is_gone(const struct user *user)
{
	return user->how >= USER_OPERATED && user->life != CREATOR_LIVES;
}

static void get_alive(const void *row, struct value *value)
{
	const struct user *user = user_of(row);

	if (is_gone(user) && user->life == CREATOR_UNKNOWN)
		value_set_unknown(value);
	else
		value_set_text(value, is_gone(user) ? "no" : "yes");
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

	value_set_text(value, user->is_private ? "private" : user->any_private ? "both" : "shared");
}

static void get_address(const void *row, struct value *value)
{
	snprintf(value->scratch, sizeof(value->scratch), "0x%" PRIx64, user_of(row)->address);
	value_set_text(value, value->scratch);
}

/* Bits of what is known of a row. */
enum {
	IS_OPEN = 1 << 0,
	IS_MAPPED = 1 << 1,
	HAS_RESIDENT = 1 << 2,
	HAS_REF = 1 << 3,
	HAS_USED = 1 << 4,
	IS_ALIVE = 1 << 5,
	IS_MEMORY = 1 << 6,
	IS_HUGE = 1 << 7,
	HAS_SHARE = 1 << 8,
};

static unsigned int known_of(const void *row)
{
	const struct user_row *user = row;
	const bool is_open = user->user->how == USER_OPEN;
	const bool is_memory = user->user->how < USER_HOW_COUNT;
	const bool is_mapped = is_memory && !is_open;

	return (is_open || user->user->how == USER_NAMESPACE ? IS_OPEN : 0U) |
	       (is_mapped ? IS_MAPPED : 0U) |
	       (is_mapped && user->has_resident ? HAS_RESIDENT : 0U) |
	       (is_mapped && user->has_resident && !user->user->share_unknown ? HAS_SHARE : 0U) |
	       (is_memory ? IS_MEMORY : 0U) | (is_gone(user->user) ? 0U : IS_ALIVE) |
	       (user->used->ref[0] != '\0' ? HAS_REF : 0U) |
	       (user->used->knows_used ? HAS_USED : 0U) |
	       (user->used->huge_page > 0 ? IS_HUGE : 0U);
}

#define USER(type, member) FIELD_BEHIND(type, struct user_row, user, struct user, member)
#define USED(type, member) FIELD_BEHIND(type, struct user_row, used, struct used, member)

static const struct column columns[] = {
	{ "kind",
	  "kind of object: shm, pshm, psem, msg, sem, pmsg, memfd, anon, removed, detached or file",
	  COLUMN_TEXT, ALIGN_LEFT, .field = USED(FIELD_TEXT, kind), .whole = true },
	{ "ref", "REF of the object, for any command", COLUMN_REF, ALIGN_LEFT,
	  .field = USED(FIELD_TEXT, ref), .known = HAS_REF },
	{ "name", "name of a POSIX object or memfd, or former name of a removed file", COLUMN_TEXT,
	  ALIGN_LEFT, .field = USED(FIELD_TEXT, name), .importance = IMPORTANCE_HIGH },
	{ "used", "bytes allocated, in memory and swap", COLUMN_SIZE, ALIGN_RIGHT,
	  .field = USED(FIELD_UNSIGNED, used), .known = HAS_USED, .needs = USERS_NEED_USED },
	{ "label", "SELinux label of the file", COLUMN_TEXT, ALIGN_LEFT,
	  .field = USED(FIELD_TEXT, label), .needs = USERS_NEED_LABEL,
	  .importance = IMPORTANCE_LOW },
	{ "huge", "with --unnamed: size of its huge pages", COLUMN_SIZE, ALIGN_RIGHT,
	  .field = USED(FIELD_UNSIGNED, huge_page), .known = IS_HUGE },
	{ "pid", "process", COLUMN_NUMBER, ALIGN_RIGHT, .field = USER(FIELD_PID, pid),
	  .importance = IMPORTANCE_NEEDED },
	{ "user", "user of the process", COLUMN_TEXT, ALIGN_LEFT, .value = get_user,
	  .known = IS_ALIVE },
	{ "uid", "uid of the process", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = USER(FIELD_UNSIGNED, uid), .known = IS_ALIVE },
	{ "command", "command of the process", COLUMN_TEXT, ALIGN_LEFT,
	  .field = USER(FIELD_CHARS, command), .known = IS_ALIVE, .importance = IMPORTANCE_HIGH },
	{ "cmdline", "command of the process with its arguments", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct user_row, arguments), .known = IS_ALIVE,
	  .needs = USERS_NEED_ARGUMENTS, .importance = IMPORTANCE_LOW, .alias = "args" },
	{ "cgroup", "control group of the process", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct user_row, cgroup.path), .known = IS_ALIVE,
	  .needs = USERS_NEED_CGROUP },
	{ "unit", "unit, container or job of that group", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct user_row, cgroup.unit), .known = IS_ALIVE,
	  .needs = USERS_NEED_CGROUP },
	{ "role", "in a channel of send and recv: sender or receiver", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct user_row, role), .known = IS_MEMORY,
	  .needs = USERS_NEED_ROLE },
	{ "alive", "whether the process still runs: yes or no", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_alive },
	{ "how", "attached, mapped, open, waits, operated, sent, received, cwd, root or namespace",
	  COLUMN_TEXT, ALIGN_LEFT, .value = get_how, .importance = IMPORTANCE_HIGH, .whole = true },
	{ "access", "access: r, w, rw or none", COLUMN_TEXT, ALIGN_LEFT, .value = get_access,
	  .known = IS_MEMORY },
	{ "sharing", "sharing of mappings: shared, private or both", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_sharing, .known = IS_MAPPED, .importance = IMPORTANCE_LOW },
	{ "fd", "file descriptor; the lowest of several", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = USER(FIELD_UNSIGNED, fd), .known = IS_OPEN },
	{ "address", "address of the mapping; the lowest of several", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_address, .known = IS_MAPPED, .importance = IMPORTANCE_LOW, .whole = true },
	{ "bytes", "bytes mapped in total", COLUMN_SIZE, ALIGN_RIGHT,
	  .field = USER(FIELD_UNSIGNED, bytes), .known = IS_MAPPED, .alias = "size" },
	{ "resident", "mapped bytes that are in memory and in the page tables of the process",
	  COLUMN_SIZE, ALIGN_RIGHT, .field = USER(FIELD_UNSIGNED, resident), .known = HAS_RESIDENT,
	  .needs = USERS_NEED_RESIDENT, .alias = "rss" },
	{ "pss", "resident bytes, each divided by the number of processes that map it", COLUMN_SIZE,
	  ALIGN_RIGHT, .field = USER(FIELD_UNSIGNED, share), .known = HAS_SHARE,
	  .needs = USERS_NEED_RESIDENT },
	{ "count", "number of mappings, descriptors, semaphores or threads in this row",
	  COLUMN_NUMBER, ALIGN_RIGHT, .field = USER(FIELD_UNSIGNED, count),
	  .importance = IMPORTANCE_LOW },
};

const struct column_set user_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
	.known_of = known_of,
};

const char user_machine_columns[] = "kind,ref,pid,user,command,how,access,fd,address,bytes,count";

const char user_operation_machine_columns[] =
    "kind,ref,pid,user,command,how,access,fd,address,bytes,count,alive";

const char user_unnamed_machine_columns[] =
    "kind,ref,name,used,pid,user,command,how,access,fd,address,bytes,count";
