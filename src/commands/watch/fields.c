#define LIBBSD_OPENBSD_VIS /* selects a variant of strnunvis(3), which is not used here */
#include "commands/watch/fields.h"

#include "base/digits.h"
#include "output/json.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include <bsd/vis.h>
#include <json-c/json.h>

#define SIZE_OF(structure, member) sizeof(((structure *)0)->member)
#define FIELD_OF(structure, name, type, member, kinds, none)                                       \
	{                                                                                          \
		name, RECORD_##type, offsetof(structure, member), SIZE_OF(structure, member),      \
		    kinds, none                                                                    \
	}
#define OF_EVENT(name, type, member, none) FIELD_OF(struct event, name, type, member, 0, none)
#define OF_PROCESS(name, type, member, none)                                                       \
	FIELD_OF(struct event_process, name, type, member, 0, none)
#define OF_OBJECT(name, type, member, kinds)                                                       \
	FIELD_OF(struct shm_object, name, type, member, kinds, 0)

static const struct record_field of_event[] = {
	OF_EVENT("before", UNSIGNED, before, EVENT_UNKNOWN),
	OF_EVENT("after", UNSIGNED, after, EVENT_UNKNOWN),
	OF_EVENT("lost", UNSIGNED, number, 0),
	OF_EVENT("oldname", TEXT, old_name, 0),
	OF_EVENT("result", SIGNED, result, 0),
};

static const struct record_field of_process[] = {
	OF_PROCESS("pid", SIGNED, pid, 0),           OF_PROCESS("tid", SIGNED, thread, 0),
	OF_PROCESS("uid", UNSIGNED, uid, (uid_t)-1), OF_PROCESS("command", CHARS, command, 0),
	OF_PROCESS("cmdline", TEXT, cmdline, 0),     OF_PROCESS("cgroup", TEXT, cgroup, 0),
};

enum {
	SHM = KIND_BIT(KIND_SHM),
	MSG = KIND_BIT(KIND_MSG),
	SEM = KIND_BIT(KIND_SEM),
	PMSG = KIND_BIT(KIND_PMSG),
	PSEM = KIND_BIT(KIND_PSEM),
};

static const struct record_field of_object[] = {
	OF_OBJECT("id", SIGNED, id, KINDS_SYSV),
	OF_OBJECT("key", SIGNED, key, KINDS_SYSV),
	OF_OBJECT("name", TEXT, name, KINDS_POSIX),
	OF_OBJECT("uid", UNSIGNED, uid, 0),
	OF_OBJECT("gid", UNSIGNED, gid, 0),
	OF_OBJECT("mode", UNSIGNED, mode, 0),
	OF_OBJECT("cuid", UNSIGNED, creator_uid, KINDS_SYSV),
	OF_OBJECT("cgid", UNSIGNED, creator_gid, KINDS_SYSV),
	OF_OBJECT("bytes", UNSIGNED, bytes, 0),
	OF_OBJECT("used", UNSIGNED, used, 0),
	OF_OBJECT("nattch", UNSIGNED, attaches, SHM),
	OF_OBJECT("cpid", SIGNED, creator_pid, SHM),
	OF_OBJECT("lpid", SIGNED, last_pid, SHM),
	OF_OBJECT("marked", BOOL, marked, SHM),
	OF_OBJECT("locked", BOOL, locked, SHM),
	OF_OBJECT("linked", BOOL, is_linked, KINDS_POSIX),
	OF_OBJECT("resident", UNSIGNED, resident, KINDS_MEMORY),
	OF_OBJECT("messages", UNSIGNED, messages, MSG | PMSG),
	OF_OBJECT("semaphores", UNSIGNED, semaphores, SEM),
	OF_OBJECT("value", UNSIGNED, semaphore_value, PSEM),
	OF_OBJECT("ctime", SIGNED, change_time, 0),
	OF_OBJECT("atime", SIGNED, attach_time, SHM),
	OF_OBJECT("dtime", SIGNED, detach_time, SHM),
	OF_OBJECT("lspid", SIGNED, send_pid, MSG),
	OF_OBJECT("lrpid", SIGNED, receive_pid, MSG),
	OF_OBJECT("stime", SIGNED, send_time, MSG),
	OF_OBJECT("rtime", SIGNED, receive_time, MSG),
	OF_OBJECT("otime", SIGNED, operation_time, SEM),
	OF_OBJECT("atime", SIGNED, access_time, KINDS_POSIX),
	OF_OBJECT("mtime", SIGNED, modify_time, KINDS_POSIX),
	OF_OBJECT("inode", UNSIGNED, inode, KINDS_POSIX),
	OF_OBJECT("known", UNSIGNED, known, 0),
};

#define FIELDS(array)                                                                              \
	{                                                                                          \
		array, sizeof(array) / sizeof((array)[0])                                          \
	}

const struct record_fields event_fields = FIELDS(of_event);
const struct record_fields process_fields = FIELDS(of_process);
const struct record_fields object_fields = FIELDS(of_object);

/*
 * Numbers of any size
 */

static uint64_t get_number(const struct record_field *field, const void *structure)
{
	const char *member = (const char *)structure + field->offset;
	const bool is_signed = field->type == RECORD_SIGNED;
	uint64_t eight;
	uint32_t four;

	if (field->size == sizeof(eight)) {
		memcpy(&eight, member, sizeof(eight));
		return eight;
	}
	if (field->size == sizeof(four)) {
		memcpy(&four, member, sizeof(four));
		return is_signed ? (uint64_t)(int64_t)(int32_t)four : four;
	}
	return *(const unsigned char *)member;
}

