#include "objects/object.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts are kept in chunks, so that they don't move when more come. */
enum { CHUNK_SIZE = 1 << 16 };

struct object_texts {
	struct object_texts *next;
	size_t used; /* bytes of text */
	char text[CHUNK_SIZE];
};

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

const char *kind_word(enum object_kind kind)
{
	static const char *const words[KIND_COUNT] = {
		[KIND_SHM] = "shm", [KIND_PSHM] = "pshm", [KIND_PSEM] = "psem",
		[KIND_MSG] = "msg", [KIND_SEM] = "sem",   [KIND_PMSG] = "pmsg",
	};

	return words[kind];
}

const char *kind_noun(enum object_kind kind)
{
	static const char *const nouns[KIND_COUNT] = {
		[KIND_SHM] = "segment",       [KIND_PSHM] = "object",
		[KIND_PSEM] = "semaphore",    [KIND_MSG] = "message queue",
		[KIND_SEM] = "semaphore set", [KIND_PMSG] = "message queue",
	};

	return nouns[kind];
}

bool kind_is_sysv(enum object_kind kind)
{
	return (KIND_BIT(kind) & KINDS_SYSV) != 0;
}

bool object_size_is_known(const struct shm_object *object)
{
	if (object->kind == KIND_PMSG)
		return (object->known & KNOWN_MESSAGES) != 0;
	return object->kind != KIND_SEM;
}

size_t object_ref(const struct shm_object *object, char *target)
{
	static const char *const prefixes[KIND_COUNT] = {
		[KIND_SHM] = "id:",  [KIND_PSHM] = "",    [KIND_PSEM] = "psem:",
		[KIND_MSG] = "msg:", [KIND_SEM] = "sem:", [KIND_PMSG] = "pmsg:",
	};
	const char *prefix = prefixes[object->kind];

	if (kind_is_sysv(object->kind))
		return (size_t)snprintf(target, REF_TEXT_SIZE, "%s%d", prefix, object->id);
	return (size_t)snprintf(target, REF_TEXT_SIZE, "%s%s", prefix, object->name);
}
