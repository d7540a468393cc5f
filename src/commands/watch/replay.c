#include "commands/watch/replay.h"

#include "base/memory.h"
#include "commands/watch/recorded_event.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <json-c/json.h>

/* A recorded line has texts of at most a few pages: a command line, a path. In bytes. */
enum { LINE_MAX_SIZE = 1 << 18 };

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
	struct recorded_event recorded;

	if (length == LINE_MAX_SIZE)
		return error_set(error, STATUS_FAILED, "is too long for an event");
	if (recorded_event_read(reader->tokener, reader->text, length, &recorded, error) < 0)
		return -1;
	session_event(session, &recorded.event, recorded.source, recorded.host);
	recorded_event_free(&recorded);
	return 0;
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
	reader.tokener = recorded_event_tokener();
	reader.text = needed_array(LINE_MAX_SIZE, 1);
	status = read_all(&reader, session, path);
	json_tokener_free(reader.tokener);
	free(reader.text);
	if (reader.stream != stdin)
		fclose(reader.stream);
	return status;
}
