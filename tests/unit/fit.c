/* Fitting tables and text to a width. */
#include "output/fit.h"
#include "output/text.h"
#include "output/wrap.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct column columns[] = {
	{ "ref", "", COLUMN_REF, ALIGN_LEFT, .needs = 0 },
	{ "perms", "", COLUMN_MODE, ALIGN_LEFT, .importance = IMPORTANCE_LOW },
	{ "owner", "", COLUMN_TEXT, ALIGN_LEFT, .needs = 0 },
	{ "bytes", "", COLUMN_SIZE, ALIGN_RIGHT, .importance = IMPORTANCE_HIGH },
	{ "use", "", COLUMN_TEXT, ALIGN_LEFT, .whole = true },
	{ "why", "", COLUMN_TEXT, ALIGN_LEFT, .needs = 0 },
	{ "place", "", COLUMN_TEXT, ALIGN_LEFT, .importance = IMPORTANCE_HIGH, .legible = 20 },
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };
static const struct column_set set = { .columns = columns, .count = COLUMNS };

/* The natural widths are 20 5 12 6 9 40: 97 with the blanks between; and 30 of place. */
static const size_t natural[COLUMNS] = { 20, 5, 12, 6, 9, 40, 30 };

static const struct {
	const char *list;
	size_t width;
	const char *fitted; /* columns and widths, then the omitted columns */
} tables[] = {
	{ "ref,perms,owner,bytes,use,why", 200, "ref=20 perms=5 owner=12 bytes=6 use=9 why=40 -" },
	{ "ref,perms,owner,bytes,use,why", 97, "ref=20 perms=5 owner=12 bytes=6 use=9 why=40 -" },
	/* Columns of low importance go before others are shortened. */
	{ "ref,perms,owner,bytes,use,why", 96, "ref=20 owner=12 bytes=6 use=9 why=40 - perms" },
	/* Less important columns go before one is shortened below its legible width. */
	{ "place,owner,bytes", 36, "place=20 owner=8 bytes=6 -" },
	{ "place,owner,bytes", 35, "place=28 bytes=6 - owner" },
	{ "place,owner,bytes", 25, "place=18 bytes=6 - owner" },
	/* Of equals, the one on the right is shortened first. */
	{ "ref,perms,owner,bytes,use,why", 60, "ref=20 owner=12 bytes=6 use=9 why=9 - perms" },
	{ "ref,perms,owner,bytes,use,why", 56, "ref=20 owner=9 bytes=6 use=9 why=8 - perms" },
	{ "ref,perms,owner,bytes,use,why", 55, "ref=20 owner=8 bytes=6 use=9 why=8 - perms" },
	{ "ref,perms,owner,bytes,use,why", 54, "ref=20 owner=12 bytes=6 use=9 - perms why" },
	{ "ref,perms,owner,bytes,use,why", 40, "ref=20 owner=12 bytes=6 - perms why use" },
	{ "ref,perms,owner,bytes,use,why", 30, "ref=20 bytes=6 - perms why use owner" },
	/* Never a REF. */
	{ "ref,perms,owner,bytes,use,why", 5, "ref=20 - perms why use owner bytes" },
};

static void describe(char *target, size_t size, const struct column_choice *choice,
                     const size_t *widths, const struct column_choice *omitted)
{
	size_t used = 0;

	for (size_t i = 0; i < choice->count; i++)
		used += (size_t)snprintf(target + used, size - used, "%s=%zu ",
		                         choice->columns[i]->name, widths[i]);
	used += (size_t)snprintf(target + used, size - used, "-");
	for (size_t i = 0; i < omitted->count; i++)
		used +=
		    (size_t)snprintf(target + used, size - used, " %s", omitted->columns[i]->name);
}

