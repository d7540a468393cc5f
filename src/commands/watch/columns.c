#include "commands/watch/columns.h"

#include "base/clock.h"
#include "base/digits.h"
#include "base/memory.h"
#include "events/calls.h"
#include "objects/kind.h"
#include "system/account.h"
#include "system/cgroup.h"
#include "system/mode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NANOSECONDS_PER_MICROSECOND = 1000 };

static const struct event *event_of(const void *row)
{
	return ((const struct watch_row *)row)->event;
}

static const struct shm_object *object_of(const void *row)
{
	return ((const struct watch_row *)row)->object;
}

/*
 * Times
 */

/* Remember the text of a second without its fraction, and that of its time zone. */
static void format_second(struct watch_columns *columns, time_t second)
{
	const char *format = columns->times == TIME_SHORT ? "%H:%M:%S" : "%Y-%m-%dT%H:%M:%S";
	struct tm broken;

	columns->second = second;
	columns->second_text[0] = '\0';
	columns->zone[0] = '\0';
	if (localtime_r(&second, &broken) == NULL)
		return;
	strftime(columns->second_text, sizeof(columns->second_text), format, &broken);
	if (columns->times != TIME_SHORT)
		strftime(columns->zone, sizeof(columns->zone), "%z", &broken);
}

static void get_time(const void *row, struct value *value)
{
	struct watch_columns *context = ((const struct watch_row *)row)->columns;
	const uint64_t time_of_event = event_of(row)->time;
	const time_t second = event_second(event_of(row));
	unsigned int fraction =
	    (unsigned int)(time_of_event % NANOSECONDS_PER_SECOND / NANOSECONDS_PER_MICROSECOND);
	char *end;

	value_set_text(value, value->scratch);
	if (context->times == TIME_RELATIVE) {
		end = value->scratch + time_text(value->scratch, second, TIME_RELATIVE, time(NULL));
		*end = '\0';
		return;
	}
	if (context->times == TIME_UNIX) {
		value->kind = VALUE_REAL;
		end = value->scratch + digits_decimal(value->scratch, (uint64_t)second);
	} else {
		if (second != context->second || context->second_text[0] == '\0')
			format_second(context, second);
		end = stpcpy(value->scratch, context->second_text);
	}
	*end++ = '.';
	for (unsigned int unit = 100000; unit > 0; unit /= 10) {
		*end++ = (char)('0' + fraction / unit);
		fraction %= unit;
	}
	*end = '\0';
	if (context->times != TIME_UNIX)
		stpcpy(end, context->zone);
}

/*
 * The event
 */

static void get_event(const void *row, struct value *value)
{
	value_set_text(value, event_word(event_of(row)->type));
}

/* The unit of before and after depends on the kind and the event: attaches, links or bytes. */
static void get_before(const void *row, struct value *value)
{
	value_set_number(value, event_of(row)->before);
}

static void get_after(const void *row, struct value *value)
{
	value_set_number(value, event_of(row)->after);
}

static void get_call(const void *row, struct value *value)
{
	struct watch_columns *context = ((const struct watch_row *)row)->columns;
	FILE *stream;

	free(context->call);
	context->call = NULL;
	stream = needed(open_memstream(&context->call, &context->call_size));
	event_call_print(event_of(row), stream);
	if (fclose(stream) != 0)
		memory_is_out();
	value_set_text(value, context->call);
}

static void get_syscall(const void *row, struct value *value)
{
	value_set_text(value, event_call_name(event_of(row)->call));
}

static void get_result(const void *row, struct value *value)
{
	value->kind = VALUE_SIGNED;
	value->signed_number = event_of(row)->result;
}

/*
 * The process
 */

static void get_user(const void *row, struct value *value)
{
	value_set_text(value, account_user(event_of(row)->process.uid));
}

static void get_unit(const void *row, struct value *value)
{
	const char *cgroup = event_of(row)->process.cgroup;
	char name[CGROUP_NAME_SIZE];

	if (cgroup_name(cgroup, name) == CGROUP_PATH) {
		value_set_text(value, cgroup);
		return;
	}
	stpcpy(value->scratch, name);
	value_set_text(value, value->scratch);
}

/*
 * The object
 */

static void get_ref(const void *row, struct value *value)
{
	object_ref(object_of(row), value->scratch);
	value_set_text(value, value->scratch);
}

static void get_kind(const void *row, struct value *value)
{
	value_set_text(value, object_kind_word(object_of(row)));
}

static void get_owner(const void *row, struct value *value)
{
	value_set_text(value, account_user(object_of(row)->uid));
}

