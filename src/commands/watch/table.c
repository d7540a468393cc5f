#include "commands/watch/table.h"

#include "base/clock.h"
#include "commands/watch/screen.h"
#include "commands/watch/selection.h"
#include "commands/watch/sources.h"
#include "commands/watch/table_event.h"
#include "commands/watch/table_list.h"
#include "commands/watch/table_remove.h"
#include "output/text.h"
#include "system/privileges.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

enum {
	TITLE_LINES = 1,
	HEIGHT_FOR_EVENT = 10, /* a lower screen has no line for the latest event */
	/* With many events or objects, listing them takes at most a tenth of the time. */
	LEAST_PERIOD = 100,
	MOST_OF_TIME = 10,
	MESSAGE_TIME = 10000, /* for which a message is shown; milliseconds, as those above */
};

enum table_mode { MODE_TABLE, MODE_PATTERN, MODE_QUESTION, MODE_DETAILS, MODE_HELP };

struct table {
	const struct watch_table_request *request;
	struct table_list list;
	struct event_stream *stream;     /* NULL: the table is refreshed by time alone */
	struct selection selection;      /* of the events to report */
	char event[TABLE_SENTENCE_SIZE]; /* the latest one */
	enum table_mode mode;
	struct table_view text; /* MODE_DETAILS, MODE_HELP */
	struct table_removal removal;
	char message[TABLE_SENTENCE_SIZE]; /* or the question */
	uint64_t message_end;              /* milliseconds of the clock */
	bool is_paused;
	bool is_due; /* something has happened since the last refresh */
	bool is_over;
	bool is_cut_off; /* a signal or failure ended it, not the user */
	bool has_failed; /* the error is set */
	struct error error;
	uint64_t refreshed; /* milliseconds of the clock */
	uint64_t cost;      /* of the last refresh, in milliseconds */
	uint64_t next_end;  /* of a highlight or the message: milliseconds of the clock */
};

static uint64_t clock_now(void)
{
	return clock_milliseconds(CLOCK_MONOTONIC);
}

/* The last line, and the one of the latest event. */
static size_t bottom_lines(void)
{
	return screen_height() < HEIGHT_FOR_EVENT ? 1 : 2;
}

static size_t body_height(void)
{
	const size_t height = screen_height();
	const size_t other = TITLE_LINES + bottom_lines();

	return height > other ? height - other : 0;
}

static void say(struct table *table, const char *sentence)
{
	snprintf(table->message, sizeof(table->message), "%s", sentence);
	table->message_end = clock_now() + MESSAGE_TIME;
}

/* An error: names in it are made visible as in any message. */
static void say_error(struct table *table, const char *before, const struct error *error)
{
	char visible[ERROR_TEXT_SIZE * 4 + 2];

	text_visible(visible, error->text, TEXT_KEEP_BACKSLASH);
	snprintf(table->message, sizeof(table->message), "%s%.*s", before, TABLE_SENTENCE_SIZE - 32,
	         visible);
	table->message_end = clock_now() + MESSAGE_TIME;
}

/*
 * Drawing
 */

static void draw_title(const struct table *table)
{
	const struct table_list *list = &table->list;
	char title[2048];

	snprintf(title, sizeof(title), "%s%s%s%s%s%s%s",
	         list->totals[0] != '\0' ? list->totals : "no objects",
	         list->sort != NULL ? "; sorted by " : "",
	         list->sort != NULL ? list->sort->name : "", list->descending ? ", descending" : "",
	         list->pattern[0] != '\0' && table->mode != MODE_PATTERN ? "; only " : "",
	         table->mode != MODE_PATTERN ? list->pattern : "",
	         table->is_paused ? "; paused" : "");
	screen_put_line(0, title, SCREEN_BOLD);
}

/* Draw the message in as many lines as it needs. Returns the column of the cursor, or -1. */
static int draw_message(const struct table *table)
{
	const char *rest = table->message;
	size_t lines = 1;
	size_t width = 0;

	while (lines < screen_height() / 2 && text_width(table->message) > lines * screen_width())
		lines++;
	for (; lines > 0; lines--) {
		screen_put_line(screen_height() - lines, rest, SCREEN_BOLD);
		rest += text_prefix(rest, strlen(rest), screen_width(), &width);
	}
	return table->mode == MODE_QUESTION && width < screen_width() ? (int)width : -1;
}

