#include "output/report.h"

#include "base/memory.h"
#include "output/cell.h"
#include "output/machine.h"
#include "output/mark.h"
#include "output/stdout.h"
#include "output/table.h"
#include "output/text.h"
#include "output/wrap.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The size of the buffer before stdio, in bytes. */
enum { FLUSH_AT = 1 << 16 };

struct report {
	const struct column_set *set;
	const struct format_options *options;
	struct column_choice machine; /* of JSON, raw and export, as requested or the defaults */
	const struct column *sort;    /* NULL for the given order */
	FILE *stream;                 /* NULL for stdout */
	bool descending;
	bool started;        /* a heading or a section was printed */
	bool first_row_done; /* in JSON */
	time_t now;
	struct buffer buffer;
	struct buffer scratch;
};

static void flush(struct report *report)
{
	/* A text with marks is kept. */
	if (report->buffer.marks != NULL)
		return;
	if (report->stream == NULL)
		stdout_write(report->buffer.data, report->buffer.used);
	else if (report->buffer.used > 0)
		(void)!fwrite(report->buffer.data, 1, report->buffer.used, report->stream);
	report->buffer.used = 0;
}

static void flush_if_full(struct report *report)
{
	if (report->buffer.used >= FLUSH_AT)
		flush(report);
}

static void append(struct report *report, const char *text)
{
	buffer_append_text(&report->buffer, text);
}

static int find_sort_column(struct report *report, const char *key, struct error *error)
{
	struct column_choice choice;
	struct error unknown;

	if (key == NULL)
		return 0;
	report->descending = *key == '-';
	key += report->descending;
	if (strchr(key, ',') != NULL)
		return error_set(error, STATUS_USAGE, "--sort: takes only one column");
	if (*key == '+' || column_choice_parse(report->set, key, "", &choice, &unknown) < 0)
		return error_set(error, STATUS_USAGE, "--sort: %s",
		                 *key == '+' ? "unexpected '+' before the column name"
		                             : unknown.text);
	report->sort = choice.columns[0];
	column_choice_free(&choice);
	return 0;
}

struct report *report_open(const struct column_set *set, const struct format_options *options,
                           const char *machine_columns, struct error *error)
{
	struct report *report = needed_array(1, sizeof(*report));
	const char *list = options->columns != NULL ? options->columns : machine_columns;
	int result = 0;

	report->set = set;
	report->options = options;
	report->now = time(NULL);
	if (machine_columns == NULL && (list == NULL || *list == '+'))
		result = column_choice_all(set, list, &report->machine, error);
	else
		result = column_choice_parse(set, list, machine_columns, &report->machine, error);
	if (result < 0 || find_sort_column(report, options->sort, error) < 0) {
		column_choice_free(&report->machine);
		free(report);
		return NULL;
	}
	return report;
}

/* Details and records show all columns; "+" adds only those that are in no set. */
static bool takes_all_columns(const struct report *report, const char *section_columns)
{
	const char *list = report->options->columns;

	return section_columns == NULL && (list == NULL || *list == '+');
}

void report_to_stream(struct report *report, FILE *stream)
{
	report->stream = stream;
}

void report_keep(struct report *report, struct marks *marks)
{
	report->buffer.marks = marks;
}

int report_columns(const struct report *report, const char *section_columns,
                   struct column_choice *choice, struct error *error)
{
	const char *list = report->options->columns;

	if (takes_all_columns(report, section_columns))
		return column_choice_all(report->set, list, choice, error);
	if (section_columns == NULL)
		section_columns = "";
	if (column_choice_parse(report->set, list != NULL ? list : section_columns, section_columns,
	                        choice, error) < 0)
		return -1;
	if (list != NULL && *list != '+')
		choice->named = 0;
	return 0;
}

static unsigned int choice_needs(const struct column_choice *choice)
{
	unsigned int needs = 0;

	for (size_t i = 0; i < choice->count; i++)
		needs |= choice->columns[i]->needs;
	return needs;
}

