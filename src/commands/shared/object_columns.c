#include "commands/shared/object_columns.h"

#include "objects/filter.h"
#include "system/account.h"
#include "system/mode.h"
#include "system/namespace_list.h"
#include "usage/verdict.h"

#include <stdio.h>
#include <unistd.h>

/* A time that never was is 0 in a segment; a file can't have that time by itself. */
static void set_time(struct value *value, time_t when)
{
	if (when == 0) {
		value_set_unknown(value);
		return;
	}
	value->kind = VALUE_SIGNED;
	value->signed_number = when;
}

static void set_pid(struct value *value, pid_t pid)
{
	if (pid > 0)
		value_set_number(value, (uint64_t)pid);
	else
		value_set_unknown(value);
}

/* A number that is only known if a bit says so. */
static void set_known(struct value *value, const struct shm_object *object, enum object_known known,
                      uint64_t number)
{
	if (object->known & known)
		value_set_number(value, number);
	else
		value_set_unknown(value);
}

static time_t now(void)
{
	static time_t at_start;

	if (at_start == 0)
		at_start = time(NULL);
	return at_start;
}

/*
 * The values. A row that has no such thing leaves the value absent.
 */

/* The row if it is of one of some kinds, else NULL. */
static const struct shm_object *of_kinds(const void *row, unsigned int kinds)
{
	const struct shm_object *object = row;

	return (KIND_BIT(object->kind) & kinds) != 0 ? object : NULL;
}

static const struct shm_object *segment(const void *row)
{
	return of_kinds(row, KIND_BIT(KIND_SHM));
}

static const struct shm_object *sysv(const void *row)
{
	return of_kinds(row, KINDS_SYSV);
}

static const struct shm_object *file(const void *row)
{
	return of_kinds(row, KINDS_POSIX);
}

static const struct shm_object *queue(const void *row)
{
	return of_kinds(row, KIND_BIT(KIND_MSG));
}

static const struct shm_object *posix_queue(const void *row)
{
	return of_kinds(row, KIND_BIT(KIND_PMSG));
}

static const struct shm_object *semaphore_set(const void *row)
{
	return of_kinds(row, KIND_BIT(KIND_SEM));
}

/* What has bytes in memory. */
static const struct shm_object *memory(const void *row)
{
	return of_kinds(row, KIND_BIT(KIND_SHM) | KINDS_DEVSHM);
}

static void get_kind(const void *row, struct value *value)
{
	value_set_text(value, kind_word(((const struct shm_object *)row)->kind));
}

static void get_ref(const void *row, struct value *value)
{
	object_ref(row, value->scratch);
	value_set_text(value, value->scratch);
}

static void get_key(const void *row, struct value *value)
{
	const struct shm_object *object = sysv(row);

	if (object != NULL)
		value_set_number(value, (uint32_t)object->key);
}

static void get_shmid(const void *row, struct value *value)
{
	const struct shm_object *object = segment(row);

	if (object != NULL)
		value_set_number(value, (uint64_t)object->id);
}

static void get_id(const void *row, struct value *value)
{
	const struct shm_object *object = sysv(row);

	if (object != NULL)
		value_set_number(value, (uint64_t)object->id);
}

static void get_msqid(const void *row, struct value *value)
{
	const struct shm_object *object = queue(row);

	if (object != NULL)
		value_set_number(value, (uint64_t)object->id);
}

static void get_semid(const void *row, struct value *value)
{
	const struct shm_object *object = semaphore_set(row);

	if (object != NULL)
		value_set_number(value, (uint64_t)object->id);
}

static void get_name(const void *row, struct value *value)
{
	const struct shm_object *object = file(row);

	if (object != NULL)
		value_set_text(value, object->name);
}

static void get_owner(const void *row, struct value *value)
{
	value_set_text(value, account_user(((const struct shm_object *)row)->uid));
}

static void get_uid(const void *row, struct value *value)
{
	value_set_number(value, ((const struct shm_object *)row)->uid);
}

static void get_group(const void *row, struct value *value)
{
	value_set_text(value, account_group(((const struct shm_object *)row)->gid));
}

