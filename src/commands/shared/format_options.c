#include "commands/shared/format_options.h"

#include "commands/shared/complete.h"

#include <string.h>

static const char *const time_format_words[] = {
	[TIME_ISO] = "iso",
	[TIME_UNIX] = "unix",
	[TIME_RELATIVE] = "relative",
	[TIME_SHORT] = "short",
};
enum { TIME_FORMATS = sizeof(time_format_words) / sizeof(time_format_words[0]) };

static int parse_time_format(const char *text, void *destination, struct error *error)
{
	for (size_t i = TIME_ISO; i < TIME_FORMATS; i++) {
		if (strcmp(text, time_format_words[i]) == 0) {
			*(enum time_format *)destination = (enum time_format)i;
			return 0;
		}
	}
	return error_set(error, STATUS_USAGE,
	                 "unknown time format '%s' (must be iso, unix, relative or short)", text);
}

static void complete_time_formats(const struct completion *completion)
{
	for (size_t i = TIME_ISO; i < TIME_FORMATS; i++)
		completion_offer(completion, time_format_words[i], NULL);
}

static const char *const color_words[] = {
	[COLOR_AUTO] = "auto",
	[COLOR_ALWAYS] = "always",
	[COLOR_NEVER] = "never",
};
enum { COLOR_WORDS = sizeof(color_words) / sizeof(color_words[0]) };

static int parse_color(const char *text, void *destination, struct error *error)
{
	for (size_t i = 0; i < COLOR_WORDS; i++) {
		if (strcmp(text != NULL ? text : color_words[COLOR_ALWAYS], color_words[i]) == 0) {
			*(enum color_when *)destination = (enum color_when)i;
			return 0;
		}
	}
	return error_set(error, STATUS_USAGE, "must be auto, always or never");
}

static void complete_colors(const struct completion *completion)
{
	for (size_t i = 0; i < COLOR_WORDS; i++)
		completion_offer(completion, color_words[i], NULL);
}

#define FORMAT(member) offsetof(struct format_option_values, options.member)

const struct option_spec format_option_specs[FORMAT_OPTION_COUNT] = {
	{ "json", 'J', NULL, "JSON: one array of flat objects", NULL, NULL,
	  offsetof(struct format_option_values, json), 0 },
	{ "raw", 'r', NULL, "one line per row, values separated by one space", NULL, NULL,
	  offsetof(struct format_option_values, raw), 0 },
	{ "export", 'e', NULL, "KEY=\"value\" pairs, safe for a shell's eval", NULL, NULL,
	  offsetof(struct format_option_values, export), 0 },
	{ "output", 'o', "COLUMN,...",
	  "columns to print; +COLUMN,... adds columns; help lists them", option_parse_string,
	  complete_columns, FORMAT(columns), 0 },
	{ "sort", 0, "COLUMN", "sort by COLUMN, or in descending order with -COLUMN",
	  option_parse_string, complete_sort_columns, FORMAT(sort), 0 },
	{ "no-headings", 0, NULL, "print no titles and no column names", NULL, NULL,
	  FORMAT(no_headings), 0 },
	{ "human", 'H', NULL, "print sizes as 4K or 1.5M, durations as 4h (not in JSON)", NULL,
	  NULL, FORMAT(human), 0 },
	{ "bytes", 0, NULL, "print sizes in bytes, durations in seconds, even on a terminal", NULL,
	  NULL, FORMAT(bytes), 0 },
	{ "color", 0, "WHEN", "color tables: auto (on a terminal), always or never", parse_color,
	  complete_colors, FORMAT(color), OPTION_ARGUMENT_OPTIONAL },
	{ "no-truncate", 0, NULL, "do not fit tables to the width of the terminal", NULL, NULL,
	  FORMAT(no_truncate), 0 },
	{ "time-format", 0, "FORMAT", "iso, unix, relative or short (14:44, Nov 21)",
	  parse_time_format, complete_time_formats, FORMAT(time_format), 0 },
};

const struct option_spec pager_option_specs[1] = {
	{ "no-pager", 0, NULL, "do not use a pager for long output on a terminal", NULL, NULL, 0,
	  0 },
};

int format_options_resolve(const struct format_option_values *values,
                           struct format_options *options, struct error *error)
{
	*options = values->options;
	if (values->json + values->raw + values->export > 1)
		return error_set(error, STATUS_USAGE,
		                 "--json, --raw and --export can't be combined");
	if (options->human && options->bytes)
		return error_set(error, STATUS_USAGE, "--human and --bytes can't be combined");
	options->format = FORMAT_TABLE;
	if (values->json)
		options->format = FORMAT_JSON;
	else if (values->raw)
		options->format = FORMAT_RAW;
	else if (values->export)
		options->format = FORMAT_EXPORT;
	format_options_on_stdout(options);
	return 0;
}

bool format_options_given(const struct format_option_values *values)
{
	const struct format_options *options = &values->options;

	return values->json || values->raw || values->export || options->columns != NULL ||
	       options->sort != NULL || options->no_headings || options->human || options->bytes;
}

bool format_options_want_help(const struct format_option_values *values)
{
	return values->options.columns != NULL && strcmp(values->options.columns, "help") == 0;
}
