#include "commands/watch/table_list.h"

#include "base/memory.h"
#include "commands/shared/blindness.h"
#include "commands/shared/object_sections.h"
#include "commands/shared/object_totals.h"
#include "commands/shared/set_members.h"
#include "commands/watch/screen.h"
#include "objects/kind.h"
#include "output/cell.h"
#include "output/report.h"
#include "usage/choose.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Prepare the columns to read values at this time. Returns 0, or -1 with error set. */
static int begin_columns(struct table_list *list, struct error *error)
{
	unsigned int needs = 0;

	object_context_end(&list->objects);
	memset(&list->objects, 0, sizeof(list->objects));
	list->objects.now = time(NULL);
	list->set = object_columns_in(&list->objects);
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++)
		needs |= list->needs[kind];
	return needs & NEED_FAMILY
	           ? object_families_begin(&list->objects.families, KINDS_ALL, error)
	           : 0;
}

/* Begin a report for the screen. */
static struct report *open_report(struct table_list *list, const struct column_set *set,
                                  struct format_options *format, struct error *error)
{
	const char *columns = set == &list->set ? object_machine_columns(list->filter.kinds) : NULL;

	*format = list->format;
	format->colored = false;
	return report_open(set, format, columns, error);
}

static int choose_columns(struct table_list *list, struct error *error)
{
	struct format_options format;
	struct report *report = open_report(list, &list->set, &format, error);
	char columns[SECTION_COLUMNS_SIZE];
	struct column_choice sort;
	int result = 0;

	if (report == NULL)
		return -1;
	object_sections_needs(report, &list->filter, false, list->needs);
	for (unsigned int kind = 0; kind < KIND_COUNT && result == 0; kind++) {
		object_section_columns(report, &list->filter, (enum object_kind)kind, false,
		                       columns);
		result = report_columns(report, columns, &list->columns[kind], error);
	}
	report_discard(report);
	if (result < 0 || list->format.sort == NULL)
		return result;
	list->descending = *list->format.sort == '-';
	if (column_choice_parse(&list->set, list->format.sort + list->descending, "", &sort,
	                        error) < 0)
		return -1;
	list->sort = sort.columns[0];
	column_choice_free(&sort);
	return 0;
}

int table_list_begin(struct table_list *list, const struct command_context *context,
                     const struct object_filter *filter, const struct ref_list *refs,
                     const struct format_options *format, struct error *error)
{
	*list = (struct table_list){
		.context = context,
		.refs = refs,
		.filter = *filter,
		.format = *format,
	};
	if (refs->count == 0)
		omit_unlisted_queues(context, &list->filter);
	list->set = object_columns_in(&list->objects);
	if (choose_columns(list, error) < 0)
		return -1;
	return begin_columns(list, error);
}

/* List the objects of the operands; those that do not exist are none. */
static int find_named(const struct table_list *list, struct object_list *found, struct error *error)
{
	const struct ref_list *refs = list->refs;
	int result = 0;

	for (size_t i = 0; i < refs->count; i++) {
		struct error one;

		if (choose_find(&refs->refs[i], found, &one) < 0 && one.number != ENOENT)
			result = error_join(error, result, &one);
	}
	object_list_sort_kinds(found);
	if (choose_collect(found, list->needs, error) < 0)
		result = -1;
	return result;
}

int table_list_refresh(struct table_list *list, uint64_t now, struct error *error)
{
	struct object_list found = { .count = 0 };
	struct error families;
	int result;

	result = list->refs->count > 0 ? find_named(list, &found, error)
	                               : choose_list(&list->filter, list->needs, &found, error);
	if (begin_columns(list, &families) < 0)
		result = error_join(error, result, &families);
	table_rows_update(&list->rows, &found, list->columns, now);
	return result;
}

/* Whether a row has the pattern: in the name if it has * ? or [, or else in any value. */
static bool matches(const struct table_list *list, const struct table_row *row, struct buffer *text)
{
	const struct shm_object *object = &row->object;
	const struct column_choice *columns = &list->columns[object->kind];
	const char *pattern = list->pattern;
	struct value value;
	char ref[REF_TEXT_SIZE];

	if (*pattern == '\0')
		return true;
	if (strpbrk(pattern, "*?[") != NULL) {
		object_ref(object, ref);
		return fnmatch(pattern, ref, 0) == 0 ||
		       (*ref == '/' && fnmatch(pattern, ref + 1, 0) == 0);
	}
	for (size_t c = 0; c < columns->count; c++) {
		column_value(columns->set, columns->columns[c], object, &value);
		text->used = 0;
		cell_append(text, columns->columns[c], &value, &list->format, list->objects.now);
		buffer_append(text, "", 1);
		if (strstr(text->data, pattern) != NULL)
			return true;
	}
	return false;
}