static void set_number(const struct record_field *field, void *structure, uint64_t number)
{
	char *member = (char *)structure + field->offset;
	const uint32_t four = (uint32_t)number;

	if (field->size == sizeof(number))
		memcpy(member, &number, sizeof(number));
	else if (field->size == sizeof(four))
		memcpy(member, &four, sizeof(four));
	else
		*(unsigned char *)member = number != 0;
}

static const char *get_text(const struct record_field *field, const void *structure)
{
	const char *member = (const char *)structure + field->offset;
	const char *text;

	if (field->type == RECORD_CHARS)
		return *member != '\0' ? member : NULL;
	memcpy(&text, member, sizeof(text));
	return text;
}

static bool is_number(const struct record_field *field)
{
	return field->type == RECORD_UNSIGNED || field->type == RECORD_SIGNED;
}

static bool applies(const struct record_field *field, unsigned int kinds)
{
	return field->kinds == 0 || (field->kinds & kinds) != 0;
}

/*
 * Writing
 */

static void append_name(struct buffer *buffer, const char *name)
{
	buffer_append(buffer, ",\"", 2);
	buffer_append_text(buffer, name);
	buffer_append(buffer, "\":", 2);
}

static void append_number(struct buffer *buffer, const struct record_field *field, uint64_t number)
{
	char *target = buffer_reserve(buffer, DIGITS_SIZE + 1);
	const bool is_negative = field->type == RECORD_SIGNED && (int64_t)number < 0;

	if (is_negative)
		*target = '-';
	buffer->used +=
	    is_negative + digits_decimal(target + is_negative, is_negative ? 0 - number : number);
}

void fields_append(struct buffer *buffer, const struct record_fields *fields, const void *structure,
                   unsigned int kinds)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct record_field *field = &fields->fields[i];

		if (!applies(field, kinds))
			continue;
		if (field->type == RECORD_TEXT || field->type == RECORD_CHARS) {
			const char *text = get_text(field, structure);

			if (text != NULL) {
				append_name(buffer, field->name);
				json_append_text(buffer, text);
			}
		} else if (get_number(field, structure) != field->none) {
			append_name(buffer, field->name);
			if (field->type == RECORD_BOOL)
				buffer_append(buffer, "true", 4);
			else
				append_number(buffer, field, get_number(field, structure));
		}
	}
}

/*
 * Reading
 */

const char *fields_text(struct json_object *json)
{
	const char *text = json_object_get_string(json);

	if (!json_object_is_type(json, json_type_string) ||
	    strlen(text) != (size_t)json_object_get_string_len(json))
		return NULL;
	/* Escapes are longer than the bytes that they stand for; json owns the text. */
	if (strchr(text, '\\') != NULL && strunvis((char *)(uintptr_t)text, text) < 0)
		return NULL;
	return text;
}

static int invalid(const struct record_field *field, const char *what, struct error *error)
{
	return error_set(error, STATUS_FAILED, "member '%s' %s", field->name, what);
}

static int read_text(struct json_object *json, const struct record_field *field, void *structure,
                     struct error *error)
{
	const char *text = fields_text(json);
	char *member = (char *)structure + field->offset;

	if (text == NULL)
		return invalid(field, "is not a text", error);
	if (field->type == RECORD_TEXT) {
		memcpy(member, &text, sizeof(text));
		return 0;
	}
	if (strlen(text) >= field->size)
		return invalid(field, "is too long", error);
	memcpy(member, text, strlen(text) + 1);
	return 0;
}

static int read_number(struct json_object *json, const struct record_field *field, void *structure,
                       struct error *error)
{
	int64_t number;
	uint64_t magnitude;

	if (!json_object_is_type(json, json_type_int))
		return invalid(field, "is not a number", error);
	number = json_object_get_int64(json);
	magnitude = json_object_get_uint64(json);
	if (field->type == RECORD_SIGNED) {
		if (field->size == sizeof(int32_t) && (number < INT32_MIN || number > INT32_MAX))
			return invalid(field, "is out of range", error);
		magnitude = (uint64_t)number;
	} else if (number < 0 || (field->size == sizeof(uint32_t) && magnitude > UINT32_MAX)) {
		return invalid(field, "is out of range", error);
	}
	set_number(field, structure, magnitude);
	return 0;
}

static int read_field(struct json_object *json, const struct record_field *field, void *structure,
                      struct error *error)
{
	if (is_number(field))
		return read_number(json, field, structure, error);
	if (field->type != RECORD_BOOL)
		return read_text(json, field, structure, error);
	if (!json_object_is_type(json, json_type_boolean))
		return invalid(field, "is neither true nor false", error);
	set_number(field, structure, (uint64_t)json_object_get_boolean(json));
	return 0;
}

int fields_read(struct json_object *json, const struct record_fields *fields, void *structure,
                unsigned int kinds, struct error *error)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct record_field *field = &fields->fields[i];
		struct json_object *member;

		if (!applies(field, kinds))
			continue;
		if (is_number(field))
			set_number(field, structure, field->none);
		if (json_object_object_get_ex(json, field->name, &member) &&
		    read_field(member, field, structure, error) < 0)
			return -1;
	}
	return 0;
}
