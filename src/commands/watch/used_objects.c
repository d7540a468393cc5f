#include "commands/watch/used_objects.h"

#include "base/memory.h"
#include "objects/kind.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right)
{
	return strcmp(left, right);
}

static void add(struct used_objects *used, const char *ref)
{
	if (tfind(ref, &used->tree, compare) == NULL)
		(void)needed(tsearch(needed(strdup(ref)), &used->tree, compare));
}

static void drop(struct used_objects *used, const char *ref)
{
	char **found = tfind(ref, &used->tree, compare);
	char *text;

	if (found == NULL)
		return;
	text = *found;
	tdelete(ref, &used->tree, compare);
	free(text);
}

void used_objects_add(struct used_objects *used, const struct shm_object *object)
{
	char ref[REF_TEXT_SIZE];

	object_ref(object, ref);
	add(used, ref);
}

bool used_objects_follow(struct used_objects *used, const struct event *event, bool is_own)
{
	char ref[REF_TEXT_SIZE];
	bool was_used;

	if (event->object == NULL)
		return is_own;
	object_ref(event->object, ref);
	was_used = tfind(ref, &used->tree, compare) != NULL;
	/* Another object may get the same name. */
	if (event->type == EVENT_REMOVED)
		drop(used, ref);
	else if (is_own)
		add(used, ref);
	return was_used || is_own;
}

void used_objects_free(struct used_objects *used)
{
	tdestroy(used->tree, free);
	used->tree = NULL;
}
