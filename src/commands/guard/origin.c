#include "commands/guard/origin.h"

#include "base/memory.h"
#include "output/fit.h"
#include "output/json.h"
#include "output/text.h"
#include "output/units.h"
#include "output/wrap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	INDENT = 4,           /* of the lines below the REFs, in terminal columns */
	COMMAND_WIDTH = 100,  /* of the command line of a maker, in terminal columns */
	PARENT_WIDTH = 60,    /* of that of a parent */
	PARENTS = 8,          /* at most, in text */
	CMDLINE_BYTES = 4096, /* of a command line, in JSON */
};

static const uint64_t second = 1000000000;

void origin_command(const struct make *make, char command[COMMAND_SIZE])
{
	const char *cmdline = make->maker->cmdline;
	const char *slash;
	size_t length;

	command[0] = '\0';
	if (cmdline == NULL)
		return;
	length = strcspn(cmdline, " ");
	slash = memrchr(cmdline, '/', length);
	if (slash != NULL) {
		length -= (size_t)(slash + 1 - cmdline);
		cmdline = slash + 1;
	}
	snprintf(command, COMMAND_SIZE, "%.*s", (int)length, cmdline);
}

/* The length of the beginning of a text, at most MOST bytes, that ends with a whole character. */
static size_t whole_length(const char *text, size_t most)
{
	size_t length = strnlen(text, most + 1);

	if (length <= most)
		return length;
	length = most;
	while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* Append a command line that may be of any length. */
static void append_command(struct buffer *buffer, const struct maker *maker, size_t width,
                           unsigned int style)
{
	struct buffer shown = { .data = NULL };
	char *start;
	char *text;

	if (maker->cmdline == NULL) {
		buffer_append_text(buffer, "unknown command");
		return;
	}
	/* A character has at most 4 bytes. */
	start = needed(strndup(maker->cmdline, whole_length(maker->cmdline, 4 * (width + 1))));
	text = text_visible_copy(start, style);
	buffer_append_text(&shown, text);
	if (text_width(text) > width)
		(void)fit_text(&shown, width);
	buffer_append(buffer, shown.data, shown.used);
	free(shown.data);
	free(text);
	free(start);
}

/* Append a line "made by: text", folded below the text. */
static void append_line(struct buffer *buffer, const char *label, const struct buffer *text,
                        size_t width)
{
	buffer_append_blanks(buffer, INDENT);
	buffer_append_text(buffer, label);
	wrap_append(buffer, text->data, text->used, width - INDENT - strlen(label),
	            INDENT + strlen(label));
	buffer_append(buffer, "\n", 1);
}

static void append_maker(struct buffer *buffer, const struct maker *maker, unsigned int style,
                         size_t width)
{
	struct buffer line = { .data = NULL };
	const struct maker *parent = maker->parent;
	char pid[32];

	append_command(&line, maker, COMMAND_WIDTH, style);
	snprintf(pid, sizeof(pid), " (pid %d)", (int)maker->pid);
	buffer_append_text(&line, pid);
	for (int i = 0; parent != NULL && i < PARENTS; i++) {
		buffer_append_text(&line, ", child of ");
		append_command(&line, parent, PARENT_WIDTH, style);
		parent = parent->parent;
	}
	if (parent != NULL)
		buffer_append_text(&line, ", ...");
	append_line(buffer, "made by: ", &line, width);
	free(line.data);
}

static void append_time(struct buffer *buffer, const struct make *make, size_t width)
{
	struct buffer line = { .data = NULL };
	const time_t when = (time_t)(make->time / second);
	char text[UNITS_TEXT_SIZE];

	text[time_text(text, when, TIME_ISO, when)] = '\0';
	buffer_append_text(&line, text);
	buffer_append_text(&line, ", by ");
	buffer_append_text(&line, make->call);
	append_line(buffer, "made at: ", &line, width);
	free(line.data);
}

/* The line of a backtrace without its newline, as a string to be freed; NULL at the end. */
static char *next_call(const char **lines)
{
	const size_t length = strcspn(*lines, "\n");
	char *line;

	if (length == 0)
		return NULL;
	line = needed(strndup(*lines, length));
	*lines += length + ((*lines)[length] == '\n');
	return line;
}

/* Append the lines of a backtrace, one below the other. */
static void append_backtrace(struct buffer *buffer, const struct make *make, unsigned int style)
{
	const char *lines = make->backtrace;
	const char *label = "made in: ";
	char *line;

	if (lines == NULL) {
		if (make->no_backtrace != NULL) {
			buffer_append_blanks(buffer, INDENT);
			buffer_append_text(buffer, label);
			buffer_append_text(buffer, "unknown: ");
			buffer_append_text(buffer, make->no_backtrace);
			buffer_append(buffer, "\n", 1);
		}
		return;
	}
	while ((line = next_call(&lines)) != NULL) {
		char *visible = text_visible_copy(line, style);

		buffer_append_blanks(buffer, INDENT);
		buffer_append_text(buffer, label);
		buffer_append_text(buffer, visible);
		buffer_append(buffer, "\n", 1);
		label = "         ";
		free(visible);
		free(line);
	}
}

void origin_append_text(struct buffer *buffer, const struct make *make, unsigned int style,
                        size_t width)
{
	append_maker(buffer, make->maker, style, width);
	append_time(buffer, make, width);
	append_backtrace(buffer, make, style);
}

/* Append the pid and the command line of a process as JSON members. */
static void append_json_maker(struct buffer *buffer, const struct maker *maker)
{
	char text[32];
	char *cmdline;

	snprintf(text, sizeof(text), "\"pid\":%d,\"cmdline\":", (int)maker->pid);
	buffer_append_text(buffer, text);
	if (maker->cmdline == NULL) {
		buffer_append_text(buffer, "null");
		return;
	}
	cmdline = needed(strndup(maker->cmdline, whole_length(maker->cmdline, CMDLINE_BYTES)));
	json_append_text(buffer, cmdline);
	free(cmdline);
}

static void append_json_backtrace(struct buffer *buffer, const struct make *make)
{
	const char *lines = make->backtrace;
	const char *comma = "[";
	char *line;

	buffer_append_text(buffer, ",\"backtrace\":");
	while (lines != NULL && (line = next_call(&lines)) != NULL) {
		buffer_append_text(buffer, comma);
		json_append_text(buffer, line);
		comma = ",";
		free(line);
	}
	buffer_append_text(buffer, *comma == ',' ? "]" : "null");
	buffer_append_text(buffer, ",\"backtrace_error\":");
	if (make->no_backtrace != NULL)
		json_append_text(buffer, make->no_backtrace);
	else
		buffer_append_text(buffer, "null");
}

void origin_append_json(struct buffer *buffer, const struct make *make)
{
	const struct maker *parent = make->maker->parent;
	char text[96];

	buffer_append(buffer, "{", 1);
	append_json_maker(buffer, make->maker);
	snprintf(text, sizeof(text), ",\"time\":%" PRIu64 ".%06" PRIu64 ",\"call\":\"%s\",",
	         make->time / second, make->time % second / 1000, make->call);
	buffer_append_text(buffer, text);
	buffer_append_text(buffer, "\"parents\":[");
	for (; parent != NULL; parent = parent->parent) {
		buffer_append(buffer, "{", 1);
		append_json_maker(buffer, parent);
		buffer_append_text(buffer, parent->parent != NULL ? "}," : "}");
	}
	buffer_append(buffer, "]", 1);
	append_json_backtrace(buffer, make);
	buffer_append(buffer, "}", 1);
}

static bool same_text(const char *left, const char *right)
{
	return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

bool origin_is_same(const struct make *left, const struct make *right)
{
	return right != NULL && left->maker == right->maker && same_text(left->call, right->call) &&
	       left->time / second == right->time / second &&
	       same_text(left->backtrace, right->backtrace) &&
	       same_text(left->no_backtrace, right->no_backtrace);
}