unsigned int report_needs(const struct report *report, const char *section_columns)
{
	unsigned int needs = report->sort != NULL ? report->sort->needs : 0;
	struct column_choice choice;
	struct error error;

	if (report->options->format != FORMAT_TABLE && section_columns != NULL)
		return needs | choice_needs(&report->machine);
	if (report_columns(report, section_columns, &choice, &error) < 0)
		return needs;
	needs |= choice_needs(&choice);
	column_choice_free(&choice);
	return needs;
}

unsigned int report_named_needs(const struct report *report)
{
	const char *list = report->options->columns;
	unsigned int needs = report->sort != NULL ? report->sort->needs : 0;
	struct column_choice choice;
	struct error error;

	if (list == NULL ||
	    column_choice_parse(report->set, list + (*list == '+'), "", &choice, &error) < 0)
		return needs;
	needs |= choice_needs(&choice);
	column_choice_free(&choice);
	return needs;
}

static bool is_known(const struct value *value)
{
	return value->kind != VALUE_UNKNOWN && value->kind != VALUE_ABSENT;
}

static int compare_numbers(const struct value *a, const struct value *b)
{
	if (a->kind == VALUE_SIGNED && b->kind == VALUE_SIGNED)
		return (a->signed_number > b->signed_number) -
		       (a->signed_number < b->signed_number);
	return (a->number > b->number) - (a->number < b->number);
}

static bool has_text(const struct value *value)
{
	return value->kind == VALUE_TEXT || value->kind == VALUE_REAL;
}

/* NaN comes last. */
static int compare_reals(double a, double b)
{
	if (isnan(a) || isnan(b))
		return (isnan(a) != 0) - (isnan(b) != 0);
	return (a > b) - (a < b);
}

/* Unlimited exceeds any number; unknown comes last in either direction. */
static int compare_rows(const void *left, const void *right, void *closure)
{
	struct report *report = closure;
	struct value a;
	struct value b;
	int order;

	column_value(report->set, report->sort, *(const void *const *)left, &a);
	/* The next value may use the same memory. */
	if (has_text(&a) && a.text != a.scratch) {
		report->scratch.used = 0;
		buffer_append(&report->scratch, a.text, strlen(a.text) + 1);
		a.text = report->scratch.data;
	}
	column_value(report->set, report->sort, *(const void *const *)right, &b);
	if (!is_known(&a) || !is_known(&b))
		return is_known(&b) - is_known(&a);
	/* "inf" and "nan" are texts, because JSON has no such numbers. */
	if (report->sort->type == COLUMN_NUMBER && has_text(&a) && has_text(&b))
		order = compare_reals(strtod(a.text, NULL), strtod(b.text, NULL));
	else if (has_text(&a) && has_text(&b))
		order = strcmp(a.text, b.text);
	else if (a.kind == VALUE_UNLIMITED || b.kind == VALUE_UNLIMITED)
		order = (a.kind == VALUE_UNLIMITED) - (b.kind == VALUE_UNLIMITED);
	else
		order = compare_numbers(&a, &b);
	return report->descending ? -order : order;
}

static void append_heading(struct report *report, const char *title)
{
	struct buffer *text = &report->scratch;

	text->used = 0;
	buffer_append_text(text, "------ ");
	buffer_append_text(text, title);
	buffer_append_text(text, " --------");
	style_append(&report->buffer, STYLE_HEADING, report->options->colored, text->data,
	             text->used);
	append(report, "\n");
}

/* A blank line between two sections or blocks. */
static void separate(struct report *report)
{
	if (report->started)
		append(report, "\n");
	report->started = true;
}

static int print_table(struct report *report, const struct report_section *section,
                       struct error *error)
{
	struct column_choice choice;
	struct table table;

	if (report_columns(report, section->columns, &choice, error) < 0)
		return -1;
	table_begin(&table, &choice, report->options, report->now, section->rows, section->count);
	if (!report->options->no_headings) {
		separate(report);
		append_heading(report, section->title);
		table_append_names(&table, &report->buffer);
	}
	for (size_t r = 0; r < section->count; r++) {
		table_append_row(&table, &report->buffer, section->rows[r]);
		flush_if_full(report);
	}
	table_append_omitted(&table, &report->buffer);
	table_end(&table);
	return 0;
}