static void fits_columns(void)
{
	for (size_t row = 0; row < UNIT_ROWS(tables); row++) {
		struct column_choice omitted = { .count = 0 };
		struct column_choice choice;
		struct error error;
		size_t widths[COLUMNS];
		char fitted[256];

		if (!unit_check(column_choice_parse(&set, tables[row].list, "", &choice, &error) ==
		                    0,
		                "%s: not parsed", tables[row].list))
			return;
		for (size_t i = 0; i < choice.count; i++)
			widths[i] = natural[choice.columns[i] - columns];
		fit_columns(&choice, widths, tables[row].width, &omitted);
		describe(fitted, sizeof(fitted), &choice, widths, &omitted);
		unit_check_text(tables[row].list, fitted, tables[row].fitted);
		column_choice_free(&choice);
		column_choice_free(&omitted);
	}
}

/* A column that the user adds stays longer than the defaults of the same importance. */
static void prefers_added_columns(void)
{
	struct column_choice omitted = { .count = 0 };
	size_t widths[] = { 20, 12, 40, 5 };
	struct column_choice choice;
	struct error error;
	char fitted[256];

	column_choice_parse(&set, "+perms", "ref,owner,why", &choice, &error);
	fit_columns(&choice, widths, 40, &omitted);
	describe(fitted, sizeof(fitted), &choice, widths, &omitted);
	unit_check_text("+perms", fitted, "ref=20 owner=12 perms=5 - why");
	column_choice_free(&choice);
	column_choice_free(&omitted);
}

static const struct {
	const char *text;
	size_t width;
	const char *part;
} prefixes[] = {
	{ "plain", 5, "plain" },
	{ "plain", 3, "pla" },
	{ "plain", 0, "" },
	/* Escapes stay whole. */
	{ "a\\012b", 4, "a" },
	{ "a\\012b", 5, "a\\012" },
	{ "a\\\\b", 2, "a" },
	{ "a\\b", 2, "a\\" },
	/* Wide characters, and a combining one. */
	{ "\xe6\x97\xa5\xe6\x9c\xac", 3, "\xe6\x97\xa5" },
	{ "\xe6\x97\xa5\xe6\x9c\xac", 4, "\xe6\x97\xa5\xe6\x9c\xac" },
	{ "e\xcc\x81x", 1, "e\xcc\x81" },
};

static void cuts_text(void)
{
	for (size_t row = 0; row < UNIT_ROWS(prefixes); row++) {
		const char *text = prefixes[row].text;
		char part[64];
		size_t kept;
		size_t length = text_prefix(text, strlen(text), prefixes[row].width, &kept);

		snprintf(part, sizeof(part), "%.*s", (int)length, text);
		unit_check_text(text, part, prefixes[row].part);
		unit_check_number(text, kept, text_width(part));
	}
}

static const struct {
	const char *text;
	size_t width;
	size_t indent;
	const char *wrapped;
} wraps[] = {
	{ "", 10, 2, "" },
	{ "short", 10, 2, "short" },
	{ "one two three", 7, 2, "one two\n  three" },
	{ "one two three", 8, 2, "one two\n  three" },
	{ "one two  three", 8, 0, "one two\nthree" },
	{ "incomprehensibilities are rare", 5, 1, "incomprehensibilities\n are\n rare" },
	{ "a  ", 1, 0, "a" },
	{ "caf\xc3\xa9 na\xc3\xafve", 4, 0, "caf\xc3\xa9\nna\xc3\xafve" },
};

static void wraps_text(void)
{
	for (size_t row = 0; row < UNIT_ROWS(wraps); row++) {
		struct buffer buffer = { .data = NULL };

		wrap_append(&buffer, wraps[row].text, strlen(wraps[row].text), wraps[row].width,
		            wraps[row].indent);
		buffer_append(&buffer, "", 1);
		unit_check_text(wraps[row].text, buffer.data, wraps[row].wrapped);
		free(buffer.data);
	}
}

static const struct unit_test tests[] = {
	{ "columns are shortened and omitted by importance", fits_columns },
	{ "columns that the user adds are kept longest", prefers_added_columns },
	{ "text is cut between characters and escapes", cuts_text },
	{ "text is folded at blanks", wraps_text },
};

UNIT_SUITE(fit_suite, "fit", tests);
