#include "unit.h"

#include "objects/filter_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int number_of(const char *text, uint32_t *number, struct error *error)
{
	char *end;

	*number = (uint32_t)strtoul(text, &end, 10);
	return *end == '\0' ? 0 : error_set(error, STATUS_USAGE, "is not a number");
}

/* Any text will do. */
static int word_of(const char *text, uint32_t *number, struct error *error)
{
	(void)text;
	(void)error;
	*number = 0;
	return 0;
}

/* The values, each in brackets, after its sign. */
static const struct {
	const char *text;
	bool is_pattern;
	const char *values;
} lists[] = {
	{ "alice", false, "+[alice]" },
	{ "alice,bob", false, "+[alice]+[bob]" },
	{ "!alice", false, "-[alice]" },
	{ "alice,!bob,carol", false, "+[alice]-[bob]+[carol]" },
	{ "a\\,b,c", false, "+[a,b]+[c]" },
	{ "\\!a", false, "+[!a]" },
	{ "!\\!a", false, "-[!a]" },
	{ "!!a", false, "-[!a]" },
	{ "a!b", false, "+[a!b]" },
	{ "DOMAIN\\alice,b\\", false, "+[DOMAIN\\alice]+[b\\]" },
	{ "a\\\\", false, "+[a\\\\]" },
	{ "a*,b?", true, "+[a*]+[b?]" },
	{ "!a*,!b?", true, "-[a*]-[b?]" },
	{ "a\\,b,c", true, "+[a\\,b]+[c]" },
	{ "a\\\\,b", true, "+[a\\\\]+[b]" },
	{ "\\!a", true, "+[\\!a]" },
	{ "[,]a,b", true, "+[[,]a]+[b]" },
	{ "[!,]a,[^,],[],],[!],]", true, "+[[!,]a]+[[^,]]+[[],]]+[[!],]]" },
	{ "[[:alpha:],],[\\],]", true, "+[[[:alpha:],]]+[[\\],]]" },
	{ "[a,b", true, "+[[a]+[b]" },
	{ "/a,!/b", true, "+[/a]-[/b]" },
	{ "{a},}b{,c", true, "+[{a}]+[}b{]+[c]" },
	{ "\\{a\\,b}", true, "+[\\{a\\,b}]" },
	{ "(a),b|c,(a\\|b),|)", true, "+[(a)]+[b|c]+[(a\\|b)]+[|)]" },
	{ "[{]a,b}", true, "+[[{]a]+[b}]" },
};

static void splits_lists(void)
{
	for (size_t i = 0; i < UNIT_ROWS(lists); i++) {
		struct filter_list list = { .count = 0 };
		struct error error = { .text = "" };
		char values[256] = "";

		unit_check(filter_list_add(&list, lists[i].text,
		                           lists[i].is_pattern ? NULL : word_of, &error) == 0,
		           "'%s' is refused: %s", lists[i].text, error.text);
		for (size_t j = 0; j < list.count; j++)
			snprintf(values + strlen(values), sizeof(values) - strlen(values), "%c[%s]",
			         list.values[j].is_excluded ? '-' : '+', list.values[j].text);
		unit_check_text(lists[i].text, values, lists[i].values);
		filter_list_free(&list);
	}
}

static const struct {
	const char *text;
	bool is_pattern;
	const char *error;
} faults[] = {
	{ "", false, "a value of the list is empty" },
	{ "1,", false, "a value of the list is empty" },
	{ ",1", false, "a value of the list is empty" },
	{ "1,,2", false, "a value of the list is empty" },
	{ "!", false, "a value of the list is empty" },
	{ "x", false, "is not a number" },
	{ "1,x", false, "'x' is not a number" },
	{ "x,1", false, "'x' is not a number" },
	{ "!x", false, "'x' is not a number" },
	{ "{1,2}", false,
	  "braces have no meaning in a list: separate its values only by commas (a,b)" },
	{ "!{1..9}", false,
	  "braces have no meaning in a list: separate its values only by commas (a,b)" },
	{ "{1}", false, "is not a number" },
	{ "", true, "a value of the list is empty" },
	{ "a,", true, "a value of the list is empty" },
	{ "a{b,c}", true,
	  "braces have no meaning in a pattern: list the patterns ('a*,b*'), or quote the brace and "
	  "the comma ('\\{a\\,b}')" },
	{ "!{a,b}*", true,
	  "braces have no meaning in a pattern: list the patterns ('a*,b*'), or quote the brace and "
	  "the comma ('\\{a\\,b}')" },
	{ "x{1..9}", true,
	  "braces have no meaning in a pattern: list the patterns ('a*,b*'), or quote the brace and "
	  "the comma ('\\{a\\,b}')" },
	{ "(a|b)*", true,
	  "parentheses have no meaning in a pattern: list the patterns ('a*,b*'), or quote the bar "
	  "('(a\\|b)')" },
	{ "c,!@(a|b)", true,
	  "parentheses have no meaning in a pattern: list the patterns ('a*,b*'), or quote the bar "
	  "('(a\\|b)')" },
	{ "a\\", true, "'a\\' matches no name: the trailing backslash quotes nothing" },
};

