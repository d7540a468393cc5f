#include "commands/shared/object_sections.h"

#include "base/memory.h"
#include "objects/kind.h"
#include "output/message.h"
#include "usage/choose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_COLUMNS    "kind,ref,key,shmid,name,owner,perms,bytes,nattch,status"
#define QUEUE_COLUMNS     ",id,messages,nsems"
#define DIRECTORY_COLUMNS ",used,files,newest"

const char *object_machine_columns(unsigned int kinds)
{
	const bool has_queues = (kinds & (KINDS_QUEUES | KIND_BIT(KIND_SEM))) != 0;

	if (kinds & KIND_BIT(KIND_DIR))
		return has_queues ? MEMORY_COLUMNS QUEUE_COLUMNS DIRECTORY_COLUMNS
		                  : MEMORY_COLUMNS DIRECTORY_COLUMNS;
	return has_queues ? MEMORY_COLUMNS QUEUE_COLUMNS : MEMORY_COLUMNS;
}

const char *object_section_title(enum object_kind kind)
{
	return object_kinds[kind].title;
}

void object_section_columns(const struct report *report, const struct object_filter *filter,
                            enum object_kind kind, bool with_namespaces,
                            char columns[SECTION_COLUMNS_SIZE])
{
	static const char name[] = "name,";
	const char *rest = object_kinds[kind].columns;
	const bool with_use = report_is_for_terminal(report) && !with_namespaces;
	const bool by_ref = (filter->recursive || filter->tree_count > 0) && kind == KIND_PSHM;

	if (by_ref)
		rest += strlen(name);
	snprintf(columns, SECTION_COLUMNS_SIZE, "%s%s%s%s", by_ref ? "ref," : "", rest,
	         with_use && kind != KIND_SHM && kind != KIND_DIR ? ",use" : "",
	         with_namespaces ? NAMESPACE_COLUMNS : "");
}

void object_sections_needs(const struct report *report, const struct object_filter *filter,
                           bool with_namespaces, unsigned int needs[KIND_COUNT])
{
	char columns[SECTION_COLUMNS_SIZE];

	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		needs[kind] = 0;
		object_section_columns(report, filter, (enum object_kind)kind, with_namespaces,
		                       columns);
		if (filter->kinds & KIND_BIT(kind))
			needs[kind] = report_needs(report, columns);
	}
}

/* The first of some kinds; System V segments if empty. */
static enum object_kind first_kind(unsigned int kinds)
{
	unsigned int kind = 0;

	while (kind < KIND_COUNT && !(kinds & KIND_BIT(kind)))
		kind++;
	return kind < KIND_COUNT ? (enum object_kind)kind : KIND_SHM;
}

int object_sections_print(struct report *report, const struct object_list *list,
                          const struct object_filter *filter, bool with_namespaces,
                          struct error *error)
{
	char columns[KIND_COUNT][SECTION_COLUMNS_SIZE];
	struct report_section sections[KIND_COUNT];
	const void **rows = needed_array(list->count, sizeof(*rows));
	size_t section_count = 0;
	int result;

	for (size_t i = 0; i < list->count || section_count == 0; i++) {
		bool empty = list->count == 0;
		enum object_kind kind = empty ? first_kind(filter->kinds) : list->objects[i].kind;

		if (i == 0 || kind != list->objects[i - 1].kind) {
			object_section_columns(report, filter, kind, with_namespaces,
			                       columns[kind]);
			sections[section_count++] = (struct report_section){
				.title = object_section_title(kind),
				.columns = columns[kind],
				.rows = &rows[i],
			};
		}
		if (empty)
			break;
		rows[i] = &list->objects[i];
		sections[section_count - 1].count++;
	}
	result = report_sections(report, sections, section_count, error);
	free(rows);
	return result;
}

enum exit_status object_details_print(const struct command_context *context, struct report *report,
                                      struct object_list *list)
{
	const unsigned int need =
	    (report_needs(report, NULL) & NEED_TRACELESS) | report_named_needs(report);
	unsigned int needs[KIND_COUNT];
	const void **rows = needed_array(list->count, sizeof(*rows));
	enum exit_status status = STATUS_DONE;
	struct error error;

	for (unsigned int kind = 0; kind < KIND_COUNT; kind++)
		needs[kind] = need;
	if (choose_collect(list, needs, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	for (size_t i = 0; i < list->count; i++)
		rows[i] = &list->objects[i];
	if (report_details(report, object_block_title, rows, list->count, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	free(rows);
	return status;
}

void object_block_title(const void *row, char *target, size_t size)
{
	const struct shm_object *object = row;
	char ref[REF_TEXT_SIZE];

	object_ref(object, ref);
	snprintf(target, size, "%s %s",
	         object_is_held(object) ? object->held_kind->block
	                                : object_kinds[object->kind].block,
	         ref);
}