/* Draw what is typed after "/". Returns the column of the cursor. */
static int draw_prompt(const struct table *table)
{
	char prompt[TABLE_PATTERN_SIZE + 2];
	size_t width;

	snprintf(prompt, sizeof(prompt), "/%s", table->list.pattern);
	screen_put_line(screen_height() - 1, prompt, SCREEN_PLAIN);
	width = text_width(prompt);
	return (int)(width < screen_width() ? width : screen_width() - 1);
}

/* Draw the last line. Returns the column of the cursor, or -1. */
static int draw_bottom(const struct table *table)
{
	static const char *const keys[] = {
		[MODE_TABLE] =
		    "q quit  s S sort  / filter  enter details  k remove  space pause  ? help",
		[MODE_DETAILS] = "q back  arrows scroll  k remove",
		[MODE_HELP] = "q back",
		[MODE_QUESTION] = "",
		[MODE_PATTERN] = "",
	};
	if (table->mode == MODE_PATTERN)
		return draw_prompt(table);
	if (table->message[0] != '\0')
		return draw_message(table);
	screen_put_line(screen_height() - 1, keys[table->mode], SCREEN_REVERSE);
	return -1;
}

static void draw(struct table *table)
{
	int cursor;

	screen_clear();
	draw_title(table);
	if (table->mode == MODE_DETAILS || table->mode == MODE_HELP)
		table_view_draw(&table->text, TITLE_LINES, body_height(), table_style_look, NULL);
	else
		table_list_draw(&table->list, TITLE_LINES, body_height(), clock_now());
	if (bottom_lines() > 1)
		screen_put_line(screen_height() - 2, table->event, SCREEN_PLAIN);
	cursor = draw_bottom(table);
	screen_show(cursor);
}

/* IS_STALE: the objects were listed again, or the size has changed. */
static void render(struct table *table, bool is_stale)
{
	table_list_render(&table->list, screen_width(), body_height(), clock_now());
	if (table->mode != MODE_DETAILS || !is_stale)
		table_view_lay_out(&table->text, screen_width());
	else if (!table_list_details(&table->list, &table->text, screen_width()))
		table->mode = MODE_TABLE;
}

static void refresh(struct table *table)
{
	struct error error;

	table->refreshed = clock_now();
	table->is_due = false;
	if (table_list_refresh(&table->list, table->refreshed, &error) < 0) {
		/* Earlier sentences, such as the sources, do not replace it. */
		(void)screen_message(table->message, sizeof(table->message));
		say_error(table, "", &error);
	}
}

/*
 * Keys
 */

static void show_help(struct table *table)
{
	static const char help[] =
	    "q           quit, or back to the table\n"
	    "up, down    select another row; also page up, page down, home, end\n"
	    "enter       all details of the selected object, as from stat REF\n"
	    "s           sort by the next column; after the last one, in the order of stat\n"
	    "S           reverse the order\n"
	    "/           show only rows with a text: type it, then enter; escape ends it.\n"
	    "            A text with * ? or [ is a pattern for names, as with --name\n"
	    "k           remove the selected object, if it is proven unused; asks first\n"
	    "space       pause, or go on\n"
	    "\n"
	    "New rows are green, changed values bold, rows of removed objects dim for a moment.\n";
	struct buffer text = { .used = 0 };
	struct marks marks = { .count = 0 };

	buffer_append_text(&text, help);
	table_view_clear(&table->text);
	table_view_append(&table->text, &text, &marks);
	table->text.top = 0;
	table->mode = MODE_HELP;
}

static void show_details(struct table *table)
{
	if (table->list.selected == NULL)
		return;
	table->text.top = 0;
	if (table_list_details(&table->list, &table->text, screen_width()))
		table->mode = MODE_DETAILS;
	else
		say(table, "the object no longer exists");
}

static void ask_removal(struct table *table)
{
	struct error why;

	if (table->list.selected == NULL)
		return;
	table_removal_end(&table->removal);
	if (table_removal_ask(&table->removal, table->list.selected, table->message, &why) < 0)
		say_error(table, "kept: ", &why);
	else
		table->mode = MODE_QUESTION;
}

