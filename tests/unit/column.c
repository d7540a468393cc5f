#include "unit.h"

#include "output/column.h"

#include <stdint.h>

struct inner {
	uint16_t two;
};
struct row {
	unsigned int class;
	unsigned int known;
	uint8_t one;
	uint32_t four;
	uint64_t eight;
	pid_t pid;
	time_t when;
	const char *text;
	char chars[8];
	const struct inner *inner;
};

static unsigned int class_of(const void *row)
{
	return ((const struct row *)row)->class;
}

static unsigned int known_of(const void *row)
{
	return ((const struct row *)row)->known;
}

static void get_computed(const void *row, struct value *value)
{
	value_set_number(value, ((const struct row *)row)->one * 2U);
}

static void get_indexed(void *closure, const void *row, size_t index, struct value *value)
{
	(void)row;
	value_set_number(value, *(const uint64_t *)closure + index);
}

#define COLUMN(title, ...)                                                                         \
	{                                                                                          \
		title, "meaning", COLUMN_NUMBER, ALIGN_LEFT, __VA_ARGS__                           \
	}
#define MEMBER(type, member) .field = FIELD(type, struct row, member)

static const struct column columns[] = {
	COLUMN("one", MEMBER(FIELD_UNSIGNED, one)),
	COLUMN("four", MEMBER(FIELD_UNSIGNED, four)),
	COLUMN("eight", MEMBER(FIELD_UNSIGNED, eight)),
	COLUMN("pid", MEMBER(FIELD_PID, pid)),
	COLUMN("when", MEMBER(FIELD_TIME, when)),
	COLUMN("text", MEMBER(FIELD_TEXT, text)),
	COLUMN("chars", MEMBER(FIELD_CHARS, chars)),
	COLUMN("two", .field = FIELD_BEHIND(FIELD_UNSIGNED, struct row, inner, struct inner, two)),
	COLUMN("class", .classes = 2, MEMBER(FIELD_UNSIGNED, one)),
	COLUMN("known", .known = 4, MEMBER(FIELD_UNSIGNED, one)),
	COLUMN("computed", .value = get_computed),
	COLUMN("indexed", .alias = "index"),
};

static uint64_t base = 100;

static const struct column_set set = {
	.columns = columns,
	.count = UNIT_ROWS(columns),
	.class_of = class_of,
	.known_of = known_of,
	.value = get_indexed,
	.closure = &base,
};

static const struct inner inner = { .two = 65535 };
static const struct row full = {
	2, 4, 255, UINT32_MAX, UINT64_MAX, 42, 7, "text", "chars", &inner
};
static const struct row empty = { 1, 0, 0, 0, 0, 0, 0, NULL, "", &inner };

static const struct {
	enum value_kind full;
	uint64_t number;
	enum value_kind empty;
} expected[UNIT_ROWS(columns)] = {
	{ VALUE_NUMBER, 255, VALUE_NUMBER },        { VALUE_NUMBER, UINT32_MAX, VALUE_NUMBER },
	{ VALUE_NUMBER, UINT64_MAX, VALUE_NUMBER }, { VALUE_NUMBER, 42, VALUE_UNKNOWN },
	{ VALUE_SIGNED, 7, VALUE_UNKNOWN },         { VALUE_TEXT, 0, VALUE_UNKNOWN },
	{ VALUE_TEXT, 0, VALUE_UNKNOWN },           { VALUE_NUMBER, 65535, VALUE_NUMBER },
	{ VALUE_NUMBER, 255, VALUE_ABSENT },        { VALUE_NUMBER, 255, VALUE_UNKNOWN },
	{ VALUE_NUMBER, 510, VALUE_NUMBER },        { VALUE_NUMBER, 111, VALUE_NUMBER },
};

static void takes_values_from_where_they_stand(void)
{
	for (size_t i = 0; i < UNIT_ROWS(columns); i++) {
		struct value value;

		column_value(&set, &columns[i], &full, &value);
		unit_check_number(columns[i].name, value.kind, expected[i].full);
		if (value.kind == VALUE_NUMBER)
			unit_check_number(columns[i].name, value.number, expected[i].number);
		column_value(&set, &columns[i], &empty, &value);
		unit_check_number(columns[i].name, value.kind, expected[i].empty);
	}
}

static const struct {
	const char *list;
	size_t count; /* 0: rejected */
	const char *last;
} choices[] = {
	{ "one", 1, "one" },     { "one,two", 2, "two" }, { "two,one", 2, "one" },
	{ "one,one", 1, "one" }, { "ONE", 1, "one" },     { "index", 1, "indexed" },
	{ "+two", 3, "two" },    { "+one", 2, "four" },   { "", 0, NULL },
	{ "one,", 0, NULL },     { ",one", 0, NULL },     { "nosuch", 0, NULL },
	{ "+", 0, NULL },        { "one two", 0, NULL },  { "on", 0, NULL },
};

static void reads_lists_of_columns(void)
{
	for (size_t i = 0; i < UNIT_ROWS(choices); i++) {
		struct error error = { .text = "" };
		struct column_choice choice;
		const bool ok =
		    column_choice_parse(&set, choices[i].list, "one,four", &choice, &error) == 0;

		unit_check(ok == (choices[i].count > 0), "'%s' is %s: %s", choices[i].list,
		           ok ? "taken" : "refused", error.text);
		if (!ok)
			continue;
		if (unit_check_number(choices[i].list, choice.count, choices[i].count))
			unit_check_text(choices[i].list, choice.columns[choice.count - 1]->name,
			                choices[i].last);
		column_choice_free(&choice);
	}
}

static const struct unit_test tests[] = {
	{ "values are read from the fields that the table names",
	  takes_values_from_where_they_stand },
	{ "lists of columns are parsed", reads_lists_of_columns },
};

UNIT_SUITE(column_suite, "columns", tests);
