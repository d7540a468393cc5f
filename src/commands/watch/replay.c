#include "commands/watch/replay.h"

#include "base/memory.h"
#include "commands/watch/fields.h"
#include "events/calls.h"
#include "objects/kind.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

/* A recorded line has texts of at most a few pages: a command line, a path. In bytes. */
enum { LINE_MAX_SIZE = 1 << 18 };

/* The line, its members, and the arguments of a call. */
enum { DEPTH_MAX = 4 };

/* The number of damaged lines that are reported one by one. */
enum { DAMAGED_SHOWN = 10 };

struct reader {
	FILE *stream;
	bool is_slow; /* events may come one by one, as through a pipe */
	struct json_tokener *tokener;
	uint64_t line;    /* number */
	uint64_t damaged; /* lines */
	char *text;       /* LINE_MAX_SIZE bytes */
};

/*
 * One event
 */

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

/*
 * Lines
 */

/*
 * Read a line without its newline. Returns its length; -1 at the end of the file. The rest of a line
 * that is too long is skipped; its length is then LINE_MAX_SIZE.
 */
static ssize_t read_line(struct reader *reader)
{
	size_t length = 0;
	int character;

	while ((character = getc_unlocked(reader->stream)) != EOF && character != '\n') {
		if (length < LINE_MAX_SIZE)
			reader->text[length++] = (char)character;
	}
	if (character == EOF && length == 0)
		return -1;
	reader->line++;
	return (ssize_t)length;
}

static int take_line(struct reader *reader, struct session *session, size_t length,
                     struct error *error)
{
	struct json_object *json = NULL;
	struct shm_object object;
	struct event event;
	int result = -1;

	if (length == LINE_MAX_SIZE)
		return damaged(error, "is too long for an event");
	json_tokener_reset(reader->tokener);
	json = json_tokener_parse_ex(reader->tokener, reader->text, (int)length);
	/* For json-c, a NUL is the end. */
	if (json == NULL || memchr(reader->text, '\0', length) != NULL ||
	    json_tokener_get_error(reader->tokener) != json_tokener_success ||
	    !json_object_is_type(json, json_type_object)) {
		damaged(error, "is not an object of JSON");
	} else if (read_event(json, &event, &object, error) == 0) {
		session_event(session, &event, text_of(json, "source"), text_of(json, "host"));
		result = 0;
	}
	json_object_put(json);
	return result;
}

static void report_damage(struct reader *reader, struct session *session, const char *path,
                          const struct error *error)
{
	struct error numbered;

	if (++reader->damaged > DAMAGED_SHOWN)
		return;
	error_set(&numbered, STATUS_FAILED, "line %" PRIu64 ": %s", reader->line, error->text);
	/* The events of the lines before it come first. */
	session_flush(session);
	message_error(&session->context->message, path, &numbered);
}

static enum exit_status read_all(struct reader *reader, struct session *session, const char *path)
{
	struct error error;
	ssize_t length;

	while (!session->reached && !session->failed && (length = read_line(reader)) >= 0) {
		if (length > 0 && take_line(reader, session, (size_t)length, &error) < 0)
			report_damage(reader, session, path, &error);
		if (reader->is_slow)
			session_flush(session);
	}
	if (reader->damaged > DAMAGED_SHOWN) {
		error_set(&error, STATUS_FAILED, "%" PRIu64 " lines are damaged", reader->damaged);
		message_error(&session->context->message, path, &error);
	}
	if (ferror(reader->stream)) {
		error_set_errno(&error, errno, "can't be read");
		message_error(&session->context->message, path, &error);
		return STATUS_FAILED;
	}
	return reader->damaged > 0 ? STATUS_FAILED : STATUS_DONE;
}

/* Open the file. A recording must not be replayed into itself, which would never end. */
static FILE *open_file(const struct session *session, const char *path, bool *is_slow,
                       struct error *error)
{
	const bool is_stdin = strcmp(path, "-") == 0;
	FILE *stream = is_stdin ? stdin : fopen(path, "re");
	struct stat st;

	if (stream == NULL || fstat(fileno(stream), &st) < 0) {
		error_set_errno(error, errno, "can't be read");
	} else if (S_ISDIR(st.st_mode)) {
		error_set_errno(error, EISDIR, "can't be read");
	} else if (session->recorder != NULL && recorder_is_file(session->recorder, &st)) {
		error_set(error, STATUS_FAILED, "is also the file of --record");
	} else {
		*is_slow = !S_ISREG(st.st_mode);
		return stream;
	}
	if (stream != NULL && !is_stdin)
		fclose(stream);
	return NULL;
}

enum exit_status replay(struct session *session, const char *path)
{
	struct reader reader = { .line = 0 };
	enum exit_status status;
	struct error error;

	if (selection_begin(&session->selection, session->context, false) < 0)
		return STATUS_FAILED;
	reader.stream = open_file(session, path, &reader.is_slow, &error);
	if (reader.stream == NULL) {
		message_error(&session->context->message, path, &error);
		return STATUS_FAILED;
	}
	session->begun = true;
	reader.tokener = needed(json_tokener_new_ex(DEPTH_MAX));
	json_tokener_set_flags(reader.tokener, JSON_TOKENER_STRICT);
	reader.text = needed_array(LINE_MAX_SIZE, 1);
	status = read_all(&reader, session, path);
	json_tokener_free(reader.tokener);
	free(reader.text);
	if (reader.stream != stdin)
		fclose(reader.stream);
	return status;
}
