#include "commands/shared/object_totals.h"

#include "objects/kind.h"
#include "objects/sum.h"
#include "output/units.h"
#include "usage/use.h"
#include "usage/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 512 };

__attribute__((format(printf, 2, 3))) static void append(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used, TEXT_SIZE - used, format, arguments);
	va_end(arguments);
}

static void append_bytes(const struct report *report, char *text, uint64_t bytes, const char *what)
{
	char size[UNITS_TEXT_SIZE];

	report_size_text(report, size, bytes);
	append(text, ", %s%s", size, what);
}

static void append_count(char *text, size_t count, const char *noun)
{
	size_t length = strlen(noun);
	bool ends_in_y = count != 1 && noun[length - 1] == 'y';

	append(text, "%s%zu %.*s%s", *text != '\0' ? ", " : "", count, (int)(length - ends_in_y),
	       noun,
	       count == 1  ? ""
	       : ends_in_y ? "ies"
	                   : "s");
}

/* "3 segments, 2 message queues": kinds with the same noun are one. */
static void append_counts(char *text, const struct object_list *list)
{
	size_t counts[KIND_COUNT] = { 0 };

	for (size_t i = 0; i < list->count; i++) {
		unsigned int kind = 0;

		while (strcmp(object_kinds[kind].noun, kind_noun(list->objects[i].kind)) != 0)
			kind++;
		counts[kind]++;
	}
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if (counts[kind] > 0)
			append_count(text, counts[kind], object_kinds[kind].noun);
	}
}

/* Whether an object is unused; *known becomes false if that is not known. */
static bool is_unused(const struct shm_object *object, bool *known)
{
	if (object->kind == KIND_SHM)
		return object->attaches == 0;
	if (object->usage == NULL || object->usage->use == USE_UNKNOWN)
		*known = false;
	return object->usage != NULL && (USES_UNUSED & USE_BIT(object->usage->use)) != 0;
}

void object_totals_print(struct report *report, const struct object_list *list)
{
	struct object_sum all = { .files = 0 };
	struct object_sum unused = { .files = 0 };
	char text[TEXT_SIZE] = "";
	bool known = true;

	if (!report_is_for_terminal(report) || list->count == 0)
		return;
	append_counts(text, list);
	for (size_t i = 0; i < list->count; i++) {
		const struct shm_object *object = &list->objects[i];

		if (!(KIND_BIT(object->kind) & KINDS_MAPPED))
			continue;
		object_sum_add(&all, object);
		if (is_unused(object, &known))
			object_sum_add(&unused, object);
	}
	object_sum_end(&all);
	object_sum_end(&unused);
	if (all.files > 0)
		append_bytes(report, text, all.bytes, "");
	if (unused.files > 0 && known)
		append_bytes(report, text, unused.bytes, " unused");
	report_totals(report, text);
}