static void get_mode(const void *row, struct value *value)
{
	mode_letters(object_of(row)->mode, value->scratch);
	value_set_text(value, value->scratch);
}

static void get_family(const void *row, struct value *value)
{
	const struct watch_columns *context = ((const struct watch_row *)row)->columns;
	struct family_match match;

	value_set_unknown(value);
	if (family_match(context->families, object_of(row), &match))
		value_set_text(value, match.family->name);
}

/* Bits of what is known of a row, in addition to the classes. */
enum {
	HAS_OBJECT = 1 << 0,
	HAS_SIZE = 1 << 1,
	HAS_BEFORE = 1 << 2,
	HAS_AFTER = 1 << 3,
	HAS_CALL = 1 << 4,
	HAS_UID = 1 << 5,
	HAS_COMMAND = 1 << 6,
	HAS_CGROUP = 1 << 7,
	HAS_ATTACHES = 1 << 8,
	HAS_LINKS = 1 << 9,
	HAS_KEY = 1 << 10,
	HAS_NAME = 1 << 11,
	HAS_LOSS = 1 << 12,
};

static unsigned int known_of_object(const struct event *event)
{
	const struct shm_object *object = event->object;
	const unsigned int kind = object != NULL ? KIND_BIT(object->kind) : 0;

	if (object == NULL)
		return 0;
	return HAS_OBJECT | (object_size_is_known(object) ? HAS_SIZE : 0U) |
	       ((kind & KIND_BIT(KIND_SHM)) ? HAS_ATTACHES : 0U) |
	       ((kind & KINDS_POSIX) && event->after != EVENT_UNKNOWN &&
	                event->type != EVENT_RESIZED
	            ? HAS_LINKS
	            : 0U) |
	       ((kind & KINDS_SYSV) && object->key != 0 ? HAS_KEY : 0U) |
	       ((kind & KINDS_POSIX) && object->name != NULL ? HAS_NAME : 0U);
}

static unsigned int known_of(const void *row)
{
	const struct event *event = event_of(row);
	const struct event_process *process = &event->process;

	return known_of_object(event) | (event->before != EVENT_UNKNOWN ? HAS_BEFORE : 0U) |
	       (event->after != EVENT_UNKNOWN ? HAS_AFTER : 0U) |
	       (event->call != NULL ? HAS_CALL : 0U) | (process->uid != (uid_t)-1 ? HAS_UID : 0U) |
	       (process->command[0] != '\0' ? HAS_COMMAND : 0U) |
	       (process->cgroup != NULL ? HAS_CGROUP : 0U) |
	       (event->type == EVENT_LOST ? HAS_LOSS : 0U);
}

#define EVENT(type, member)  FIELD_BEHIND(type, struct watch_row, event, struct event, member)
#define OBJECT(type, member) FIELD_BEHIND(type, struct watch_row, object, struct shm_object, member)