/* Choose the rows that the view shows. */
static void choose_shown(struct table_list *list)
{
	struct buffer text = { .used = 0 };

	free(list->shown);
	free(list->shown_rows);
	list->shown = needed_array(list->rows.count, sizeof(*list->shown));
	list->shown_rows = needed_array(list->rows.count, sizeof(*list->shown_rows));
	list->shown_count = 0;
	list->selected = NULL;
	for (size_t i = 0; i < list->rows.count; i++) {
		struct table_row *row = &list->rows.rows[i];

		if (!matches(list, row, &text)) {
			row->is_selected = false;
			continue;
		}
		list->shown[list->shown_count] = row->object;
		list->shown_rows[list->shown_count] = i;
		if (row->is_selected)
			list->selected = &list->shown[list->shown_count];
		list->shown_count++;
	}
	free(text.data);
}

/* The row of an object that is shown. */
static struct table_row *row_of(const struct table_list *list, const void *object)
{
	const size_t place = (size_t)((const struct shm_object *)object - list->shown);

	return &list->rows.rows[list->shown_rows[place]];
}

static void select_object(struct table_list *list, const struct shm_object *object)
{
	if (list->selected != NULL)
		row_of(list, list->selected)->is_selected = false;
	list->selected = object;
	if (object != NULL)
		row_of(list, object)->is_selected = true;
}

/* Make the last line of stat, without the objects that are gone. */
static void sum_up(struct table_list *list)
{
	struct object_list live = { .count = 0 };
	struct format_options format;
	struct marks marks = { .count = 0 };
	struct buffer text = { .used = 0 };
	struct report *report;
	struct error error;

	list->totals[0] = '\0';
	report = open_report(list, &list->set, &format, &error);
	if (report == NULL)
		return;
	format.width = 0;
	format.no_headings = false;
	live.objects = needed_array(list->shown_count, sizeof(*live.objects));
	for (size_t i = 0; i < list->shown_count; i++) {
		if (row_of(list, &list->shown[i])->state != TABLE_ROW_GONE)
			live.objects[live.count++] = list->shown[i];
	}
	report_keep(report, &marks);
	object_totals_print(report, &live);
	report_close_kept(report, &text);
	snprintf(list->totals, sizeof(list->totals), "%.*s", text.used > 0 ? (int)text.used - 1 : 0,
	         text.data != NULL ? text.data : "");
	free(text.data);
	free(marks.marks);
	free(live.objects);
}

/* Select the row nearest to a line, if there is any. */
static void select_near(struct table_list *list, size_t line)
{
	const struct table_view *view = &list->view;
	const void *found = NULL;

	for (size_t i = line; i < view->count && found == NULL; i++)
		found = view->lines[i].row;
	for (size_t i = line < view->count ? line : view->count; i > 0 && found == NULL; i--)
		found = view->lines[i - 1].row;
	select_object(list, found);
}

/* The first line of the selected row; 0 if there is none. */
static size_t selected_line(const struct table_list *list)
{
	for (size_t i = 0; list->selected != NULL && i < list->view.count; i++) {
		if (list->view.lines[i].row == list->selected)
			return i;
	}
	return 0;
}

void table_list_render(struct table_list *list, size_t width, size_t height, uint64_t now)
{
	const size_t line = selected_line(list);
	struct object_list shown = { .count = 0 };
	struct format_options format;
	struct marks marks = { .count = 0 };
	struct buffer text = { .used = 0 };
	struct report *report;
	struct error error;

	table_rows_expire(&list->rows, now);
	/* The notes of columns about objects end with the objects. */
	(void)begin_columns(list, &error);
	choose_shown(list);
	shown.objects = list->shown;
	shown.count = list->shown_count;
	list->format.width = list->format.no_truncate ? 0 : width;
	table_view_clear(&list->view);
	/* The columns have been checked. */
	report = open_report(list, &list->set, &format, &error);
	if (report != NULL) {
		report_keep(report, &marks);
		(void)object_sections_print(report, &shown, &list->filter, false, &error);
		report_close_kept(report, &text);
		table_view_append(&list->view, &text, &marks);
	}
	table_view_lay_out(&list->view, width);
	if (list->selected == NULL)
		select_near(list, line);
	table_view_reveal(&list->view, list->selected, height);
	sum_up(list);
}

/* The look of a part of the table: its style, what has changed, and the selection. */
static unsigned int look_of(const void *closure, const struct mark *mark, const void *row)
{
	const struct table_list *list = closure;
	unsigned int look = table_style_look(NULL, mark, row);
	const struct table_row *state;

	if (row == NULL)
		return mark != NULL && mark->column != NULL && mark->column == list->sort
		           ? look | SCREEN_UNDERLINE
		           : look;
	state = row_of(list, row);
	if (state->state == TABLE_ROW_NEW)
		look = SCREEN_GREEN | (list->format.colored ? 0 : SCREEN_BOLD);
	else if (state->state == TABLE_ROW_GONE)
		look = SCREEN_DIM;
	else if (mark != NULL && mark->column != NULL &&
	         table_row_changed(state, &list->columns[state->object.kind], mark->column,
	                           list->drawn_at))
		look |= SCREEN_BOLD;
	return row == list->selected ? look | SCREEN_REVERSE : look;
}

