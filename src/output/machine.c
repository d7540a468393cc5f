#include "output/machine.h"

#include "output/cell.h"
#include "output/json.h"

#include <ctype.h>
#include <string.h>

void machine_append_names(struct buffer *buffer, const struct column_choice *choice)
{
	for (size_t c = 0; c < choice->count; c++) {
		buffer_append_text(buffer, choice->columns[c]->name);
		buffer_append(buffer, c + 1 == choice->count ? "\n" : " ", 1);
	}
}

static void append_raw(struct buffer *buffer, const struct column_choice *choice, const void *row,
                       const struct format_options *options, time_t now)
{
	struct value value;

	for (size_t c = 0; c < choice->count; c++) {
		column_value(choice->set, choice->columns[c], row, &value);
		cell_append(buffer, choice->columns[c], &value, options, now);
		buffer_append(buffer, c + 1 == choice->count ? "\n" : " ", 1);
	}
}

/*
 * Append a column's name in capitals, as the name of a shell variable. UID is special in shells
 * (bash does not allow assigning it, and zsh changes the user), so it gets an underscore.
 */
static void append_variable(struct buffer *buffer, const char *name)
{
	for (const char *c = name; *c != '\0'; c++) {
		char letter = (char)toupper((unsigned char)*c);

		*buffer_reserve(buffer, 1) = isalnum((unsigned char)letter) ? letter : '_';
		buffer->used++;
	}
	if (strcmp(name, "uid") == 0 || strcmp(name, "gid") == 0)
		buffer_append(buffer, "_", 1);
}

static void append_export(struct buffer *buffer, const struct column_choice *choice,
                          const void *row, const struct format_options *options, time_t now)
{
	struct value value;

	for (size_t c = 0; c < choice->count; c++) {
		append_variable(buffer, choice->columns[c]->name);
		buffer_append(buffer, "=\"", 2);
		column_value(choice->set, choice->columns[c], row, &value);
		cell_append(buffer, choice->columns[c], &value, options, now);
		buffer_append_text(buffer, c + 1 == choice->count ? "\"\n" : "\" ");
	}
}

void machine_append_row(struct buffer *buffer, const struct column_choice *choice, const void *row,
                        const struct format_options *options, time_t now)
{
	if (options->format == FORMAT_JSON)
		json_append_row(buffer, choice, row, options, now);
	else if (options->format == FORMAT_EXPORT)
		append_export(buffer, choice, row, options, now);
	else
		append_raw(buffer, choice, row, options, now);
}