/* Print a row in a machine-readable format. */
static void print_machine_row(struct report *report, const struct column_choice *choice,
                              const void *row)
{
	if (report->options->format == FORMAT_JSON)
		append(report, report->first_row_done ? ",\n" : "[\n");
	else if (report->options->format == FORMAT_RAW && !report->started &&
	         !report->options->no_headings)
		machine_append_names(&report->buffer, choice);
	report->first_row_done = true;
	machine_append_row(&report->buffer, choice, row, report->options, report->now);
	report->started = true;
	flush_if_full(report);
}

/*
 * Without titles between them and with the same columns, sections form one list, sorted and aligned
 * as a whole.
 */
static bool is_one_list(const struct report *report)
{
	const struct format_options *options = report->options;

	if (options->format != FORMAT_TABLE)
		return true;
	return options->no_headings && options->columns != NULL && *options->columns != '+';
}

static void sort_rows(struct report *report, const void **rows, size_t count)
{
	if (report->sort != NULL)
		qsort_r(rows, count, sizeof(*rows), compare_rows, report);
}

static int print_section(struct report *report, const struct report_section *section,
                         struct error *error)
{
	sort_rows(report, section->rows, section->count - section->pinned);
	if (report->options->format == FORMAT_TABLE)
		return print_table(report, section, error);
	for (size_t r = 0; r < section->count; r++)
		print_machine_row(report, &report->machine, section->rows[r]);
	return 0;
}

/* Move the pinned rows of all sections, in their order, behind the other rows. */
static void join_pinned(const struct report_section *sections, size_t count,
                        struct report_section *all)
{
	const void **pinned = needed_array(all->pinned, sizeof(*pinned));
	size_t others = 0;
	size_t moved = 0;

	for (size_t i = 0; i < count; i++) {
		const struct report_section *section = &sections[i];
		const size_t sorted = section->count - section->pinned;

		for (size_t r = 0; r < section->pinned; r++)
			pinned[moved++] = section->rows[sorted + r];
		for (size_t r = 0; r < sorted; r++)
			all->rows[others++] = section->rows[r];
	}
	for (size_t r = 0; r < moved; r++)
		all->rows[others + r] = pinned[r];
	free(pinned);
}

int report_sections(struct report *report, const struct report_section *sections, size_t count,
                    struct error *error)
{
	struct report_section all = sections[0];

	if (is_one_list(report)) {
		for (size_t i = 1; i < count; i++) {
			all.count += sections[i].count;
			all.pinned += sections[i].pinned;
		}
		if (report->sort != NULL)
			join_pinned(sections, count, &all);
		return print_section(report, &all, error);
	}
	for (size_t i = 0; i < count; i++) {
		if (print_section(report, &sections[i], error) < 0)
			return -1;
	}
	return 0;
}

static size_t widest_name(const struct column_choice *choice)
{
	size_t widest = 0;

	for (size_t c = 0; c < choice->count; c++) {
		size_t width = strlen(choice->columns[c]->name);

		if (width > widest)
			widest = width;
	}
	return widest;
}

/* On a terminal, append the short form of a size or duration, " (1.2G)". */
static void append_short_form(const struct report *report, struct buffer *text,
                              const struct column *column, const struct value *value)
{
	enum { KIBIBYTE = 1024, MINUTE = 60 };
	const struct format_options *options = report->options;
	char brief[UNITS_TEXT_SIZE];
	size_t length = 0;

	if (!options->for_terminal || options->human || options->bytes ||
	    (value->kind != VALUE_NUMBER && value->kind != VALUE_BYTES))
		return;
	if (column->type == COLUMN_DURATION && value->number >= MINUTE)
		length = duration_human(brief, value->number);
	else if ((column->type == COLUMN_SIZE || value->kind == VALUE_BYTES) &&
	         value->number >= KIBIBYTE)
		length = size_human(brief, value->number);
	if (length == 0)
		return;
	buffer_append(text, " (", 2);
	buffer_append(text, brief, length);
	buffer_append(text, ")", 1);
}