static void answer(struct table *table, uint32_t key)
{
	struct error why;

	table->mode = MODE_TABLE;
	table->message[0] = '\0';
	if (key != 'y' && key != 'Y')
		say(table, "not removed");
	else if (table_removal_do(&table->removal, table->message, &why) < 0)
		say_error(table, "kept: ", &why);
	else
		table->message_end = clock_now() + MESSAGE_TIME;
	table_removal_end(&table->removal);
	table->is_due = true;
	table->refreshed = 0;
}

/* Append a character, or remove the last one. */
static void edit_pattern(struct table *table, uint32_t key)
{
	char *pattern = table->list.pattern;
	const size_t length = strlen(pattern);
	char bytes[MB_LEN_MAX + 1] = "";

	if (key == SCREEN_KEY_BACKSPACE) {
		size_t kept;

		/* The longest part that is less wide than all of it. */
		pattern[length > 0 ? text_prefix(pattern, length, text_width(pattern) - 1, &kept)
		                   : 0] = '\0';
	} else if (screen_key_text(key, bytes) && length + strlen(bytes) < TABLE_PATTERN_SIZE) {
		strlcat(pattern, bytes, TABLE_PATTERN_SIZE);
	}
}

static void take_pattern_key(struct table *table, uint32_t key)
{
	if (key == SCREEN_KEY_ESCAPE)
		table->list.pattern[0] = '\0';
	if (key == SCREEN_KEY_ESCAPE || key == SCREEN_KEY_ENTER)
		table->mode = MODE_TABLE;
	else
		edit_pattern(table, key);
}

/* The number of lines by which a key moves; 0: it does not. */
static long distance_of(uint32_t key)
{
	const long page = (long)body_height() > 1 ? (long)body_height() - 1 : 1;

	switch (key) {
	case SCREEN_KEY_UP:
		return -1;
	case SCREEN_KEY_DOWN:
		return 1;
	case SCREEN_KEY_PAGE_UP:
		return -page;
	case SCREEN_KEY_PAGE_DOWN:
		return page;
	case SCREEN_KEY_HOME:
		return -LONG_MAX;
	case SCREEN_KEY_END:
		return LONG_MAX;
	default:
		return 0;
	}
}

static void take_text_key(struct table *table, uint32_t key)
{
	if (distance_of(key) != 0)
		table_view_scroll(&table->text, distance_of(key), body_height());
	else if (key == 'q' || key == SCREEN_KEY_ESCAPE || key == SCREEN_KEY_ENTER)
		table->mode = MODE_TABLE;
	else if (key == 'k' && table->mode == MODE_DETAILS)
		ask_removal(table);
}

static void take_table_key(struct table *table, uint32_t key)
{
	switch (key) {
	case 'q':
		table->is_over = true;
		break;
	case 's':
		table_list_sort_next(&table->list);
		break;
	case 'S':
		table_list_reverse(&table->list);
		break;
	case '/':
		table->mode = MODE_PATTERN;
		break;
	case SCREEN_KEY_ESCAPE:
		table->list.pattern[0] = '\0';
		break;
	case SCREEN_KEY_ENTER:
		show_details(table);
		break;
	case 'k':
		ask_removal(table);
		break;
	case ' ':
		table->is_paused = !table->is_paused;
		break;
	case '?':
		show_help(table);
		break;
	default:
		if (distance_of(key) != 0)
			table_list_move(&table->list, distance_of(key), body_height());
	}
}

static void take_key(struct table *table, uint32_t key)
{
	if (table->mode != MODE_QUESTION)
		table->message[0] = '\0';
	switch (table->mode) {
	case MODE_QUESTION:
		answer(table, key);
		break;
	case MODE_PATTERN:
		take_pattern_key(table, key);
		break;
	case MODE_DETAILS:
	case MODE_HELP:
		take_text_key(table, key);
		break;
	default:
		take_table_key(table, key);
	}
}

/*
 * The loop
 */

static void note_event(void *closure, const struct event *event)
{
	struct table *table = closure;

	table->is_due = true;
	if (selection_takes(&table->selection, event))
		(void)table_event_text(event, table->event, sizeof(table->event));
}

