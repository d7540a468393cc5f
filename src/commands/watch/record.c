#include "commands/watch/record.h"

#include "base/digits.h"
#include "base/memory.h"
#include "commands/watch/fields.h"
#include "events/calls.h"
#include "objects/kind.h"
#include "output/json.h"
#include "stream/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct recorder {
	int fd;
	bool is_regular;
	bool failed;
	struct stat file;
	struct buffer buffer;
};

/* If the last byte of the file is no newline, begin with one. Writers append, so others may follow. */
static void end_last_line(struct recorder *recorder, const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	char last;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == recorder->file.st_ino &&
	    st.st_dev == recorder->file.st_dev &&
	    pread(fd, &last, 1, recorder->file.st_size - 1) == 1 && last != '\n')
		buffer_append(&recorder->buffer, "\n", 1);
	if (fd >= 0)
		close(fd);
}

struct recorder *recorder_open(const char *path, struct error *error)
{
	struct recorder *recorder = needed_array(1, sizeof(*recorder));

	recorder->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (recorder->fd < 0 || fstat(recorder->fd, &recorder->file) < 0) {
		error_set_errno(error, errno, "can't be written");
		recorder_close(recorder);
		return NULL;
	}
	recorder->is_regular = S_ISREG(recorder->file.st_mode);
	if (recorder->is_regular && recorder->file.st_size > 0)
		end_last_line(recorder, path);
	return recorder;
}

bool recorder_is_file(const struct recorder *recorder, const struct stat *file)
{
	return recorder->is_regular && recorder->file.st_ino == file->st_ino &&
	       recorder->file.st_dev == file->st_dev;
}

static void append_number(struct buffer *buffer, uint64_t number)
{
	buffer->used += digits_decimal(buffer_reserve(buffer, DIGITS_SIZE), number);
}

static void append_text(struct buffer *buffer, const char *name, const char *text)
{
	buffer_append_text(buffer, name);
	json_append_text(buffer, text);
}

static void append_call(struct buffer *buffer, const struct event *event)
{
	append_text(buffer, ",\"call\":", event_call_name(event->call));
	buffer_append_text(buffer, ",\"arguments\":");
	for (size_t i = 0; i < EVENT_ARGUMENTS; i++) {
		buffer_append(buffer, i == 0 ? "[" : ",", 1);
		append_number(buffer, event->arguments[i]);
	}
	buffer_append(buffer, "]", 1);
}

static void append_process(struct buffer *buffer, const struct event_process *process)
{
	size_t start;

	buffer_append_text(buffer, ",\"process\":");
	start = buffer->used;
	/* The members begin with a comma, which the brace replaces. */
	fields_append(buffer, &process_fields, process, 0);
	if (buffer->used == start)
		buffer_append(buffer, ",", 1);
	buffer->data[start] = '{';
	buffer_append(buffer, "}", 1);
}

void recorder_append(struct buffer *buffer, const struct event *event, const char *source,
                     const char *host)
{
	buffer_append_text(buffer, "{\"time\":");
	append_number(buffer, event->time);
	append_text(buffer, ",\"event\":", event_word(event->type));
	if (host != NULL)
		append_text(buffer, ",\"host\":", host);
	if (source != NULL)
		append_text(buffer, ",\"source\":", source);
	fields_append(buffer, &event_fields, event, 0);
	if (event->call != NULL)
		append_call(buffer, event);
	append_process(buffer, &event->process);
	if (event->object != NULL) {
		append_text(buffer, ",\"object\":{\"kind\":", kind_word(event->object->kind));
		fields_append(buffer, &object_fields, event->object, KIND_BIT(event->object->kind));
		buffer_append(buffer, "}", 1);
	}
	buffer_append(buffer, "}\n", 2);
}

void recorder_add(struct recorder *recorder, const struct event *event, const char *source,
                  const char *host)
{
	recorder_append(&recorder->buffer, event, source, host);
}

/* After a full disk, a part of a line would look like a damaged one. */
static void drop_partial_line(const struct recorder *recorder, size_t written)
{
	size_t kept = written;
	off_t end;

	while (kept > 0 && recorder->buffer.data[kept - 1] != '\n')
		kept--;
	end = lseek(recorder->fd, 0, SEEK_END);
	if (recorder->is_regular && kept < written && end >= (off_t)(written - kept))
		(void)!ftruncate(recorder->fd, end - (off_t)(written - kept));
}

int recorder_flush(struct recorder *recorder, struct error *error)
{
	struct buffer *buffer = &recorder->buffer;
	const size_t size = recorder->failed ? 0 : buffer->used;
	size_t written;

	buffer->used = 0;
	if (transfer_write_all(recorder->fd, buffer->data, size, &written) == 0)
		return 0;
	error_set_errno(error, errno, "can't be written");
	drop_partial_line(recorder, written);
	recorder->failed = true;
	return -1;
}

void recorder_close(struct recorder *recorder)
{
	if (recorder == NULL)
		return;
	if (recorder->fd >= 0)
		close(recorder->fd);
	free(recorder->buffer.data);
	free(recorder);
}