/* Append a line of details: the name of a column, and the value, folded to fit a terminal. */
static void append_detail(struct report *report, const struct column *column,
                          const struct value *value, size_t indent)
{
	const size_t width = report->options->width;
	struct buffer *text = &report->scratch;
	enum style style;

	append(report, column->name);
	buffer_append_blanks(&report->buffer, indent - strlen(column->name));
	text->used = 0;
	buffer_reserve(text, 1); /* the value may be empty */
	cell_append(text, column, value, report->options, report->now);
	append_short_form(report, text, column, value);
	style = style_of(column->styles, text->data, text->used);
	if (!is_known(value))
		style = STYLE_PLAIN;
	if (column_is_needed(column) || style != STYLE_PLAIN || width <= indent)
		style_append(&report->buffer, style, report->options->colored, text->data,
		             text->used);
	else
		wrap_append(&report->buffer, text->data, text->used, width - indent, indent);
	append(report, "\n");
}

static void append_block(struct report *report, report_title_fn *title,
                         const struct column_choice *choice, const void *row)
{
	size_t widest = widest_name(choice);
	struct value value;

	separate(report);
	if (!report->options->no_headings) {
		char text[VALUE_SCRATCH_SIZE + 64];
		char visible[sizeof(text) * 4];

		title(row, text, sizeof(text));
		text_visible(visible, text, TEXT_VISIBLE);
		append_heading(report, visible);
	}
	for (size_t c = 0; c < choice->count; c++) {
		const struct column *column = choice->columns[c];

		column_value(report->set, column, row, &value);
		if (value.kind == VALUE_ABSENT && takes_all_columns(report, NULL))
			continue;
		append_detail(report, column, &value, widest + 2);
	}
}

int report_details(struct report *report, report_title_fn *title, const void **rows, size_t count,
                   struct error *error)
{
	struct column_choice choice;

	if (report_columns(report, NULL, &choice, error) < 0)
		return -1;
	if (count == 0 && report->options->format == FORMAT_RAW && !report->options->no_headings) {
		machine_append_names(&report->buffer, &choice);
		report->started = true;
	}
	sort_rows(report, rows, count);
	for (size_t r = 0; r < count; r++) {
		if (report->options->format == FORMAT_TABLE)
			append_block(report, title, &choice, rows[r]);
		else
			print_machine_row(report, &choice, rows[r]);
	}
	column_choice_free(&choice);
	return 0;
}

bool report_is_for_terminal(const struct report *report)
{
	return report->options->for_terminal;
}

size_t report_size_text(const struct report *report, char *target, uint64_t bytes)
{
	if (!report->options->bytes)
		return size_human(target, bytes);
	return (size_t)snprintf(target, UNITS_TEXT_SIZE, "%" PRIu64 " byte%s", bytes,
	                        plural_s(bytes));
}

void report_totals(struct report *report, const char *text)
{
	if (!report->options->for_terminal || report->options->no_headings)
		return;
	separate(report);
	if (report->options->width > 0)
		wrap_append(&report->buffer, text, strlen(text), report->options->width, 0);
	else
		append(report, text);
	append(report, "\n");
}

void report_discard(struct report *report)
{
	column_choice_free(&report->machine);
	free(report->buffer.data);
	free(report->scratch.data);
	free(report);
}

void report_close(struct report *report)
{
	if (report->options->format == FORMAT_JSON)
		append(report, report->first_row_done ? "\n]\n" : "[]\n");
	if (report->options->format == FORMAT_RAW && !report->started &&
	    !report->options->no_headings)
		machine_append_names(&report->buffer, &report->machine);
	flush(report);
	report_discard(report);
}

void report_close_kept(struct report *report, struct buffer *text)
{
	*text = report->buffer;
	text->marks = NULL;
	report->buffer.data = NULL;
	report_discard(report);
}

static void list_column(const struct column *column, size_t widest)
{
	char *line = needed_text("%-*s  %s\n", (int)widest, column->name, column->meaning);

	wrap_print(line);
	free(line);
}

void report_list_columns(const struct column_set *set)
{
	bool has_host = false;
	size_t widest = 0;

	for (size_t i = 0; i < set->count; i++) {
		size_t width = strlen(set->columns[i].name);

		if (width > widest)
			widest = width;
		has_host = has_host || strcmp(set->columns[i].name, column_host.name) == 0;
	}
	for (size_t i = 0; i < set->count; i++)
		list_column(&set->columns[i], widest);
	if (!has_host)
		list_column(&column_host, widest);
}
