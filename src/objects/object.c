#include "objects/object.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Texts are allocated in chunks, so that they do not move when more are added. */
enum { CHUNK_SIZE = 1 << 16 };

struct object_texts {
	struct object_texts *next;
	size_t used; /* bytes of text */
	char text[];
};

bool object_is_held(const struct shm_object *object)
{
	return object->kind == KIND_PSHM && object->held_kind != NULL;
}

const struct object_tree *object_tree(const struct shm_object *object)
{
	if (object->kind == KIND_DIR || (object->kind == KIND_PSHM && object->held_kind == NULL))
		return object->tree;
	return NULL;
}

struct shm_object *object_list_add(struct object_list *list)
{
	list->objects = vector_grow(list->objects, list->count, sizeof(*list->objects));
	memset(&list->objects[list->count], 0, sizeof(*list->objects));
	return &list->objects[list->count++];
}

void object_list_drop(struct object_list *list)
{
	list->count--;
}

static bool is_sorted(const struct object_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		if (list->objects[i].kind < list->objects[i - 1].kind)
			return false;
	}
	return true;
}

void object_list_sort_kinds(struct object_list *list)
{
	struct shm_object *sorted;
	size_t count = 0;

	if (is_sorted(list))
		return;
	sorted = needed_array(list->count, sizeof(*sorted));

	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		for (size_t i = 0; i < list->count; i++) {
			if (list->objects[i].kind == kind)
				sorted[count++] = list->objects[i];
		}
	}
	memcpy(list->objects, sorted, count * sizeof(*sorted));
	free(sorted);
}

const char *object_list_text(struct object_list *list, const char *prefix, const char *text)
{
	size_t size = strlen(prefix) + strlen(text) + 1;
	struct object_texts *chunk = list->texts;
	char *copy;

	/* A longer text has a chunk to itself. */
	if (chunk == NULL || chunk->used + size > CHUNK_SIZE) {
		chunk = needed(malloc(sizeof(*chunk) + (size > CHUNK_SIZE ? size : CHUNK_SIZE)));
		chunk->next = list->texts;
		chunk->used = 0;
		list->texts = chunk;
	}
	copy = chunk->text + chunk->used;
	stpcpy(stpcpy(copy, prefix), text);
	chunk->used += size;
	return copy;
}

void object_list_free(struct object_list *list)
{
	while (list->texts != NULL) {
		struct object_texts *next = list->texts->next;

		free(list->texts);
		list->texts = next;
	}
	free(list->usages);
	free(list->objects);
	memset(list, 0, sizeof(*list));
}
