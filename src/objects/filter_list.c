#include "objects/filter_list.h"

#include "base/memory.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The length of a bracket expression, glob(7), in bytes; 1 if the bracket is literal. */
static size_t bracket_length(const char *text)
{
	size_t length = 1;

	if (text[length] == '!' || text[length] == '^')
		length++;
	if (text[length] == ']')
		length++;
	for (; text[length] != ']'; length++) {
		const char next = text[length] != '\0' ? text[length + 1] : '\0';
		const char mark[3] = { next, ']', '\0' };
		const char *end;

		if (text[length] == '\0')
			return 1;
		if (text[length] == '\\' && next != '\0') {
			length++;
		} else if (text[length] == '[' && next != '\0' && strchr(":.=", next) != NULL &&
		           (end = strstr(text + length + 2, mark)) != NULL) {
			/* "[:alpha:]" */
			length = (size_t)(end + 1 - text);
		}
	}
	return length + 1;
}

/* The length of a quoted character, a bracket expression or a character, in bytes. */
static size_t unit_length(const char *text, bool is_pattern)
{
	if (text[0] == '\\' && text[1] != '\0' && (is_pattern || text[1] == ','))
		return 2;
	return is_pattern && text[0] == '[' ? bracket_length(text) : 1;
}

/* The length of the first value of a list, in bytes. */
static size_t value_length(const char *text, bool is_pattern)
{
	size_t length = 0;

	while (text[length] != '\0' && text[length] != ',')
		length += unit_length(text + length, is_pattern);
	return length;
}

/* Remove the quoting from a value that is not a pattern: "\,", and a leading "\!". */
static void unquote(char *text)
{
	char *to = text;

	if (text[0] == '\\' && text[1] == '!')
		text++;
	for (; *text != '\0'; text++) {
		if (text[0] == '\\' && text[1] == ',')
			text++;
		*to++ = *text;
	}
	*to = '\0';
}

/* Reject the shell's brace expansion: a list of patterns would be split at its commas. */
static int check_braces(const char *text, bool is_pattern, struct error *error)
{
	bool is_open = false;
	bool has_choice = false;

	for (; *text != '\0'; text += unit_length(text, true)) {
		if (*text == '{') {
			is_open = true;
			has_choice = false;
		} else if (is_open && (*text == ',' || strncmp(text, "..", 2) == 0)) {
			has_choice = true;
		} else if (*text == '}' && has_choice) {
			return error_set(
			    error, STATUS_USAGE, "%s",
			    is_pattern ? "braces have no meaning in a pattern: list the patterns "
					 "('a*,b*'), or quote the brace and the comma ('\\{a\\,b}')"
				       : "braces have no meaning in a list: separate its values "
					 "only by commas (a,b)");
		} else if (*text == '}') {
			is_open = false;
		}
	}
	return 0;
}

/* Whether a pattern has alternatives as in a regular expression: "(a|b)". */
static bool has_alternatives(const char *pattern)
{
	bool is_open = false;
	bool has_bar = false;

	for (; *pattern != '\0'; pattern += unit_length(pattern, true)) {
		if (*pattern == '(') {
			is_open = true;
			has_bar = false;
		} else if (is_open && *pattern == '|') {
			has_bar = true;
		} else if (is_open && *pattern == ')' && has_bar) {
			return true;
		}
	}
	return false;
}

/* Reject a pattern that can't match any name. */
static int check_pattern(const char *pattern, struct error *error)
{
	const char *at = pattern;

	if (has_alternatives(pattern))
		return error_set(error, STATUS_USAGE,
		                 "parentheses have no meaning in a pattern: list the patterns "
		                 "('a*,b*'), or quote the bar ('(a\\|b)')");
	for (; *at != '\0'; at += unit_length(at, true)) {
		if (at[0] == '\\' && at[1] == '\0')
			return error_set(error, STATUS_USAGE,
			                 "'%s' matches no name: the trailing backslash quotes "
			                 "nothing",
			                 pattern);
	}
	return 0;
}

/* Parse one value; IS_ONE_OF_MANY: error messages must name it, since the list has others. */
static int parse_value(struct filter_value *value, filter_value_fn *parse, bool is_one_of_many,
                       struct error *error)
{
	struct error cause;

	if (*value->text == '\0')
		return error_set(error, STATUS_USAGE, "a value of the list is empty");
	if (parse == NULL)
		return check_pattern(value->text, error);
	unquote(value->text);
	if (parse(value->text, &value->number, &cause) == 0)
		return 0;
	if (is_one_of_many && strncmp(cause.text, "is ", 3) == 0)
		return error_set(error, cause.status, "'%s' %s", value->text, cause.text);
	*error = cause;
	return -1;
}

static int add_value(struct filter_list *list, const char *text, size_t length,
                     filter_value_fn *parse, bool is_one_of_many, struct error *error)
{
	const bool is_excluded = *text == '!' && length > 0;
	struct filter_value *value;

	list->values = vector_grow(list->values, list->count, sizeof(*list->values));
	value = &list->values[list->count];
	*value = (struct filter_value){
		.is_excluded = is_excluded,
		.text = needed(strndup(text + is_excluded, length - is_excluded)),
	};
	if (parse_value(value, parse, is_one_of_many || is_excluded, error) < 0) {
		free(value->text);
		return -1;
	}
	list->count++;
	list->has_wanted = list->has_wanted || !is_excluded;
	return 0;
}

int filter_list_add(struct filter_list *list, const char *text, filter_value_fn *parse,
                    struct error *error)
{
	const bool is_pattern = parse == NULL;
	bool is_one_of_many = false;

	if (check_braces(text, is_pattern, error) < 0)
		return -1;
	for (;;) {
		const size_t length = value_length(text, is_pattern);

		is_one_of_many = is_one_of_many || text[length] == ',';
		if (add_value(list, text, length, parse, is_one_of_many, error) < 0)
			return -1;
		if (text[length] == '\0')
			return 0;
		text += length + 1;
	}
}

void filter_list_free(struct filter_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->values[i].text);
	free(list->values);
	*list = (struct filter_list){ .count = 0 };
}

bool filter_list_passes_number(const struct filter_list *list, uint32_t number)
{
	bool passes = !list->has_wanted;

	for (size_t i = 0; i < list->count; i++) {
		if (list->values[i].number != number)
			continue;
		if (list->values[i].is_excluded)
			return false;
		passes = true;
	}
	return passes;
}

bool filter_list_passes_name(const struct filter_list *list, const char *name)
{
	bool passes = !list->has_wanted;

	for (size_t i = 0; i < list->count; i++) {
		const char *pattern = list->values[i].text;

		if (fnmatch(pattern, *pattern == '/' ? name : name + 1, 0) != 0)
			continue;
		if (list->values[i].is_excluded)
			return false;
		passes = true;
	}
	return passes;
}

const char *filter_list_find_path(const struct filter_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *pattern = list->values[i].text;

		for (const char *at = pattern; *at != '\0'; at += unit_length(at, true)) {
			if (*at == '/' && at > pattern)
				return pattern;
		}
	}
	return NULL;
}

bool filter_list_passes_none(const struct filter_list *list)
{
	return !list->has_wanted;
}

unsigned int filter_list_bits(const struct filter_list *list, unsigned int all)
{
	unsigned int bits = list->has_wanted ? 0 : all;

	for (size_t i = 0; i < list->count; i++) {
		if (!list->values[i].is_excluded)
			bits |= list->values[i].number;
	}
	for (size_t i = 0; i < list->count; i++) {
		if (list->values[i].is_excluded)
			bits &= ~list->values[i].number;
	}
	return bits;
}