static void get_gid(const void *row, struct value *value)
{
	value_set_number(value, ((const struct shm_object *)row)->gid);
}

static void get_creator(const void *row, struct value *value)
{
	const struct shm_object *object = sysv(row);

	if (object != NULL)
		value_set_text(value, account_user(object->creator_uid));
}

static void get_cuid(const void *row, struct value *value)
{
	const struct shm_object *object = sysv(row);

	if (object != NULL)
		value_set_number(value, object->creator_uid);
}

static void get_cgroup(const void *row, struct value *value)
{
	const struct shm_object *object = sysv(row);

	if (object != NULL)
		value_set_text(value, account_group(object->creator_gid));
}

static void get_cgid(const void *row, struct value *value)
{
	const struct shm_object *object = sysv(row);

	if (object != NULL)
		value_set_number(value, object->creator_gid);
}

static void get_perms(const void *row, struct value *value)
{
	value_set_number(value, ((const struct shm_object *)row)->mode);
}

static void get_mode(const void *row, struct value *value)
{
	mode_letters(((const struct shm_object *)row)->mode, value->scratch);
	value_set_text(value, value->scratch);
}

static void get_bytes(const void *row, struct value *value)
{
	const struct shm_object *object = row;

	if (object_size_is_known(object))
		value_set_number(value, object->bytes);
	else if (object->kind != KIND_SEM)
		value_set_unknown(value);
}

static void get_pages(const void *row, struct value *value)
{
	const struct shm_object *object = memory(row);
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);

	if (object != NULL)
		value_set_number(value,
		                 object->bytes / page_bytes + (object->bytes % page_bytes > 0));
}

static void get_used(const void *row, struct value *value)
{
	const struct shm_object *object = row;

	if (object->kind != KIND_SEM)
		set_known(value, object, KNOWN_USED, object->used);
}

static void get_rss(const void *row, struct value *value)
{
	const struct shm_object *object = memory(row);

	if (object != NULL)
		set_known(value, object, KNOWN_RESIDENCY, object->resident);
}

static void get_swap(const void *row, struct value *value)
{
	const struct shm_object *object = memory(row);

	if (object != NULL)
		set_known(value, object, KNOWN_RESIDENCY, object->used - object->resident);
}

static void get_messages(const void *row, struct value *value)
{
	const struct shm_object *object = row;

	if (object->kind == KIND_MSG)
		value_set_number(value, object->messages);
	else if (object->kind == KIND_PMSG)
		set_known(value, object, KNOWN_MESSAGES, object->messages);
}

static void get_maxmsg(const void *row, struct value *value)
{
	const struct shm_object *object = posix_queue(row);

	if (object != NULL)
		set_known(value, object, KNOWN_MESSAGES, object->most_messages);
}

static void get_msgsize(const void *row, struct value *value)
{
	const struct shm_object *object = posix_queue(row);

	if (object != NULL)
		set_known(value, object, KNOWN_MESSAGES, object->message_bytes);
}

static void get_nsems(const void *row, struct value *value)
{
	const struct shm_object *object = semaphore_set(row);

	if (object != NULL)
		value_set_number(value, object->semaphores);
}

static void get_nattch(const void *row, struct value *value)
{
	const struct shm_object *object = segment(row);

	if (object != NULL)
		value_set_number(value, object->attaches);
}

static void get_status(const void *row, struct value *value)
{
	const struct shm_object *object = segment(row);

	if (object == NULL)
		return;
	if (object->marked && object->locked)
		value_set_text(value, "dest,locked");
	else if (object->marked)
		value_set_text(value, "dest");
	else if (object->locked)
		value_set_text(value, "locked");
	else
		value_set_unknown(value);
}

static void get_value(const void *row, struct value *value)
{
	const struct shm_object *object = row;

	if (object->kind == KIND_PSEM)
		set_known(value, object, KNOWN_VALUE, object->semaphore_value);
}

static void get_cpid(const void *row, struct value *value)
{
	const struct shm_object *object = segment(row);

	if (object != NULL)
		set_pid(value, object->creator_pid);
}

