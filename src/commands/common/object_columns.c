#include "commands/common/object_columns.h"

#include "ipc/account.h"
#include "ipc/filter.h"
#include "ipc/mode.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum object_column {
	OBJECT_KIND,
	OBJECT_REF,
	OBJECT_KEY,
	OBJECT_SHMID,
	OBJECT_NAME,
	OBJECT_OWNER,
	OBJECT_UID,
	OBJECT_GROUP,
	OBJECT_GID,
	OBJECT_CREATOR,
	OBJECT_CUID,
	OBJECT_CGROUP,
	OBJECT_CGID,
	OBJECT_PERMS,
	OBJECT_MODE,
	OBJECT_BYTES,
	OBJECT_PAGES,
	OBJECT_USED,
	OBJECT_RSS,
	OBJECT_SWAP,
	OBJECT_NATTCH,
	OBJECT_STATUS,
	OBJECT_VALUE,
	OBJECT_CPID,
	OBJECT_LPID,
	OBJECT_COMMAND,
	OBJECT_ATIME,
	OBJECT_DTIME,
	OBJECT_MTIME,
	OBJECT_CTIME,
	OBJECT_AGE,
	OBJECT_IDLE,
	OBJECT_INODE,
};

static const struct column columns[] = {
	{ "kind", "shm, pshm or psem", COLUMN_TEXT, ALIGN_LEFT, OBJECT_KIND, 0, NULL },
	{ "ref", "names the object for any command", COLUMN_REF, ALIGN_LEFT, OBJECT_REF, 0, NULL },
	{ "key", "System V key", COLUMN_KEY, ALIGN_LEFT, OBJECT_KEY, 0, NULL },
	{ "shmid", "System V id", COLUMN_NUMBER, ALIGN_LEFT, OBJECT_SHMID, 0, "id" },
	{ "name", "POSIX name", COLUMN_TEXT, ALIGN_LEFT, OBJECT_NAME, 0, NULL },
	{ "owner", "owner", COLUMN_TEXT, ALIGN_LEFT, OBJECT_OWNER, 0, "user" },
	{ "uid", "owner's number", COLUMN_NUMBER, ALIGN_RIGHT, OBJECT_UID, 0, NULL },
	{ "group", "owner's group", COLUMN_TEXT, ALIGN_LEFT, OBJECT_GROUP, 0, NULL },
	{ "gid", "owner's group's number", COLUMN_NUMBER, ALIGN_RIGHT, OBJECT_GID, 0, NULL },
	{ "creator", "creator (System V)", COLUMN_TEXT, ALIGN_LEFT, OBJECT_CREATOR, 0, "cuser" },
	{ "cuid", "creator's number", COLUMN_NUMBER, ALIGN_RIGHT, OBJECT_CUID, 0, NULL },
	{ "cgroup", "creator's group", COLUMN_TEXT, ALIGN_LEFT, OBJECT_CGROUP, 0, NULL },
	{ "cgid", "creator's group's number", COLUMN_NUMBER, ALIGN_RIGHT, OBJECT_CGID, 0, NULL },
	{ "perms", "permissions, octal", COLUMN_MODE, ALIGN_LEFT, OBJECT_PERMS, 0, NULL },
	{ "mode", "permissions, as letters", COLUMN_TEXT, ALIGN_LEFT, OBJECT_MODE, 0, NULL },
	{ "bytes", "size", COLUMN_SIZE, ALIGN_RIGHT, OBJECT_BYTES, 0, "size" },
	{ "pages", "size in pages of memory", COLUMN_NUMBER, ALIGN_RIGHT, OBJECT_PAGES, 0, NULL },
	{ "used", "bytes really taken, in memory and in swap", COLUMN_SIZE, ALIGN_RIGHT,
	  OBJECT_USED, NEED_USED, NULL },
	{ "rss", "bytes in memory", COLUMN_SIZE, ALIGN_RIGHT, OBJECT_RSS, NEED_RESIDENCY, NULL },
	{ "swap", "bytes in swap", COLUMN_SIZE, ALIGN_RIGHT, OBJECT_SWAP, NEED_RESIDENCY, NULL },
	{ "nattch", "attaches (System V)", COLUMN_NUMBER, ALIGN_RIGHT, OBJECT_NATTCH, 0, NULL },
	{ "status", "dest: goes with the last detach; locked: in memory", COLUMN_TEXT, ALIGN_LEFT,
	  OBJECT_STATUS, 0, NULL },
	{ "value", "value of a semaphore", COLUMN_NUMBER, ALIGN_RIGHT, OBJECT_VALUE, NEED_VALUE,
	  NULL },
	{ "cpid", "creator's process (System V)", COLUMN_NUMBER, ALIGN_RIGHT, OBJECT_CPID, 0,
	  NULL },
	{ "lpid", "process of the last attach or detach (System V)", COLUMN_NUMBER, ALIGN_RIGHT,
	  OBJECT_LPID, 0, NULL },
	{ "command", "creator's command, while it lives (System V)", COLUMN_TEXT, ALIGN_LEFT,
	  OBJECT_COMMAND, NEED_COMMAND, NULL },
	{ "atime", "last attach; POSIX: last read", COLUMN_TIME, ALIGN_LEFT, OBJECT_ATIME, 0,
	  NULL },
	{ "dtime", "last detach (System V)", COLUMN_TIME, ALIGN_LEFT, OBJECT_DTIME, 0, NULL },
	{ "mtime", "last write, not through a mapping (POSIX)", COLUMN_TIME, ALIGN_LEFT,
	  OBJECT_MTIME, 0, NULL },
	{ "ctime", "creation or last change", COLUMN_TIME, ALIGN_LEFT, OBJECT_CTIME, 0, NULL },
	{ "age", "seconds since creation or last change", COLUMN_DURATION, ALIGN_RIGHT, OBJECT_AGE,
	  0, NULL },
	{ "idle", "seconds since the last attach, detach, access or change", COLUMN_DURATION,
	  ALIGN_RIGHT, OBJECT_IDLE, 0, NULL },
	{ "inode", "inode number, as in /proc/PID/maps", COLUMN_NUMBER, ALIGN_RIGHT, OBJECT_INODE,
	  0, NULL },
};