static const struct column columns[] = {
	{ "time", "time of the event, local, with microseconds", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_time, .importance = IMPORTANCE_HIGH, .whole = true },
	{ "event",
	  "created, attached, detached, opened, closed, resized, changed, renamed, locked, "
	  "unlocked, marked, removed, called or lost",
	  COLUMN_TEXT, ALIGN_LEFT, .value = get_event, .importance = IMPORTANCE_NEEDED,
	  .whole = true },
	{ "kind", "kind of object: shm, pshm, psem, msg, sem or pmsg", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_kind, .known = HAS_OBJECT, .whole = true },
	{ "ref", "REF of the object, for any command", COLUMN_REF, ALIGN_LEFT, .value = get_ref,
	  .known = HAS_OBJECT },
	{ "pid", "process that caused it", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = EVENT(FIELD_PID, process.pid), .importance = IMPORTANCE_NEEDED },
	{ "tid", "thread that caused it", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = EVENT(FIELD_PID, process.thread) },
	{ "command", "command of the process", COLUMN_TEXT, ALIGN_LEFT,
	  .field = EVENT(FIELD_CHARS, process.command), .known = HAS_COMMAND,
	  .importance = IMPORTANCE_HIGH },
	{ "cmdline", "command of the process with its arguments", COLUMN_TEXT, ALIGN_LEFT,
	  .field = EVENT(FIELD_TEXT, process.cmdline), .importance = IMPORTANCE_LOW,
	  .alias = "args" },
	{ "user", "user of the process", COLUMN_TEXT, ALIGN_LEFT, .value = get_user,
	  .known = HAS_UID },
	{ "uid", "uid of the process", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = EVENT(FIELD_UNSIGNED, process.uid), .known = HAS_UID },
	{ "unit", "unit, container or job of the process", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_unit, .known = HAS_CGROUP, .importance = IMPORTANCE_LOW },
	{ "cgroup", "control group of the process", COLUMN_TEXT, ALIGN_LEFT,
	  .field = EVENT(FIELD_TEXT, process.cgroup), .importance = IMPORTANCE_LOW },
	{ "bytes", "size of the object", COLUMN_SIZE, ALIGN_RIGHT,
	  .field = OBJECT(FIELD_UNSIGNED, bytes), .known = HAS_SIZE, .alias = "size" },
	{ "nattch", "attaches after the event (System V segments)", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = OBJECT(FIELD_UNSIGNED, attaches), .known = HAS_ATTACHES },
	{ "links", "hard links after the event (POSIX objects)", COLUMN_NUMBER, ALIGN_RIGHT,
	  .value = get_after, .known = HAS_LINKS },
	{ "before", "attaches or links, or if it was resized bytes, before the event",
	  COLUMN_NUMBER, ALIGN_RIGHT, .value = get_before, .known = HAS_BEFORE },
	{ "after", "the same after the event", COLUMN_NUMBER, ALIGN_RIGHT, .value = get_after,
	  .known = HAS_AFTER },
	{ "key", "key (System V)", COLUMN_KEY, ALIGN_LEFT, .field = OBJECT(FIELD_UNSIGNED, key),
	  .known = HAS_KEY },
	{ "name", "name (POSIX)", COLUMN_TEXT, ALIGN_LEFT, .field = OBJECT(FIELD_TEXT, name),
	  .known = HAS_NAME },
	{ "oldname", "name before it was renamed", COLUMN_TEXT, ALIGN_LEFT,
	  .field = EVENT(FIELD_TEXT, old_name) },
	{ "owner", "owner of the object", COLUMN_TEXT, ALIGN_LEFT, .value = get_owner,
	  .known = HAS_OBJECT },
	{ "mode", "permissions of the object", COLUMN_TEXT, ALIGN_LEFT, .value = get_mode,
	  .known = HAS_OBJECT, .whole = true },
	{ "family", "family of the object: see shmtool families", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_family, .known = HAS_OBJECT, .needs = WATCH_NEED_FAMILY },
	{ "call", "system call with its arguments and its result", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_call, .known = HAS_CALL, .importance = IMPORTANCE_HIGH },
	{ "syscall", "name of the system call", COLUMN_TEXT, ALIGN_LEFT, .value = get_syscall,
	  .known = HAS_CALL },
	{ "result", "result of the system call; negative: an error, errno(3)", COLUMN_NUMBER,
	  ALIGN_RIGHT, .value = get_result, .known = HAS_CALL },
	{ "lost", "events that were lost, at least", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = EVENT(FIELD_UNSIGNED, number), .known = HAS_LOSS },
	{ "source", "how it became known: tracepoints, seccomp, fanotify, inotify, sampling",
	  COLUMN_TEXT, ALIGN_LEFT, .field = FIELD(FIELD_TEXT, struct watch_row, source) },
	{ "host", "name of the machine", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct watch_row, host) },
};

const struct column_set watch_column_set = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
	.known_of = known_of,
};

#define TABLE_COLUMNS   "time,event,ref,pid,command,user,unit,bytes,nattch"
#define MACHINE_COLUMNS "time,event,kind,ref,pid,command,uid,user,unit,bytes,nattch,before,after"

const char watch_table_columns[] = TABLE_COLUMNS;
const char watch_table_call_columns[] = TABLE_COLUMNS ",call";
const char watch_machine_columns[] = MACHINE_COLUMNS;
const char watch_machine_call_columns[] = MACHINE_COLUMNS ",syscall,result,call";

const struct event *watch_sample_event(void)
{
	static const struct shm_object segment = {
		.kind = KIND_SHM,
		.id = 10000000,
		.key = 1,
		.bytes = 100000000,
		.attaches = 10,
	};
	static const struct event sample = {
		.time = UINT64_C(1700000000) * NANOSECONDS_PER_SECOND,
		.type = EVENT_ATTACHED,
		.object = &segment,
		.process = { .pid = 1000000,
		             .thread = 1000000,
		             .uid = 65534,
		             .command = "postgres",
		             .cgroup = "/system.slice/postgresql.service" },
		.before = EVENT_UNKNOWN,
		.after = EVENT_UNKNOWN,
	};

	return &sample;
}

void watch_columns_end(struct watch_columns *used)
{
	free(used->call);
	used->call = NULL;
}