static void get_lpid(const void *row, struct value *value)
{
	const struct shm_object *object = segment(row);

	if (object != NULL)
		set_pid(value, object->last_pid);
}

static void get_lspid(const void *row, struct value *value)
{
	const struct shm_object *object = queue(row);

	if (object != NULL)
		set_pid(value, object->send_pid);
}

static void get_lrpid(const void *row, struct value *value)
{
	const struct shm_object *object = queue(row);

	if (object != NULL)
		set_pid(value, object->receive_pid);
}

static void get_command(const void *row, struct value *value)
{
	const struct shm_object *object = segment(row);

	if (object == NULL)
		return;
	if (object->command != NULL)
		value_set_text(value, object->command);
	else
		value_set_unknown(value);
}

static void get_atime(const void *row, struct value *value)
{
	const struct shm_object *object = row;

	if (object->kind == KIND_SHM)
		set_time(value, object->attach_time);
	else if (file(row) != NULL)
		set_time(value, object->access_time);
}

static void get_dtime(const void *row, struct value *value)
{
	const struct shm_object *object = segment(row);

	if (object != NULL)
		set_time(value, object->detach_time);
}

static void get_mtime(const void *row, struct value *value)
{
	const struct shm_object *object = file(row);

	if (object != NULL)
		set_time(value, object->modify_time);
}

static void get_stime(const void *row, struct value *value)
{
	const struct shm_object *object = queue(row);

	if (object != NULL)
		set_time(value, object->send_time);
}

static void get_rtime(const void *row, struct value *value)
{
	const struct shm_object *object = queue(row);

	if (object != NULL)
		set_time(value, object->receive_time);
}

static void get_otime(const void *row, struct value *value)
{
	const struct shm_object *object = semaphore_set(row);

	if (object != NULL)
		set_time(value, object->operation_time);
}

static void get_ctime(const void *row, struct value *value)
{
	set_time(value, ((const struct shm_object *)row)->change_time);
}

static void get_age(const void *row, struct value *value)
{
	value_set_number(value, object_age(row, now()));
}

static void get_idle(const void *row, struct value *value)
{
	value_set_number(value, object_idle(row, now()));
}

static void get_inode(const void *row, struct value *value)
{
	const struct shm_object *object = row;

	/* The kernel gives a segment's file the id as its inode number. */
	if (object->kind == KIND_SHM)
		value_set_number(value, (uint64_t)object->id);
	else if (file(row) != NULL)
		value_set_number(value, object->inode);
}

/* The usage of what can have users; NULL, and an unknown value, if it was not found out. */
static const struct object_usage *usage(const void *row, struct value *value)
{
	const struct shm_object *object = of_kinds(row, KINDS_WITH_USERS);

	if (object == NULL)
		return NULL;
	value_set_unknown(value);
	return object->usage;
}

static void get_users(const void *row, struct value *value)
{
	const struct object_usage *found = usage(row, value);

	if (found != NULL && found->has_processes)
		value_set_number(value, found->processes);
}

static void get_commands(const void *row, struct value *value)
{
	const struct object_usage *found = usage(row, value);

	if (found != NULL && found->has_processes && *found->commands != '\0')
		value_set_text(value, found->commands);
}

static void get_use(const void *row, struct value *value)
{
	const struct object_usage *found = usage(row, value);

	if (found != NULL)
		value_set_text(value, use_word(found->use));
}

static void get_why(const void *row, struct value *value)
{
	const struct object_usage *found = usage(row, value);

	if (found != NULL)
		value_set_text(value, found->why);
}

/* Set once, before there are any rows. */
static const struct ipc_namespace_list *named_namespaces;

void object_columns_name_namespaces(const struct ipc_namespace_list *list)
{
	named_namespaces = list;
}

static const struct ipc_namespace *namespace_of(const void *row)
{
	const struct shm_object *object = row;

	if (named_namespaces == NULL || object->place >= named_namespaces->count)
		return NULL;
	return &named_namespaces->namespaces[object->place];
}

static void get_ns(const void *row, struct value *value)
{
	const struct ipc_namespace *namespace = namespace_of(row);

	value_set_number(value, namespace != NULL ? namespace->inode : ipc_namespace_own());
}