/* The object has it, but it can't be told. */
static void set_unknown(struct value *value)
{
	value->kind = VALUE_UNKNOWN;
}

static void set_number(struct value *value, uint64_t number)
{
	value->kind = VALUE_NUMBER;
	value->number = number;
}

static void set_text(struct value *value, const char *text)
{
	value->kind = VALUE_TEXT;
	value->text = text;
}

/* A time that never was is 0 in a segment; a file can't have that time by itself. */
static void set_time(struct value *value, time_t when)
{
	if (when == 0) {
		set_unknown(value);
		return;
	}
	value->kind = VALUE_SIGNED;
	value->signed_number = when;
}

static void set_pid(struct value *value, pid_t pid)
{
	if (pid > 0)
		set_number(value, (uint64_t)pid);
	else
		set_unknown(value);
}

static void set_status(struct value *value, const struct shm_object *object)
{
	if (object->marked && object->locked)
		set_text(value, "dest,locked");
	else if (object->marked)
		set_text(value, "dest");
	else if (object->locked)
		set_text(value, "locked");
	else
		set_unknown(value);
}

/* A number that is only known if a bit says so. */
static void set_known(struct value *value, const struct shm_object *object, enum object_known known,
                      uint64_t number)
{
	if (object->known & known)
		set_number(value, number);
	else
		set_unknown(value);
}

static uint64_t pages(uint64_t bytes)
{
	static uint64_t page_bytes;

	if (page_bytes == 0)
		page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	return bytes / page_bytes + (bytes % page_bytes > 0);
}

static time_t now(void)
{
	static time_t at_start;

	if (at_start == 0)
		at_start = time(NULL);
	return at_start;
}

/* What only System V segments have. */
static void get_sysv(const struct shm_object *object, enum object_column column,
                     struct value *value)
{
	switch (column) {
	case OBJECT_KEY:
		set_number(value, (uint32_t)object->key);
		break;
	case OBJECT_SHMID:
		set_number(value, (uint64_t)object->id);
		break;
	case OBJECT_CREATOR:
		set_text(value, account_user(object->creator_uid));
		break;
	case OBJECT_CUID:
		set_number(value, object->creator_uid);
		break;
	case OBJECT_CGROUP:
		set_text(value, account_group(object->creator_gid));
		break;
	case OBJECT_CGID:
		set_number(value, object->creator_gid);
		break;
	case OBJECT_NATTCH:
		set_number(value, object->attaches);
		break;
	case OBJECT_STATUS:
		set_status(value, object);
		break;
	case OBJECT_CPID:
		set_pid(value, object->creator_pid);
		break;
	case OBJECT_LPID:
		set_pid(value, object->last_pid);
		break;
	case OBJECT_COMMAND:
		if (object->command != NULL)
			set_text(value, object->command);
		else
			set_unknown(value);
		break;
	case OBJECT_INODE:
		/* The kernel gives the segment's file the id as its inode number. */
		set_number(value, (uint64_t)object->id);
		break;
	case OBJECT_ATIME:
		set_time(value, object->attach_time);
		break;
	case OBJECT_DTIME:
		set_time(value, object->detach_time);
		break;
	default:
		break;
	}
}

