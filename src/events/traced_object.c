#include "events/traced_object.h"

#include "base/clock.h"
#include "base/memory.h"
#include "objects/kind.h"
#include "objects/sysv_table.h"

#include <stdlib.h>
#include <string.h>

struct traced_object *traced_object_find(const struct traced_objects *objects,
                                         enum object_kind kind, int id)
{
	return number_table_find(&objects->tables[kind], (uint64_t)id);
}

struct traced_object *traced_object_add(struct traced_objects *objects, enum object_kind kind,
                                        int id)
{
	struct traced_object *object = needed_array(1, sizeof(*object));

	object->object.kind = kind;
	object->object.id = id;
	number_table_set(&objects->tables[kind], (uint64_t)id, object);
	return object;
}

void traced_object_remove(struct traced_objects *objects, struct traced_object *object)
{
	number_table_remove(&objects->tables[object->object.kind], (uint64_t)object->object.id);
	free(object);
}

static void take(const struct shm_object *found, void *state)
{
	struct traced_object *object = traced_object_add(state, found->kind, found->id);

	object->object = *found;
	object->since = clock_nanoseconds(CLOCK_MONOTONIC);
}

void traced_objects_read(struct traced_objects *objects, unsigned int kinds)
{
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if (kinds & KIND_BIT(kind))
			(void)sysv_table_walk(object_kinds[kind].table, take, objects);
	}
}

int traced_object_look(enum object_kind kind, int id, struct shm_object *object)
{
	memset(object, 0, sizeof(*object));
	return sysv_table_look(object_kinds[kind].table, id, object);
}

void traced_objects_free(struct traced_objects *objects)
{
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		struct traced_object *object;
		size_t at = 0;

		while ((object = number_table_next(&objects->tables[kind], &at)) != NULL)
			free(object);
		number_table_free(&objects->tables[kind]);
	}
}