void table_list_draw(struct table_list *list, size_t place, size_t height, uint64_t now)
{
	list->drawn_at = now;
	table_view_draw(&list->view, place, height, look_of, list);
}

void table_list_move(struct table_list *list, long lines, size_t height)
{
	const struct table_view *view = &list->view;
	const size_t from = selected_line(list);
	const size_t last = view->count > 0 ? view->count - 1 : 0;
	size_t to = from;

	if (lines < 0) {
		const size_t up = (size_t)labs(lines);

		to = from > up ? from - up : 0;
		while (to > 0 && view->lines[to].row == NULL)
			to--;
	} else if (lines > 0) {
		to = (size_t)lines < last - from ? from + (size_t)lines : last;
		/* The row may have several lines, and a title may follow. */
		while (to < last &&
		       (view->lines[to].row == NULL || view->lines[to].row == list->selected))
			to++;
	}
	select_near(list, to);
	table_view_reveal(&list->view, list->selected, height);
}

/* Set the option from which reports take the order. */
static void set_sort(struct table_list *list, const struct column *column)
{
	free(list->sort_option);
	list->sort_option = NULL;
	list->sort = column;
	if (column != NULL)
		list->sort_option = needed_text("%s%s", list->descending ? "-" : "", column->name);
	list->format.sort = list->sort_option;
}

/* Collect the columns of all tables that the view shows, each once. Returns their number. */
static size_t shown_columns(const struct table_list *list, const struct column **columns)
{
	unsigned int kinds = 0;
	size_t count = 0;

	for (size_t i = 0; i < list->shown_count; i++)
		kinds |= KIND_BIT(list->shown[i].kind);
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		const struct column_choice *choice = &list->columns[kind];

		for (size_t c = 0; (kinds & KIND_BIT(kind)) && c < choice->count; c++) {
			size_t known = 0;

			while (known < count && columns[known] != choice->columns[c])
				known++;
			if (known == count)
				columns[count++] = choice->columns[c];
		}
	}
	return count;
}

void table_list_sort_next(struct table_list *list)
{
	const struct column *columns[OBJECT_COLUMNS_MAX + 1]; /* and that of the host */
	const size_t count = shown_columns(list, columns);
	size_t next = 0;

	while (list->sort != NULL && next < count && columns[next] != list->sort)
		next++;
	if (list->sort != NULL)
		next++;
	list->descending = false;
	set_sort(list, next < count ? columns[next] : NULL);
}

void table_list_reverse(struct table_list *list)
{
	list->descending = list->sort != NULL && !list->descending;
	set_sort(list, list->sort);
}

/* Append a table of its semaphores to the details of a set. */
static void append_members(struct table_list *list, struct table_view *view,
                           const struct object_list *one)
{
	struct buffer text = { .used = 0 };
	struct marks marks = { .count = 0 };
	struct format_options format;
	struct report *report;
	struct error error;

	list->format.sort = NULL;
	report = open_report(list, &set_member_columns, &format, &error);
	if (report == NULL)
		return;
	report_keep(report, &marks);
	(void)set_members_print(list->context, report, one, MEMBERS_BESIDE_DETAILS);
	report_close_kept(report, &text);
	buffer_append(&view->text, "\n", 1);
	table_view_append(view, &text, &marks);
}

bool table_list_details(struct table_list *list, struct table_view *view, size_t width)
{
	const struct format_options before = list->format;
	struct buffer text = { .used = 0 };
	struct marks marks = { .count = 0 };
	struct object_list one = { .count = 0 };
	struct format_options format;
	struct report *report;
	struct error error;

	if (list->selected == NULL || row_of(list, list->selected)->state == TABLE_ROW_GONE)
		return false;
	*object_list_add(&one) = *list->selected;
	one.objects[0].usage = NULL;
	list->format.columns = NULL;
	list->format.width = width;
	table_view_clear(view);
	report = open_report(list, &list->set, &format, &error);
	if (report != NULL) {
		/* Without it, families are unknown. */
		(void)object_families_begin(&list->objects.families, KINDS_ALL, &error);
		report_keep(report, &marks);
		(void)object_details_print(list->context, report, &one);
		report_close_kept(report, &text);
		table_view_append(view, &text, &marks);
	}
	if (one.objects[0].kind == KIND_SEM)
		append_members(list, view, &one);
	list->format = before;
	table_view_lay_out(view, width);
	object_list_free(&one);
	return true;
}

void table_list_free(struct table_list *list)
{
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++)
		column_choice_free(&list->columns[kind]);
	table_rows_free(&list->rows);
	table_view_free(&list->view);
	object_context_end(&list->objects);
	free(list->shown);
	free(list->shown_rows);
	free(list->sort_option);
}