static void refuses_faults(void)
{
	for (size_t i = 0; i < UNIT_ROWS(faults); i++) {
		struct filter_list list = { .count = 0 };
		struct error error = { .text = "" };

		unit_check(filter_list_add(&list, faults[i].text,
		                           faults[i].is_pattern ? NULL : number_of, &error) < 0,
		           "'%s' is taken", faults[i].text);
		unit_check_text(faults[i].text, error.text, faults[i].error);
		unit_check(error.status == STATUS_USAGE, "'%s' is not a usage error",
		           faults[i].text);
		filter_list_free(&list);
	}
}

static const struct {
	const char *first;
	const char *second; /* NULL: the option is given once */
	bool one, two, three, none;
} numbers[] = {
	{ "1", NULL, true, false, false, false },      { "1,2", NULL, true, true, false, false },
	{ "1", "2", true, true, false, false },        { "!1", NULL, false, true, true, true },
	{ "!1,!2", NULL, false, false, true, true },   { "!1", "!2", false, false, true, true },
	{ "1,2,!1", NULL, false, true, false, false }, { "!1", "1,2", false, true, false, false },
	{ "1,!1", NULL, false, false, false, false },
};

static void lists_pass_any_wanted_and_no_excluded_value(void)
{
	for (size_t i = 0; i < UNIT_ROWS(numbers); i++) {
		struct filter_list list = { .count = 0 };
		struct error error;

		(void)filter_list_add(&list, numbers[i].first, number_of, &error);
		if (numbers[i].second != NULL)
			(void)filter_list_add(&list, numbers[i].second, number_of, &error);
		unit_check(filter_list_passes_number(&list, 1) == numbers[i].one, "row %zu: 1", i);
		unit_check(filter_list_passes_number(&list, 2) == numbers[i].two, "row %zu: 2", i);
		unit_check(filter_list_passes_number(&list, 3) == numbers[i].three, "row %zu: 3",
		           i);
		unit_check(filter_list_passes_none(&list) == numbers[i].none, "row %zu: none", i);
		filter_list_free(&list);
	}
}

static const struct {
	const char *patterns;
	const char *name;
	bool passes;
} names[] = {
	{ "a*,b*", "/abc", true },       { "a*,b*", "/bc", true }, { "a*,b*", "/c", false },
	{ "!a*", "/abc", false },        { "!a*", "/c", true },    { "a*,!ab*", "/abc", false },
	{ "a*,!ab*", "/acc", true },     { "/a,/b", "/b", true },  { "a\\,b", "/a,b", true },
	{ "a[,]b", "/a,b", true },       { "a\\,b", "/a", false }, { "\\!a", "/!a", true },
	{ "!\\!a", "/!a", false },       { "/!a", "/!a", true },   { "{a}", "/{a}", true },
	{ "\\{a\\,b}", "/{a,b}", true },
};

static void names_match_patterns(void)
{
	for (size_t i = 0; i < UNIT_ROWS(names); i++) {
		struct filter_list list = { .count = 0 };
		struct error error = { .text = "" };

		unit_check(filter_list_add(&list, names[i].patterns, NULL, &error) == 0,
		           "'%s' is refused: %s", names[i].patterns, error.text);
		unit_check(filter_list_passes_name(&list, names[i].name) == names[i].passes,
		           "'%s' and %s", names[i].patterns, names[i].name);
		filter_list_free(&list);
	}
}

static const struct {
	const char *text;
	unsigned int bits;
} bits[] = {
	{ "1", 1 },    { "1,2", 3 }, { "!1", 6 },   { "!1,!2", 4 },
	{ "7,!2", 5 }, { "!7", 0 },  { "!1,3", 2 },
};

static void bits_are_combined(void)
{
	for (size_t i = 0; i < UNIT_ROWS(bits); i++) {
		struct filter_list list = { .count = 0 };
		struct error error;

		(void)filter_list_add(&list, bits[i].text, number_of, &error);
		unit_check_number(bits[i].text, filter_list_bits(&list, 7), bits[i].bits);
		filter_list_free(&list);
	}
}

static const struct unit_test tests[] = {
	{ "a list is split at its commas", splits_lists },
	{ "a faulty list is refused with the reason", refuses_faults },
	{ "a value passes if it is wanted and not excluded",
	  lists_pass_any_wanted_and_no_excluded_value },
	{ "a name passes if a pattern wants it and none excludes it", names_match_patterns },
	{ "the bits of excluded values are removed", bits_are_combined },
};

UNIT_SUITE(filter_list_suite, "filter_list", tests);
