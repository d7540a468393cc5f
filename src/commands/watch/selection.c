#include "commands/watch/selection.h"

#include "objects/kind.h"
#include "usage/choose.h"
#include "usage/family.h"
#include "usage/family_catalogue.h"

#include <string.h>

static int find_objects_of(struct selection *selection, const struct command_context *context)
{
	const unsigned int needs[KIND_COUNT] = { 0 };
	const struct object_filter used = {
		.kinds = selection->filter->kinds,
		.used_by = selection->filter->used_by,
	};
	struct object_list list = { .count = 0 };
	struct error error;
	const int result = choose_list(&used, needs, &list, &error);

	if (result < 0)
		message_error(&context->message, NULL, &error);
	for (size_t i = 0; i < list.count; i++)
		used_objects_add(&selection->used, &list.objects[i]);
	object_list_free(&list);
	return result;
}

int selection_begin(struct selection *selection, const struct command_context *context, bool live)
{
	struct error error;

	if (selection->filter->family.count > 0) {
		selection->families = families_shared(&error);
		if (selection->families == NULL) {
			message_error(&context->message, NULL, &error);
			return -1;
		}
	}
	return live && selection->filter->used_by.given ? find_objects_of(selection, context) : 0;
}

unsigned int selection_kinds(const struct selection *selection)
{
	unsigned int kinds = 0;

	for (size_t i = 0; i < selection->refs->count; i++)
		kinds |= KIND_BIT(selection->refs->refs[i].object);
	return selection->refs->count > 0 ? kinds : selection->filter->kinds;
}

static bool is_named(const struct ref *ref, const struct event *event)
{
	const struct shm_object *object = event->object;
	struct shm_object before = *object;
	char text[REF_TEXT_SIZE];

	if (object->kind != ref->object)
		return false;
	if (ref->kind == REF_ID)
		return object->id == ref->id;
	if (ref->kind == REF_KEY)
		return object->key == ref->key;
	object_ref(object, text);
	if (strcmp(text, ref->text) == 0)
		return true;
	if (event->old_name == NULL)
		return false;
	before.name = event->old_name;
	object_ref(&before, text);
	return strcmp(text, ref->text) == 0;
}

static bool any_ref_names(const struct ref_list *refs, const struct event *event)
{
	for (size_t i = 0; i < refs->count; i++) {
		if (is_named(&refs->refs[i], event))
			return true;
	}
	return false;
}

static bool has_family(const struct selection *selection, const struct shm_object *object)
{
	struct family_match match;

	if (selection->families == NULL)
		return true;
	if (!family_match(selection->families, object, &match))
		return filter_list_passes_none(&selection->filter->family);
	return filter_list_passes_number(
	    &selection->filter->family,
	    (uint32_t)families_number(selection->families, match.family));
}

/* An object belongs to the process of --used-by from the first time that the process uses it. */
static bool is_used(struct selection *selection, const struct event *event)
{
	const struct filter_id *used_by = &selection->filter->used_by;

	return !used_by->given || used_objects_follow(&selection->used, event,
	                                              event->process.pid == (pid_t)used_by->id);
}

static bool passes_filter(struct selection *selection, const struct event *event)
{
	const time_t then = event_second(event);
	struct object_filter of_object = *selection->filter;
	struct shm_object before;

	/* A failed call may name no object, and then meets no condition on objects. */
	of_object.used_by.given = false;
	if (event->object == NULL)
		return filter_takes_all(&of_object);
	if (filter_match(selection->filter, event->object, then))
		return has_family(selection, event->object);
	if (event->old_name == NULL)
		return false;
	before = *event->object;
	before.name = event->old_name;
	return filter_match(selection->filter, &before, then) && has_family(selection, &before);
}

bool selection_takes(struct selection *selection, const struct event *event)
{
	if (event->type == EVENT_LOST)
		return true;
	/* Before other conditions: a process may use an object by an event that is not selected. */
	if (!is_used(selection, event) || !(selection->types & EVENT_BIT(event->type)))
		return false;
	if (selection->refs->count == 0)
		return passes_filter(selection, event);
	return event->object != NULL && any_ref_names(selection->refs, event);
}

void selection_end(struct selection *selection)
{
	used_objects_free(&selection->used);
}
