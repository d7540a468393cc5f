#include "objects/object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Texts are allocated in chunks, so that they do not move when more are added. */
enum { CHUNK_SIZE = 1 << 16 };

struct object_texts {
	struct object_texts *next;
	size_t used; /* bytes of text */
	char text[CHUNK_SIZE];
};

bool object_is_held(const struct shm_object *object)
{
	return object->kind == KIND_PSHM && object->held_kind != NULL;
}

static int grow(struct object_list *list)
{
	size_t capacity = list->capacity > 0 ? list->capacity * 2 : 64;
	struct shm_object *objects;

	objects = reallocarray(list->objects, capacity, sizeof(*objects));
	if (objects == NULL)
		return -1;
	list->objects = objects;
	list->capacity = capacity;
	return 0;
}

struct shm_object *object_list_add(struct object_list *list)
{
	if (list->count == list->capacity && grow(list) < 0)
		return NULL;
	memset(&list->objects[list->count], 0, sizeof(*list->objects));
	return &list->objects[list->count++];
}

void object_list_drop(struct object_list *list)
{
	list->count--;
}

const char *object_list_text(struct object_list *list, const char *prefix, const char *text)
{
	size_t size = strlen(prefix) + strlen(text) + 1;
	struct object_texts *chunk = list->texts;
	char *copy;

	if (chunk == NULL || CHUNK_SIZE - chunk->used < size) {
		if (size > CHUNK_SIZE) {
			errno = ENAMETOOLONG;
			return NULL;
		}
		chunk = malloc(sizeof(*chunk));
		if (chunk == NULL)
			return NULL;
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
