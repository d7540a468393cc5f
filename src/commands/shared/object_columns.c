#include "commands/shared/object_columns.h"

#include "commands/shared/object_channel.h"
#include "objects/filter.h"
#include "objects/kind.h"
#include "objects/label.h"
#include "objects/object.h"
#include "objects/tree.h"
#include "system/account.h"
#include "system/mode.h"
#include "system/namespace_list.h"
#include "usage/verdict.h"

#include <string.h>
#include <unistd.h>

/*
 * Computed values. A column's function is called only for rows of its classes.
 */

static void get_kind(const void *row, struct value *value)
{
	value_set_text(value, object_kind_word(row));
}

static void get_ref(const void *row, struct value *value)
{
	object_ref(row, value->scratch);
	value_set_text(value, value->scratch);
}

static void get_name_of(const void *row, struct value *value)
{
	const struct shm_object *object = row;

	_Static_assert((int)VALUE_SCRATCH_SIZE >= (int)REF_TEXT_SIZE, "a REF must fit");
	if (object_tree(object) != NULL) {
		object_tree_path(object, value->scratch);
		value_set_text(value, value->scratch);
	} else if (object->name != NULL) {
		value_set_text(value, object->name);
	}
}

static void get_owner(const void *row, struct value *value)
{
	value_set_text(value, account_user(((const struct shm_object *)row)->uid));
}

static void get_group(const void *row, struct value *value)
{
	value_set_text(value, account_group(((const struct shm_object *)row)->gid));
}

static void get_creator(const void *row, struct value *value)
{
	value_set_text(value, account_user(((const struct shm_object *)row)->creator_uid));
}

static void get_creator_group(const void *row, struct value *value)
{
	value_set_text(value, account_group(((const struct shm_object *)row)->creator_gid));
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
	else
		value_set_unknown(value);
}

static void get_pages(const void *row, struct value *value)
{
	const struct shm_object *object = row;
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);

	value_set_number(value, object->bytes / page_bytes + (object->bytes % page_bytes > 0));
}

static void get_swap(const void *row, struct value *value)
{
	const struct shm_object *object = row;

	value_set_number(value, object->used - object->resident);
}

static void get_status(const void *row, struct value *value)
{
	const struct shm_object *object = row;

	if (object->marked && object->locked)
		value_set_text(value, "dest,locked");
	else if (object->marked)
		value_set_text(value, "dest");
	else if (object->locked)
		value_set_text(value, "locked");
	else
		value_set_unknown(value);
}

static void get_atime(const void *row, struct value *value)
{
	const struct shm_object *object = row;

	value_set_time(value, object->kind == KIND_SHM ? object->attach_time : object->access_time);
}

static void get_inode(const void *row, struct value *value)
{
	const struct shm_object *object = row;

	/* The inode number of a segment's file is its id. */
	value_set_number(value, object->kind == KIND_SHM ? (uint64_t)object->id : object->inode);
}

