#include "commands/watch/recorded_event.h"

#include "base/memory.h"
#include "commands/watch/fields.h"
#include "events/calls.h"
#include "objects/kind.h"

#include <limits.h>
#include <string.h>

#include <json-c/json.h>

/* The line, its members, and the arguments of a call. */
enum { DEPTH_MAX = 4 };

static int damaged(struct error *error, const char *sentence)
{
	return error_set(error, STATUS_FAILED, "%s", sentence);
}

/* A member that is a text, or NULL. */
static const char *text_of(struct json_object *json, const char *name)
{
	struct json_object *member;

	return json_object_object_get_ex(json, name, &member) ? fields_text(member) : NULL;
}

/* Names are copied into buffers of the size of a path. */
static bool is_name(const char *name)
{
	return name != NULL && name[0] == '/' && strlen(name) <= NAME_MAX + 1 &&
	       strchr(name + 1, '/') == NULL;
}

static bool is_path(const char *path)
{
	if (path[0] != '/' || strlen(path) >= PATH_MAX)
		return false;
	while (*path == '/') {
		const size_t length = strcspn(path + 1, "/");

		if (length > NAME_MAX)
			return false;
		path += length + 1;
	}
	return true;
}

static int read_object(struct json_object *json, struct shm_object *object, struct error *error)
{
	const char *word = text_of(json, "kind");
	unsigned int kind = 0;

	while (kind < KIND_COUNT && word != NULL && strcmp(word, kind_word(kind)) != 0)
		kind++;
	if (word == NULL || kind >= KIND_COUNT || !(KIND_BIT(kind) & KINDS_ALL))
		return damaged(error, "the object is of no known kind");
	memset(object, 0, sizeof(*object));
	object->kind = (enum object_kind)kind;
	if (fields_read(json, &object_fields, object, KIND_BIT(kind), error) < 0)
		return -1;
	if ((KIND_BIT(kind) & KINDS_POSIX) && !is_name(object->name))
		return damaged(error, "the object has no valid name");
	if ((KIND_BIT(kind) & KINDS_SYSV) && object->id < 0)
		return damaged(error, "the object has no valid id");
	object->mode &= 07777;
	object->known &= ~(unsigned int)KNOWN_COVERED;
	return 0;
}

static int read_call(struct json_object *json, struct event *event, struct error *error)
{
	const char *name = text_of(json, "call");
	struct json_object *arguments;

	/* A call of a later version of the program has no words here. */
	event->call = name != NULL ? event_call_find(name) : NULL;
	if (event->call == NULL)
		return 0;
	if (!json_object_object_get_ex(json, "arguments", &arguments) ||
	    !json_object_is_type(arguments, json_type_array) ||
	    json_object_array_length(arguments) > EVENT_ARGUMENTS)
		return damaged(error, "the call has no valid arguments");
	for (size_t i = 0; i < json_object_array_length(arguments); i++) {
		struct json_object *argument = json_object_array_get_idx(arguments, i);

		if (!json_object_is_type(argument, json_type_int))
			return damaged(error, "the call has no valid arguments");
		event->arguments[i] = json_object_get_uint64(argument);
	}
	return 0;
}

static int read_time(struct json_object *json, struct event *event, struct error *error)
{
	struct json_object *member;
	int64_t nanoseconds;

	if (!json_object_object_get_ex(json, "time", &member) ||
	    !json_object_is_type(member, json_type_int))
		return damaged(error, "the event has no time in nanoseconds");
	nanoseconds = json_object_get_int64(member);
	if (nanoseconds < 0)
		return damaged(error, "the event has no time in nanoseconds");
	event->time = (uint64_t)nanoseconds;
	return 0;
}

static int read_event(struct json_object *json, struct event *event, struct shm_object *object,
                      struct error *error)
{
	const char *word = text_of(json, "event");
	struct json_object *member;

	memset(event, 0, sizeof(*event));
	event->type = word != NULL ? event_parse(word) : EVENT_TYPES;
	if (event->type == EVENT_TYPES)
		return damaged(error, "there is no known event");
	event->process.uid = (uid_t)-1;
	if (read_time(json, event, error) < 0 ||
	    fields_read(json, &event_fields, event, 0, error) < 0 ||
	    read_call(json, event, error) < 0)
		return -1;
	if (json_object_object_get_ex(json, "process", &member) &&
	    fields_read(member, &process_fields, &event->process, 0, error) < 0)
		return -1;
	if (event->process.cgroup != NULL && !is_path(event->process.cgroup))
		return damaged(error, "the control group is no path");
	if (event->old_name != NULL && !is_name(event->old_name))
		return damaged(error, "the old name is not valid");
	if (json_object_object_get_ex(json, "object", &member)) {
		if (read_object(member, object, error) < 0)
			return -1;
		event->object = object;
	}
	return 0;
}

struct json_tokener *recorded_event_tokener(void)
{
	struct json_tokener *tokener = needed(json_tokener_new_ex(DEPTH_MAX));

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	return tokener;
}

int recorded_event_read(struct json_tokener *tokener, const char *line, size_t length,
                        struct recorded_event *recorded, struct error *error)
{
	struct json_object *json;

	json_tokener_reset(tokener);
	json = json_tokener_parse_ex(tokener, line, (int)length);
	/* For json-c, a NUL is the end. */
	if (json == NULL || memchr(line, '\0', length) != NULL ||
	    json_tokener_get_error(tokener) != json_tokener_success ||
	    !json_object_is_type(json, json_type_object)) {
		damaged(error, "is not an object of JSON");
	} else if (read_event(json, &recorded->event, &recorded->object, error) == 0) {
		recorded->source = text_of(json, "source");
		recorded->host = text_of(json, "host");
		recorded->json = json;
		return 0;
	}
	json_object_put(json);
	return -1;
}

void recorded_event_free(struct recorded_event *recorded)
{
	json_object_put(recorded->json);
}