static void get_nspid(const void *row, struct value *value)
{
	const struct ipc_namespace *namespace = namespace_of(row);

	if (namespace != NULL)
		set_pid(value, namespace->holder);
}

static void get_nscommand(const void *row, struct value *value)
{
	const struct ipc_namespace *namespace = namespace_of(row);

	if (namespace == NULL)
		return;
	if (namespace->command[0] != '\0')
		value_set_text(value, namespace->command);
	else
		value_set_unknown(value);
}

static const struct column columns[] = {
	{ "kind", "shm, pshm, psem, msg, sem or pmsg", COLUMN_TEXT, ALIGN_LEFT, get_kind, 0, NULL },
	{ "ref", "names the object for any command", COLUMN_REF, ALIGN_LEFT, get_ref, 0, NULL },
	{ "key", "System V key", COLUMN_KEY, ALIGN_LEFT, get_key, 0, NULL },
	{ "id", "System V id", COLUMN_NUMBER, ALIGN_LEFT, get_id, 0, NULL },
	{ "shmid", "id of a segment", COLUMN_NUMBER, ALIGN_LEFT, get_shmid, 0, NULL },
	{ "msqid", "id of a System V message queue", COLUMN_NUMBER, ALIGN_LEFT, get_msqid, 0,
	  NULL },
	{ "semid", "id of a System V semaphore set", COLUMN_NUMBER, ALIGN_LEFT, get_semid, 0,
	  NULL },
	{ "name", "POSIX name", COLUMN_TEXT, ALIGN_LEFT, get_name, 0, NULL },
	{ "owner", "owner", COLUMN_TEXT, ALIGN_LEFT, get_owner, 0, "user" },
	{ "uid", "owner's number", COLUMN_NUMBER, ALIGN_RIGHT, get_uid, 0, NULL },
	{ "group", "owner's group", COLUMN_TEXT, ALIGN_LEFT, get_group, 0, NULL },
	{ "gid", "owner's group's number", COLUMN_NUMBER, ALIGN_RIGHT, get_gid, 0, NULL },
	{ "creator", "creator (System V)", COLUMN_TEXT, ALIGN_LEFT, get_creator, 0, "cuser" },
	{ "cuid", "creator's number", COLUMN_NUMBER, ALIGN_RIGHT, get_cuid, 0, NULL },
	{ "cgroup", "creator's group", COLUMN_TEXT, ALIGN_LEFT, get_cgroup, 0, NULL },
	{ "cgid", "creator's group's number", COLUMN_NUMBER, ALIGN_RIGHT, get_cgid, 0, NULL },
	{ "perms", "permissions, octal", COLUMN_MODE, ALIGN_LEFT, get_perms, 0, NULL },
	{ "mode", "permissions, as letters", COLUMN_TEXT, ALIGN_LEFT, get_mode, 0, NULL },
	{ "bytes", "size; of a queue: what its messages may take", COLUMN_SIZE, ALIGN_RIGHT,
	  get_bytes, NEED_MESSAGES, "size" },
	{ "pages", "size in pages of memory", COLUMN_NUMBER, ALIGN_RIGHT, get_pages, 0, NULL },
	{ "used", "bytes really taken, in memory and in swap; by a queue's messages", COLUMN_SIZE,
	  ALIGN_RIGHT, get_used, NEED_USED | NEED_QUEUE_USED, "usedbytes" },
	{ "rss", "bytes in memory", COLUMN_SIZE, ALIGN_RIGHT, get_rss, NEED_RESIDENCY, NULL },
	{ "swap", "bytes in swap", COLUMN_SIZE, ALIGN_RIGHT, get_swap, NEED_RESIDENCY, NULL },
	{ "nattch", "attaches (System V)", COLUMN_NUMBER, ALIGN_RIGHT, get_nattch, 0, NULL },
	{ "status", "dest: goes with the last detach; locked: in memory", COLUMN_TEXT, ALIGN_LEFT,
	  get_status, 0, NULL },
	{ "value", "value of a POSIX semaphore", COLUMN_NUMBER, ALIGN_RIGHT, get_value, NEED_VALUE,
	  "sval" },
	{ "nsems", "semaphores in a set", COLUMN_NUMBER, ALIGN_RIGHT, get_nsems, 0, NULL },
	{ "messages", "messages in a queue", COLUMN_NUMBER, ALIGN_RIGHT, get_messages,
	  NEED_MESSAGES, "msgs" },
	{ "maxmsg", "messages that a POSIX queue may hold", COLUMN_NUMBER, ALIGN_RIGHT, get_maxmsg,
	  NEED_MESSAGES, NULL },
	{ "msgsize", "bytes that a message of a POSIX queue may have", COLUMN_SIZE, ALIGN_RIGHT,
	  get_msgsize, NEED_MESSAGES, NULL },
	{ "cpid", "creator's process (System V)", COLUMN_NUMBER, ALIGN_RIGHT, get_cpid, 0, NULL },
	{ "lpid", "process of the last attach or detach (System V)", COLUMN_NUMBER, ALIGN_RIGHT,
	  get_lpid, 0, NULL },
	{ "lspid", "process that sent last (System V)", COLUMN_NUMBER, ALIGN_RIGHT, get_lspid, 0,
	  NULL },
	{ "lrpid", "process that received last (System V)", COLUMN_NUMBER, ALIGN_RIGHT, get_lrpid,
	  0, NULL },
	{ "command", "creator's command, while it lives (System V)", COLUMN_TEXT, ALIGN_LEFT,
	  get_command, NEED_COMMAND, NULL },
	{ "atime", "last attach; POSIX: last read or mapping", COLUMN_TIME, ALIGN_LEFT, get_atime,
	  0, "attach" },
	{ "dtime", "last detach (System V)", COLUMN_TIME, ALIGN_LEFT, get_dtime, 0, "detach" },
	{ "mtime", "last write, or first store to a mapped page (POSIX)", COLUMN_TIME, ALIGN_LEFT,
	  get_mtime, 0, NULL },
	{ "stime", "last message sent (System V)", COLUMN_TIME, ALIGN_LEFT, get_stime, 0, "send" },
	{ "rtime", "last message received (System V)", COLUMN_TIME, ALIGN_LEFT, get_rtime, 0,
	  "recv" },
	{ "otime", "last operation on a set (System V)", COLUMN_TIME, ALIGN_LEFT, get_otime, 0,
	  NULL },
	{ "ctime", "creation or last change", COLUMN_TIME, ALIGN_LEFT, get_ctime, 0, NULL },
	{ "age", "seconds since creation or last change", COLUMN_DURATION, ALIGN_RIGHT, get_age, 0,
	  NULL },
	{ "idle", "seconds since the last use that left a time behind, or change", COLUMN_DURATION,
	  ALIGN_RIGHT, get_idle, 0, NULL },
	{ "inode", "inode number, as in /proc/PID/maps", COLUMN_NUMBER, ALIGN_RIGHT, get_inode, 0,
	  NULL },
	{ "use", "used, unused, orphaned (unused, its creator gone) or unknown", COLUMN_TEXT,
	  ALIGN_LEFT, get_use, NEED_USERS, NULL },
	{ "users", "processes that attach, map or hold it open", COLUMN_NUMBER, ALIGN_RIGHT,
	  get_users, NEED_USERS, NULL },
	{ "commands", "their commands", COLUMN_TEXT, ALIGN_LEFT, get_commands, NEED_USERS, NULL },
	{ "why", "what use is known by", COLUMN_TEXT, ALIGN_LEFT, get_why, NEED_USERS, NULL },
	{ "ns", "IPC namespace, as lsns(8) numbers it", COLUMN_NUMBER, ALIGN_LEFT, get_ns, 0,
	  NULL },
	{ "nspid", "a process that lives there (--all-namespaces)", COLUMN_NUMBER, ALIGN_RIGHT,
	  get_nspid, 0, NULL },
	{ "nscommand", "its command (--all-namespaces)", COLUMN_TEXT, ALIGN_LEFT, get_nscommand, 0,
	  NULL },
};

const struct column_set object_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};