/* The usage of a row; NULL, and an unknown value, if it was not collected. */
static const struct object_usage *usage(const void *row, struct value *value)
{
	value_set_unknown(value);
	return ((const struct shm_object *)row)->usage;
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

/*
 * The table
 */

#define ID(kind)             .classes = (kind), .field = FIELD(FIELD_UNSIGNED, struct shm_object, id)
#define MEMBER(type, member) .field = FIELD(type, struct shm_object, member)

enum {
	ANY = KIND_BIT(KIND_COUNT) - 1,
	SHM = KIND_BIT(KIND_SHM),
	DIR = KIND_BIT(KIND_DIR),
	CHANNELS = KIND_BIT(KIND_SHM) | KIND_BIT(KIND_PSHM),
	PSEM = KIND_BIT(KIND_PSEM),
	MSG = KIND_BIT(KIND_MSG),
	SEM = KIND_BIT(KIND_SEM),
	PMSG = KIND_BIT(KIND_PMSG),
};

static const struct word_style use_styles[] = {
	{ "used", STYLE_USED },          { "unused", STYLE_UNUSED }, { "orphaned", STYLE_LEFTOVER },
	{ "abandoned", STYLE_LEFTOVER }, { NULL, STYLE_PLAIN },
};

static const struct word_style attach_styles[] = {
	{ "0", STYLE_UNUSED },
	{ NULL, STYLE_USED },
};

static const struct column columns[] = {
	{ "kind", "shm, pshm, psem, msg, sem, pmsg or dir; for pid:..., also memfd, anon or file",
	  COLUMN_TEXT, ALIGN_LEFT, .value = get_kind, .whole = true },
	{ "ref", "REF of the object, for any command", COLUMN_REF, ALIGN_LEFT, .value = get_ref },
	{ "key", "System V key", COLUMN_KEY, ALIGN_LEFT, .classes = KINDS_SYSV,
	  MEMBER(FIELD_UNSIGNED, key) },
	{ "id", "System V id", COLUMN_NUMBER, ALIGN_LEFT, ID(KINDS_SYSV),
	  .importance = IMPORTANCE_NEEDED },
	{ "shmid", "id of a segment", COLUMN_NUMBER, ALIGN_LEFT, ID(SHM),
	  .importance = IMPORTANCE_NEEDED },
	{ "msqid", "id of a System V message queue", COLUMN_NUMBER, ALIGN_LEFT, ID(MSG),
	  .importance = IMPORTANCE_NEEDED },
	{ "semid", "id of a System V semaphore set", COLUMN_NUMBER, ALIGN_LEFT, ID(SEM),
	  .importance = IMPORTANCE_NEEDED },
	{ "name", "POSIX name, path, name of a memfd, or former name of a removed file",
	  COLUMN_TEXT, ALIGN_LEFT, .classes = KINDS_POSIX | DIR, .value = get_name_of,
	  .importance = IMPORTANCE_NEEDED },
	{ "owner", "owner", COLUMN_TEXT, ALIGN_LEFT, .value = get_owner, .alias = "user" },
	{ "uid", "owner's uid", COLUMN_NUMBER, ALIGN_RIGHT, MEMBER(FIELD_UNSIGNED, uid) },
	{ "group", "owner's group", COLUMN_TEXT, ALIGN_LEFT, .value = get_group },
	{ "gid", "owner's gid", COLUMN_NUMBER, ALIGN_RIGHT, MEMBER(FIELD_UNSIGNED, gid) },
	{ "creator", "creator (System V)", COLUMN_TEXT, ALIGN_LEFT, .classes = KINDS_SYSV,
	  .value = get_creator, .alias = "cuser" },
	{ "cuid", "creator's uid", COLUMN_NUMBER, ALIGN_RIGHT, .classes = KINDS_SYSV,
	  MEMBER(FIELD_UNSIGNED, creator_uid) },
	{ "cgname", "creator's group", COLUMN_TEXT, ALIGN_LEFT, .classes = KINDS_SYSV,
	  .value = get_creator_group },
	{ "cgid", "creator's gid", COLUMN_NUMBER, ALIGN_RIGHT, .classes = KINDS_SYSV,
	  MEMBER(FIELD_UNSIGNED, creator_gid) },
	{ "perms", "permissions, octal", COLUMN_MODE, ALIGN_LEFT, MEMBER(FIELD_UNSIGNED, mode),
	  .importance = IMPORTANCE_LOW },
	{ "mode", "permissions, as letters", COLUMN_TEXT, ALIGN_LEFT, .value = get_mode },
	{ "bytes",
	  "size; of a queue: limit on the bytes of its messages; of a directory: all below",
	  COLUMN_SIZE, ALIGN_RIGHT, .classes = ANY & ~SEM, .value = get_bytes,
	  .needs = NEED_MESSAGES, .alias = "size", .importance = IMPORTANCE_HIGH },
	{ "files", "regular files below a directory", COLUMN_NUMBER, ALIGN_RIGHT, .classes = DIR,
	  MEMBER(FIELD_UNSIGNED, files), .known = KNOWN_SIZE },
	{ "pages", "size in pages of memory", COLUMN_NUMBER, ALIGN_RIGHT, .classes = KINDS_MAPPED,
	  .value = get_pages },
	{ "used", "bytes allocated, in memory and swap; of a queue: bytes of its messages",
	  COLUMN_SIZE, ALIGN_RIGHT, .classes = ANY & ~SEM, MEMBER(FIELD_UNSIGNED, used),
	  .known = KNOWN_USED, .needs = NEED_USED | NEED_QUEUE_USED, .alias = "usedbytes" },
	{ "rss", "bytes in memory", COLUMN_SIZE, ALIGN_RIGHT, .classes = KINDS_MAPPED,
	  MEMBER(FIELD_UNSIGNED, resident), .known = KNOWN_RESIDENCY, .needs = NEED_RESIDENCY },
	{ "swap", "bytes in swap", COLUMN_SIZE, ALIGN_RIGHT, .classes = KINDS_MAPPED,
	  .value = get_swap, .known = KNOWN_RESIDENCY, .needs = NEED_RESIDENCY },
	{ "nattch", "number of attaches (System V)", COLUMN_NUMBER, ALIGN_RIGHT, .classes = SHM,
	  MEMBER(FIELD_UNSIGNED, attaches), .importance = IMPORTANCE_HIGH,
	  .styles = attach_styles },
	{ "status", "dest: removed at the last detach; locked: locked in memory", COLUMN_TEXT,
	  ALIGN_LEFT, .classes = SHM, .value = get_status },
	{ "value", "value of a POSIX semaphore", COLUMN_NUMBER, ALIGN_RIGHT, .classes = PSEM,
	  MEMBER(FIELD_UNSIGNED, semaphore_value), .known = KNOWN_VALUE, .needs = NEED_VALUE,
	  .alias = "sval" },
	{ "nsems", "semaphores in a set", COLUMN_NUMBER, ALIGN_RIGHT, .classes = SEM,
	  MEMBER(FIELD_UNSIGNED, semaphores) },
	{ "messages", "messages in a queue", COLUMN_NUMBER, ALIGN_RIGHT, .classes = KINDS_QUEUES,
	  MEMBER(FIELD_UNSIGNED, messages), .known = KNOWN_MESSAGES, .needs = NEED_MESSAGES,
	  .alias = "msgs" },
	{ "maxmsg", "maximum number of messages (POSIX queue)", COLUMN_NUMBER, ALIGN_RIGHT,
	  .classes = PMSG, MEMBER(FIELD_UNSIGNED, most_messages), .known = KNOWN_MESSAGES,
	  .needs = NEED_MESSAGES, .importance = IMPORTANCE_LOW },
	{ "msgsize", "maximum size of a message in bytes (POSIX queue)", COLUMN_SIZE, ALIGN_RIGHT,
	  .classes = PMSG, MEMBER(FIELD_UNSIGNED, message_bytes), .known = KNOWN_MESSAGES,
	  .needs = NEED_MESSAGES, .importance = IMPORTANCE_LOW },
	{ "cpid", "PID of the creator (System V)", COLUMN_NUMBER, ALIGN_RIGHT, .classes = SHM,
	  MEMBER(FIELD_PID, creator_pid) },
	{ "lpid", "PID of the last attach or detach (System V)", COLUMN_NUMBER, ALIGN_RIGHT,
	  .classes = SHM, MEMBER(FIELD_PID, last_pid) },
	{ "lspid", "PID of the last sender (System V)", COLUMN_NUMBER, ALIGN_RIGHT, .classes = MSG,
	  MEMBER(FIELD_PID, send_pid), .importance = IMPORTANCE_LOW },
	{ "lrpid", "PID of the last receiver (System V)", COLUMN_NUMBER, ALIGN_RIGHT,
	  .classes = MSG, MEMBER(FIELD_PID, receive_pid), .importance = IMPORTANCE_LOW },
	{ "command", "command of the creator, while it runs (System V)", COLUMN_TEXT, ALIGN_LEFT,
	  .classes = SHM, MEMBER(FIELD_TEXT, command), .needs = NEED_COMMAND },
	{ "atime", "last attach; POSIX: last read or mapping", COLUMN_TIME, ALIGN_LEFT,
	  .classes = SHM | KINDS_POSIX, .value = get_atime, .alias = "attach" },
	{ "dtime", "last detach (System V)", COLUMN_TIME, ALIGN_LEFT, .classes = SHM,
	  MEMBER(FIELD_TIME, detach_time), .alias = "detach" },
	{ "mtime", "last write, or first store to a mapped page (POSIX)", COLUMN_TIME, ALIGN_LEFT,
	  .classes = KINDS_POSIX | DIR, MEMBER(FIELD_TIME, modify_time) },
	{ "newest", "last read, write or mapping of any file below a directory", COLUMN_TIME,
	  ALIGN_LEFT, .classes = DIR, MEMBER(FIELD_TIME, access_time) },
	{ "stime", "last message sent (System V)", COLUMN_TIME, ALIGN_LEFT, .classes = MSG,
	  MEMBER(FIELD_TIME, send_time), .alias = "send" },
	{ "rtime", "last message received (System V)", COLUMN_TIME, ALIGN_LEFT, .classes = MSG,
	  MEMBER(FIELD_TIME, receive_time), .alias = "recv" },
	{ "otime", "last operation on a set (System V)", COLUMN_TIME, ALIGN_LEFT, .classes = SEM,
	  MEMBER(FIELD_TIME, operation_time) },
	{ "ctime", "creation or last change", COLUMN_TIME, ALIGN_LEFT,
	  MEMBER(FIELD_TIME, change_time) },
	{ "age", "seconds since creation or last change", COLUMN_DURATION, ALIGN_RIGHT,
	  .classes = KINDS_ALL },
	{ "idle", "seconds since the last recorded use or change", COLUMN_DURATION, ALIGN_RIGHT,
	  .classes = KINDS_ALL },
	{ "inode", "inode number, as in /proc/PID/maps", COLUMN_NUMBER, ALIGN_RIGHT,
	  .classes = SHM | KINDS_POSIX | DIR, .value = get_inode },
	{ "use", "used, unused, orphaned (creator gone), abandoned, unknown", COLUMN_TEXT,
	  ALIGN_LEFT, .classes = KINDS_ALL, .value = get_use, .needs = NEED_USERS,
	  .importance = IMPORTANCE_HIGH, .styles = use_styles, .whole = true },
	{ "users", "number of processes that attach, map or hold it open", COLUMN_NUMBER,
	  ALIGN_RIGHT, .classes = KINDS_WITH_USERS, .value = get_users, .needs = NEED_USERS },
	{ "commands", "commands of these processes", COLUMN_TEXT, ALIGN_LEFT,
	  .classes = KINDS_WITH_USERS, .value = get_commands, .needs = NEED_USERS },
	{ "cgroup", "control group of these processes, or of the running creator", COLUMN_TEXT,
	  ALIGN_LEFT, .classes = KINDS_WITH_USERS, .needs = NEED_USERS },
	{ "unit", "unit, container or job of that group", COLUMN_TEXT, ALIGN_LEFT,
	  .classes = KINDS_WITH_USERS, .needs = NEED_USERS },
	{ "label", "SELinux label of the file (POSIX)", COLUMN_TEXT, ALIGN_LEFT,
	  .classes = KINDS_POSIX | DIR, .importance = IMPORTANCE_LOW },
	{ "sender", "process that sends through the channel in it", COLUMN_TEXT, ALIGN_LEFT,
	  .classes = CHANNELS, .needs = NEED_USERS },
	{ "receiver", "process that receives from the channel in it", COLUMN_TEXT, ALIGN_LEFT,
	  .classes = CHANNELS, .needs = NEED_USERS },
	{ "waiting", "bytes sent through the channel in it and not yet received", COLUMN_SIZE,
	  ALIGN_RIGHT, .classes = CHANNELS, .needs = NEED_USERS },
	{ "why", "reason for the value of use", COLUMN_TEXT, ALIGN_LEFT, .classes = KINDS_ALL,
	  .value = get_why, .needs = NEED_USERS },
	{ "family", "family of the object, the program that made it", COLUMN_TEXT, ALIGN_LEFT,
	  .classes = ANY, .needs = NEED_FAMILY },
	{ "instance", "text in common with objects that belong together", COLUMN_TEXT, ALIGN_LEFT,
	  .classes = ANY, .needs = NEED_FAMILY },
	{ "maker", "process that made it, by name, content or the kernel", COLUMN_TEXT, ALIGN_LEFT,
	  .classes = ANY, .needs = NEED_FAMILY },
	{ "fate", "fate of the family's unused objects", COLUMN_TEXT, ALIGN_LEFT, .classes = ANY,
	  .needs = NEED_FAMILY },
	{ "cleaner", "command that cleans up after the program", COLUMN_TEXT, ALIGN_LEFT,
	  .classes = ANY, .needs = NEED_FAMILY },
	{ "ns", "inode number of the IPC namespace, as in lsns(8)", COLUMN_NUMBER, ALIGN_LEFT,
	  .classes = KINDS_ALL },
	{ "nspid", "PID of a process in the namespace (--all-namespaces)", COLUMN_NUMBER,
	  ALIGN_RIGHT, .classes = KINDS_ALL },
	{ "nscommand", "command of that process (--all-namespaces)", COLUMN_TEXT, ALIGN_LEFT,
	  .classes = KINDS_ALL },
};

/*
 * Values that need the context
 */

static const struct ipc_namespace *namespace_of(const struct object_context *context,
                                                const struct shm_object *object)
{
	if (context == NULL || context->namespaces == NULL ||
	    object->place >= context->namespaces->count)
		return NULL;
	return &context->namespaces->namespaces[object->place];
}

static void get_ns(struct object_context *context, const struct shm_object *object,
                   struct value *value)
{
	const struct ipc_namespace *namespace = namespace_of(context, object);

	/* Memory without a name belongs to no namespace. */
	if (object_is_held(object))
		return;
	value_set_number(value, namespace != NULL ? namespace->inode : ipc_namespace_own());
}

static void get_nspid(struct object_context *context, const struct shm_object *object,
                      struct value *value)
{
	const struct ipc_namespace *namespace = namespace_of(context, object);

	if (namespace != NULL)
		value_set_number(value, (uint64_t) namespace->holder);
}

static void get_nscommand(struct object_context *context, const struct shm_object *object,
                          struct value *value)
{
	const struct ipc_namespace *namespace = namespace_of(context, object);

	if (namespace == NULL)
		return;
	if (namespace->command[0] != '\0')
		value_set_text(value, namespace->command);
	else
		value_set_unknown(value);
}

static void get_age(struct object_context *context, const struct shm_object *object,
                    struct value *value)
{
	value_set_number(value, object_age(object, context->now));
}

static void get_idle(struct object_context *context, const struct shm_object *object,
                     struct value *value)
{
	value_set_number(value, object_idle(object, context->now));
}

static void get_cgroup(struct object_context *context, const struct shm_object *object,
                       struct value *value)
{
	object_cgroup_path(&context->cgroups, object, value);
}

static void get_unit(struct object_context *context, const struct shm_object *object,
                     struct value *value)
{
	object_cgroup_unit(&context->cgroups, object, value);
}

/* The function of a column of families. Only a set with a context is asked for values of rows. */
#define FAMILY_COLUMN(name)                                                                        \
	static void get_##name(struct object_context *context, const struct shm_object *object,    \
	                       struct value *value)                                                \
	{                                                                                          \
		object_family_##name(&context->families, object, value);                           \
	}

