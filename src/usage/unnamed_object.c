#include "usage/unnamed_object.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *unnamed_name(const struct unnamed_object *object)
{
	const char *name = object->object.name + 1;

	if (*name == '\0')
		return object->is_rest ? object->object.name : NULL;
	return object->kind == UNNAMED_MEMFD || object->kind == UNNAMED_ANONYMOUS
	           ? name
	           : object->object.name;
}

bool unnamed_match(const struct unnamed_object *object, const struct object_filter *filter,
                   time_t now)
{
	struct object_filter rest = *filter;

	rest.kinds = KIND_BIT(KIND_PSHM);
	rest.used_by.given = false;
	rest.uses = 0;
	rest.name = (struct filter_list){ .count = 0 };
	if (unnamed_name(object) == NULL && !filter_list_passes_none(&filter->name))
		return false;
	if (!object->has_status && !filter_takes_all(&rest))
		return false;
	if (unnamed_name(object) != NULL)
		rest.name = filter->name;
	return filter_match(&rest, &object->object, now);
}

const char *unnamed_kind_word(enum unnamed_kind kind)
{
	static const char *const words[] = {
		[UNNAMED_MEMFD] = "memfd",       [UNNAMED_ANONYMOUS] = "anon",
		[UNNAMED_OBJECT] = "pshm",       [UNNAMED_FILE] = "removed",
		[UNNAMED_DETACHED] = "detached",
	};

	return words[kind];
}

void unnamed_ref(const struct unnamed_object *object, char text[REF_TEXT_SIZE])
{
	text[0] = '\0';
	if (object->is_rest)
		return;
	if (object->fd >= 0)
		snprintf(text, REF_TEXT_SIZE, "pid:%d:fd:%d", object->pid, object->fd);
	else if (object->address != 0 && object->has_status)
		snprintf(text, REF_TEXT_SIZE, "pid:%d:map:0x%" PRIx64, object->pid,
		         object->address);
}

void users_target_of_unnamed(const struct unnamed_object *object, struct users_target *target)
{
	memset(target, 0, sizeof(*target));
	target->device = object->device;
	target->mapped_device = object->device;
	/* No file is the rest of a file system. */
	target->inode = object->is_rest ? (ino_t)-1 : object->object.inode;
	target->is_memfd = object->kind == UNNAMED_MEMFD || object->kind == UNNAMED_ANONYMOUS;
}
