#include "commands/users/asked.h"

#include "base/memory.h"
#include "objects/kind.h"
#include "objects/label.h"
#include "objects/posix.h"
#include "objects/posix_queue.h"
#include "objects/tree.h"
#include "usage/choose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Make room for one more object, zeroed, and its target. It is not counted until it is filled in. */
static struct used *reserve(struct asked *asked)
{
	struct used *used;

	asked->targets = vector_grow(asked->targets, asked->count, sizeof(*asked->targets));
	asked->used = vector_grow(asked->used, asked->count, sizeof(*asked->used));
	used = &asked->used[asked->count];
	memset(used, 0, sizeof(*used));
	return used;
}

/* Ask for the users of an object in the list. */
static int ask_object(struct asked *asked, size_t index, struct error *error)
{
	const struct shm_object *object = &asked->objects.objects[index];
	struct used *used = reserve(asked);
	char ref[REF_TEXT_SIZE];

	if (users_target_of_object(object, &asked->targets[asked->count]) < 0)
		return error_set_errno(error, errno, "%s can't be inspected",
		                       object->kind == KIND_PMSG ? POSIX_QUEUE_DIRECTORY
		                                                 : POSIX_DIRECTORY);
	object_ref(object, ref);
	used->ref = object_list_text(&asked->objects, "", ref);
	used->kind = object_kind_word(object);
	used->object = index;
	asked->count++;
	return 0;
}

/* Ask for the users of memory without a name. */
static void ask_unnamed(struct asked *asked, const struct unnamed_object *unnamed)
{
	struct used *used = reserve(asked);
	char ref[REF_TEXT_SIZE];

	users_target_of_unnamed(unnamed, &asked->targets[asked->count]);
	unnamed_ref(unnamed, ref);
	used->ref = object_list_text(&asked->objects, "", ref);
	used->kind = unnamed_kind_word(unnamed->kind);
	used->name = unnamed_name(unnamed);
	used->huge_page = unnamed->page_bytes;
	used->unnamed = unnamed;
	used->knows_used = (unnamed->object.known & KNOWN_USED) != 0;
	used->used = unnamed->object.used;
	used->object = SIZE_MAX;
	asked->count++;
}

int ask_ref(struct asked *asked, const struct ref *ref, struct error *error)
{
	struct used *used;

	if (ref->kind != REF_FILE) {
		if (choose_find(ref, &asked->objects, error) < 0)
			return -1;
		return ask_object(asked, asked->objects.count - 1, error);
	}
	if (ref->object == KIND_DIR)
		return error_set(error, STATUS_USAGE, "is a directory (use --dir)");
	used = reserve(asked);
	if (users_target_of_file(ref, &asked->targets[asked->count], error) < 0)
		return -1;
	used->ref = object_list_text(&asked->objects, "", ref->text);
	used->kind = "file";
	used->path = ref->path;
	used->object = SIZE_MAX;
	asked->count++;
	return 0;
}

int ask_all_unnamed(const struct object_filter *filter, unsigned int kinds, struct asked *asked,
                    struct error *error)
{
	const time_t now = time(NULL);

	if (unnamed_find(&asked->unnamed, error) < 0)
		return -1;
	for (size_t i = 0; i < asked->unnamed.count; i++) {
		const struct unnamed_object *unnamed = &asked->unnamed.objects[i];

		if ((kinds & UNNAMED_BIT(unnamed->kind)) && unnamed_match(unnamed, filter, now))
			ask_unnamed(asked, unnamed);
	}
	return 0;
}

void asked_add_holders(const struct asked *asked, struct users_list *users)
{
	for (size_t i = 0; i < asked->count; i++) {
		if (asked->used[i].unnamed != NULL && asked->used[i].unnamed->is_rest)
			unnamed_add_holders(&asked->unnamed, asked->used[i].unnamed, i, users);
	}
	users_sort(users);
}

int ask_listed(const struct object_filter *filter, struct asked *asked, struct error *error)
{
	const unsigned int needs[KIND_COUNT] = { 0 };
	int result = choose_list(filter, needs, &asked->objects, error);

	/* Use the objects that could be listed, even if others could not. */
	for (size_t i = 0; i < asked->objects.count; i++) {
		struct error own;

		if (ask_object(asked, i, &own) < 0)
			result = error_join(error, result, &own);
	}
	return result;
}

/* The name of an object, of a file in a directory its path. */
static const char *name_of(struct object_list *list, const struct shm_object *object)
{
	char path[PATH_MAX];

	if (object_tree(object) == NULL)
		return kind_is_sysv(object->kind) ? NULL : object->name;
	object_tree_path(object, path);
	return object_list_text(list, "", path);
}

void asked_label(struct asked *asked)
{
	struct object_parent parent = { .is_open = false };

	for (size_t i = 0; i < asked->count; i++) {
		struct used *used = &asked->used[i];
		const struct shm_object *object =
		    used->object != SIZE_MAX ? &asked->objects.objects[used->object] : NULL;
		char label[OBJECT_LABEL_SIZE];

		if (object != NULL && !kind_is_sysv(object->kind)
		        ? object_label(object, &parent, label)
		        : used->path != NULL && file_label(used->path, label))
			used->label = object_list_text(&asked->objects, "", label);
	}
	object_parent_end(&parent);
}

void asked_describe(struct asked *asked, bool wants_used)
{
	const unsigned int needs[KIND_COUNT] = { [KIND_SHM] = wants_used ? NEED_USED : 0 };
	struct error error;

	/* On failure, the details show as unknown. */
	(void)choose_collect(&asked->objects, needs, &error);
	for (size_t i = 0; i < asked->count; i++) {
		struct used *used = &asked->used[i];
		const struct shm_object *object;

		if (used->object == SIZE_MAX)
			continue;
		object = &asked->objects.objects[used->object];
		used->name = name_of(&asked->objects, object);
		used->knows_used = (object->known & KNOWN_USED) != 0;
		used->used = object->used;
	}
}

void asked_free(struct asked *asked)
{
	unnamed_free(&asked->unnamed);
	object_list_free(&asked->objects);
	free(asked->targets);
	free(asked->used);
}