FAMILY_COLUMN(name)
FAMILY_COLUMN(instance)
FAMILY_COLUMN(maker)
FAMILY_COLUMN(fate)
FAMILY_COLUMN(cleaner)

/* Details omit the label of an object that has none. */
static void get_label(struct object_context *context, const struct shm_object *object,
                      struct value *value)
{
	_Static_assert((int)OBJECT_LABEL_SIZE <= (int)VALUE_SCRATCH_SIZE, "too long");

	if (object_label(object, &context->parent, value->scratch))
		value_set_text(value, value->scratch);
}

/* Details omit these of an object without a channel. */
static void get_sender(struct object_context *context, const struct shm_object *object,
                       struct value *value)
{
	(void)context;
	object_channel_sender(object, value);
}

static void get_receiver(struct object_context *context, const struct shm_object *object,
                         struct value *value)
{
	(void)context;
	object_channel_receiver(object, value);
}

static void get_waiting(struct object_context *context, const struct shm_object *object,
                        struct value *value)
{
	(void)context;
	object_channel_waiting(object, value);
}

static const struct {
	const char *column;
	void (*get)(struct object_context *context, const struct shm_object *object,
	            struct value *value);
} in_context[] = {
	{ "age", get_age },           { "idle", get_idle },           { "ns", get_ns },
	{ "nspid", get_nspid },       { "nscommand", get_nscommand }, { "family", get_name },
	{ "instance", get_instance }, { "maker", get_maker },         { "fate", get_fate },
	{ "cleaner", get_cleaner },   { "cgroup", get_cgroup },       { "unit", get_unit },
	{ "label", get_label },       { "sender", get_sender },       { "receiver", get_receiver },
	{ "waiting", get_waiting },
};