/* What only the files of POSIX objects and semaphores have. */
static void get_posix(const struct shm_object *object, enum object_column column,
                      struct value *value)
{
	switch (column) {
	case OBJECT_NAME:
		set_text(value, object->name);
		break;
	case OBJECT_VALUE:
		if (object->kind == KIND_PSEM)
			set_known(value, object, KNOWN_VALUE, object->semaphore_value);
		break;
	case OBJECT_INODE:
		set_number(value, object->inode);
		break;
	case OBJECT_ATIME:
		set_time(value, object->access_time);
		break;
	case OBJECT_MTIME:
		set_time(value, object->modify_time);
		break;
	default:
		break;
	}
}

static void get_value(const void *row, int id, struct value *value)
{
	const struct shm_object *object = row;
	enum object_column column = (enum object_column)id;

	switch (column) {
	case OBJECT_KIND:
		set_text(value, kind_word(object->kind));
		break;
	case OBJECT_REF:
		object_ref(object, value->scratch);
		set_text(value, value->scratch);
		break;
	case OBJECT_OWNER:
		set_text(value, account_user(object->uid));
		break;
	case OBJECT_UID:
		set_number(value, object->uid);
		break;
	case OBJECT_GROUP:
		set_text(value, account_group(object->gid));
		break;
	case OBJECT_GID:
		set_number(value, object->gid);
		break;
	case OBJECT_PERMS:
		set_number(value, object->mode);
		break;
	case OBJECT_MODE:
		mode_letters(object->mode, value->scratch);
		set_text(value, value->scratch);
		break;
	case OBJECT_BYTES:
		set_number(value, object->bytes);
		break;
	case OBJECT_PAGES:
		set_number(value, pages(object->bytes));
		break;
	case OBJECT_USED:
		set_known(value, object, KNOWN_USED, object->used);
		break;
	case OBJECT_RSS:
		set_known(value, object, KNOWN_RESIDENCY, object->resident);
		break;
	case OBJECT_SWAP:
		set_known(value, object, KNOWN_RESIDENCY, object->swapped);
		break;
	case OBJECT_CTIME:
		set_time(value, object->change_time);
		break;
	case OBJECT_AGE:
		set_number(value, object_age(object, now()));
		break;
	case OBJECT_IDLE:
		set_number(value, object_idle(object, now()));
		break;
	default:
		if (object->kind == KIND_SHM)
			get_sysv(object, column, value);
		else
			get_posix(object, column, value);
		break;
	}
}

const struct column_set object_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
	.value = get_value,
};

const char object_machine_columns[] = "kind,ref,key,shmid,name,owner,perms,bytes,nattch,status";

static const struct {
	const char *title;
	const char *block;
	const char *columns;
} sections[KIND_COUNT] = {
	[KIND_SHM] = { "Shared Memory Segments", "Shared Memory Segment",
	               "key,shmid,owner,perms,bytes,nattch,status" },
	[KIND_PSHM] = { "POSIX Shared Memory Objects", "POSIX Shared Memory Object",
	                "name,owner,perms,bytes,used,mtime" },
	[KIND_PSEM] = { "POSIX Named Semaphores", "POSIX Named Semaphore",
	                "name,owner,perms,value,mtime" },
};

const char *object_section_title(enum object_kind kind)
{
	return sections[kind].title;
}

const char *object_section_columns(enum object_kind kind)
{
	return sections[kind].columns;
}

void object_block_title(const struct shm_object *object, char *target, size_t size)
{
	char ref[REF_TEXT_SIZE];

	object_ref(object, ref);
	snprintf(target, size, "%s %s", sections[object->kind].block, ref);
}