/* When to list the objects again: milliseconds of the clock. */
static uint64_t next_refresh(const struct table *table)
{
	const uint64_t least = table->cost * MOST_OF_TIME;
	uint64_t period = table->request->stream.period;

	if (table->is_paused)
		return UINT64_MAX;
	if (table->is_due && period > LEAST_PERIOD)
		period = LEAST_PERIOD;
	return table->refreshed + (period > least ? period : least);
}

/* Draw everything, and note when it must be drawn again even if nothing happens. */
static void show(struct table *table, uint64_t now, bool is_stale)
{
	if (table->mode != MODE_QUESTION && now >= table->message_end)
		table->message[0] = '\0';
	if (screen_message(table->message, sizeof(table->message)))
		table->message_end = now + MESSAGE_TIME;
	render(table, is_stale);
	draw(table);
	table->next_end = table_rows_next_end(&table->list.rows, table->list.columns, now);
	if (table->message[0] != '\0' && table->mode != MODE_QUESTION &&
	    table->message_end < table->next_end)
		table->next_end = table->message_end;
}

static void take_events(struct table *table, unsigned int events)
{
	uint32_t key;

	if (events & (SCREEN_ENDED | SCREEN_FAILED))
		table->is_over = table->is_cut_off = true;
	table->has_failed = (events & SCREEN_FAILED) != 0;
	if (events & SCREEN_READABLE)
		event_stream_read(table->stream, false, note_event, table);
	while ((events & SCREEN_KEYS) && !table->is_over && (key = screen_key()) != SCREEN_KEY_NONE)
		take_key(table, key);
}

static void run(struct table *table)
{
	unsigned int events = SCREEN_CHANGED;

	while (!table->is_over) {
		const uint64_t now = clock_now();
		const bool must_refresh = now >= next_refresh(table);
		const bool is_stale = must_refresh || (events & SCREEN_CHANGED) != 0;
		uint64_t next;

		if (must_refresh)
			refresh(table);
		if (is_stale || (events & SCREEN_KEYS) != 0 || now >= table->next_end)
			show(table, now, is_stale);
		if (must_refresh)
			table->cost = clock_now() - now;
		next =
		    next_refresh(table) < table->next_end ? next_refresh(table) : table->next_end;
		events = screen_wait(table->stream != NULL ? event_stream_fd(table->stream) : -1,
		                     next > now + INT_MAX ? INT_MAX
		                     : next > now         ? (int)(next - now)
		                                          : 0,
		                     &table->error);
		take_events(table, events);
	}
}

/* Standard error is shown as a message: the sources, and why there are no better ones. */
static void open_stream(struct table *table, const struct command_context *context)
{
	struct error error;

	if (selection_begin(&table->selection, context, true) < 0)
		return;
	table->stream = event_stream_open(&table->request->stream, &error);
	if (table->stream == NULL) {
		say_error(table, "", &error);
	} else {
		const char *names[KIND_COUNT];

		(void)sources_announce(context, table->stream, &table->request->stream, false,
		                       names);
	}
}

enum exit_status watch_table(const struct command_context *context,
                             const struct watch_table_request *request)
{
	struct table table = {
		.request = request,
		.selection = { .types = EVENTS_ALL,
		               .filter = request->filter,
		               .refs = request->refs },
	};
	struct object_filter filter = *request->filter;
	struct error error;

	if (request->refs->count > 0)
		filter.kinds = request->stream.kinds;
	privileges_keep(PRIVILEGE_LOOK | PRIVILEGE_REMOVE);
	if (screen_check(&error) < 0 ||
	    table_list_begin(&table.list, context, &filter, request->refs, request->format,
	                     &error) < 0 ||
	    screen_begin(request->format->colored, &error) < 0) {
		message_error(&context->message, NULL, &error);
		table_list_free(&table.list);
		return error.status;
	}
	open_stream(&table, context);
	run(&table);
	event_stream_close(table.stream);
	selection_end(&table.selection);
	table_removal_end(&table.removal);
	table_view_free(&table.text);
	table_list_free(&table.list);
	screen_end();
	if (table.has_failed)
		message_error(&context->message, NULL, &table.error);
	/* A signal has ended the program, unless it is ignored. */
	return table.is_cut_off ? STATUS_FAILED : STATUS_DONE;
}