/* A search by name for each value would take a tenth of the time of a long list. */
static void find_places(unsigned char places[OBJECT_COLUMNS_MAX])
{
	_Static_assert(sizeof(columns) / sizeof(columns[0]) <= OBJECT_COLUMNS_MAX, "too many");

	for (size_t column = 0; column < sizeof(columns) / sizeof(columns[0]); column++) {
		for (size_t i = 0; i < sizeof(in_context) / sizeof(in_context[0]); i++) {
			if (strcmp(in_context[i].column, columns[column].name) == 0)
				places[column] = (unsigned char)i;
		}
	}
}

static void get_in_context(void *closure, const void *row, size_t index, struct value *value)
{
	struct object_context *context = closure;

	in_context[context->places[index]].get(context, row, value);
}

static unsigned int class_of(const void *row)
{
	return KIND_BIT(((const struct shm_object *)row)->kind);
}

static unsigned int known_of(const void *row)
{
	return ((const struct shm_object *)row)->known;
}

const struct column_set object_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
	.class_of = class_of,
	.known_of = known_of,
	.value = get_in_context,
};

struct column_set object_columns_in(struct object_context *context)
{
	struct column_set set = object_columns;

	find_places(context->places);
	set.closure = context;
	return set;
}

void object_context_end(struct object_context *context)
{
	object_families_end(&context->families);
	cgroup_cache_free(&context->cgroups);
	object_parent_end(&context->parent);
}
