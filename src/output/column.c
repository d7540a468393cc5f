#include "output/column.h"

#include "base/memory.h"
#include "output/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>
#include <sys/utsname.h>

void value_set_text(struct value *value, const char *text)
{
	value->kind = VALUE_TEXT;
	value->text = text;
}

void value_set_number(struct value *value, uint64_t number)
{
	value->kind = VALUE_NUMBER;
	value->number = number;
}

void value_set_unknown(struct value *value)
{
	value->kind = VALUE_UNKNOWN;
}

void value_set_share(struct value *value, double share)
{
	snprintf(value->scratch, sizeof(value->scratch), "%.1f", share * 100);
	value->kind = VALUE_REAL;
	value->text = value->scratch;
}

void value_set_time(struct value *value, time_t when)
{
	value->kind = when == 0 ? VALUE_UNKNOWN : VALUE_SIGNED;
	value->signed_number = when;
}

static uint64_t read_unsigned(const char *member, size_t size)
{
	uint64_t eight;
	uint32_t four;
	uint16_t two;

	switch (size) {
	case sizeof(eight):
		memcpy(&eight, member, sizeof(eight));
		return eight;
	case sizeof(four):
		memcpy(&four, member, sizeof(four));
		return four;
	case sizeof(two):
		memcpy(&two, member, sizeof(two));
		return two;
	default:
		return (unsigned char)*member;
	}
}

static void read_field(const struct field *field, const void *row, struct value *value)
{
	const char *structure = row;
	const char *member;
	const char *text;
	time_t when;
	pid_t pid;

	value_set_unknown(value);
	if (field->is_indirect) {
		const void *target;

		memcpy(&target, structure + field->pointer, sizeof(target));
		structure = target;
	}
	member = structure + field->offset;
	switch (field->type) {
	case FIELD_UNSIGNED:
		value_set_number(value, read_unsigned(member, field->size));
		break;
	case FIELD_PID:
		memcpy(&pid, member, sizeof(pid));
		if (pid > 0)
			value_set_number(value, (uint64_t)pid);
		break;
	case FIELD_TIME:
		memcpy(&when, member, sizeof(when));
		value_set_time(value, when);
		break;
	case FIELD_TEXT:
		memcpy(&text, member, sizeof(text));
		if (text != NULL)
			value_set_text(value, text);
		break;
	case FIELD_CHARS:
		if (*(const char *)member != '\0')
			value_set_text(value, member);
		break;
	case FIELD_NONE:
		break;
	}
}

void column_value(const struct column_set *set, const struct column *column, const void *row,
                  struct value *value)
{
	value->kind = VALUE_ABSENT;
	if (column->classes != 0 && (set->class_of(row) & column->classes) == 0)
		return;
	if (column->known != 0 && (set->known_of(row) & column->known) == 0)
		value_set_unknown(value);
	else if (column->field.type != FIELD_NONE)
		read_field(&column->field, row, value);
	else if (column->value != NULL)
		column->value(row, value);
	else
		set->value(set->closure, row, (size_t)(column - set->columns), value);
}

bool column_is_needed(const struct column *column)
{
	return column->importance == IMPORTANCE_NEEDED || column->type == COLUMN_REF;
}

static bool is_word(const char *word, const char *name, size_t length)
{
	return word != NULL && strlen(word) == length && strncasecmp(word, name, length) == 0;
}

/* The node name of uname(2): the same for all rows. */
static void get_host(const void *row, struct value *value)
{
	static struct utsname system;

	(void)row;
	if (system.nodename[0] == '\0' && uname(&system) < 0)
		value_set_unknown(value);
	else
		value_set_text(value, system.nodename);
}

const struct column column_host = {
	"host",
	"name of this machine (printed only on request)",
	COLUMN_TEXT,
	ALIGN_LEFT,
	.value = get_host,
};

/*
 * Find a column by its name, or by its name or alias regardless of case; NULL if there is none.
 */
static const struct column *column_find(const struct column_set *set, const char *name,
                                        size_t length)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strncmp(set->columns[i].name, name, length) == 0 &&
		    set->columns[i].name[length] == '\0')
			return &set->columns[i];
	}
	for (size_t i = 0; i < set->count; i++) {
		const struct column *column = &set->columns[i];

		if (is_word(column->name, name, length) || is_word(column->alias, name, length))
			return column;
	}
	return is_word(column_host.name, name, length) ? &column_host : NULL;
}

static int unknown_column(const struct column_set *set, const char *name, size_t length,
                          struct error *error)
{
	struct suggestion suggestion;
	char word[SUGGEST_MAX + 1];

	if (length > SUGGEST_MAX)
		length = SUGGEST_MAX;
	memcpy(word, name, length);
	word[length] = '\0';
	suggest_begin(&suggestion, word);
	for (size_t i = 0; i < set->count; i++)
		suggest_consider(&suggestion, set->columns[i].name);
	if (length == 0)
		return error_set(error, STATUS_USAGE,
		                 "missing column name ('--output help' lists the columns)");
	if (suggestion.nearest != NULL)
		return error_set(
		    error, STATUS_USAGE,
		    "unknown column '%s', did you mean '%s'? ('--output help' lists the columns)",
		    word, suggestion.nearest);
	return error_set(error, STATUS_USAGE,
	                 "unknown column '%s' ('--output help' lists the columns)", word);
}

static void choice_append(struct column_choice *choice, const struct column *column)
{
	/* Drop duplicates: the names of JSON members are unique. */
	for (size_t i = 0; i < choice->count; i++) {
		if (choice->columns[i] == column)
			return;
	}
	choice->columns = vector_grow(choice->columns, choice->count, sizeof(*choice->columns));
	choice->columns[choice->count++] = column;
}

static int choice_append_list(const struct column_set *set, const char *list,
                              struct column_choice *choice, struct error *error)
{
	for (;;) {
		size_t length = strcspn(list, ",");
		const struct column *column = column_find(set, list, length);

		if (column == NULL)
			return unknown_column(set, list, length, error);
		choice_append(choice, column);
		if (list[length] == '\0')
			return 0;
		list += length + 1;
	}
}

int column_choice_parse(const struct column_set *set, const char *list, const char *defaults,
                        struct column_choice *choice, struct error *error)
{
	const bool adds = *list == '+';

	choice->set = set;
	choice->columns = NULL;
	choice->count = 0;
	choice->named = 0;
	if (adds) {
		list++;
		if (choice_append_list(set, defaults, choice, error) < 0)
			goto fail;
		choice->named = choice->count;
	}
	if (choice_append_list(set, list, choice, error) < 0)
		goto fail;
	if (!adds)
		choice->named = choice->count;
	return 0;
fail:
	column_choice_free(choice);
	return -1;
}

int column_choice_all(const struct column_set *set, const char *list, struct column_choice *choice,
                      struct error *error)
{
	choice->set = set;
	choice->count = 0;
	choice->columns = NULL;
	for (size_t i = 0; i < set->count; i++)
		choice_append(choice, &set->columns[i]);
	choice->named = choice->count;
	if (list == NULL || choice_append_list(set, list + 1, choice, error) == 0)
		return 0;
	column_choice_free(choice);
	return -1;
}

void column_choice_free(struct column_choice *choice)
{
	free(choice->columns);
	choice->columns = NULL;
	choice->count = 0;
}
