#include "commands/common/all_namespaces.h"

#include "ipc/inventory.h"
#include "ipc/place.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The directories that were looked at: containers may share one. */
struct seen {
	struct stat *directories;
	size_t count;
};

/*
 * Tell whether a directory is there and is new, or can't be looked at, which the listing will tell.
 * There is room for all.
 */
static bool is_new(struct seen *seen, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno != ENOENT && errno != ENOTDIR;
	for (size_t i = 0; i < seen->count; i++) {
		if (seen->directories[i].st_dev == st.st_dev &&
		    seen->directories[i].st_ino == st.st_ino)
			return false;
	}
	seen->directories[seen->count++] = st;
	return true;
}

static int append(struct object_list *all, const struct object_list *some, uint16_t place)
{
	for (size_t i = 0; i < some->count; i++) {
		struct shm_object *object = object_list_add(all);

		if (object == NULL)
			return -1;
		*object = some->objects[i];
		object->place = place;
	}
	return 0;
}

/* Kind by kind, then place by place, each in the order in which it was listed. */
static void sort_by_kind(struct object_list *list)
{
	struct shm_object *sorted = calloc(list->count + 1, sizeof(*sorted));
	size_t count = 0;

	if (sorted == NULL)
		return;
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		for (size_t i = 0; i < list->count; i++) {
			if (list->objects[i].kind == kind)
				sorted[count++] = list->objects[i];
		}
	}
	free(list->objects);
	list->objects = sorted;
}

/* List what is in one namespace and was not listed before. */
static int list_one(const struct object_filter *filter, const unsigned int needs[KIND_COUNT],
                    struct seen *seen, struct object_list *list, struct error *error)
{
	struct object_filter here = *filter;

	if (!is_new(seen, place_posix_directory()))
		here.kinds &= ~(unsigned int)KINDS_DEVSHM;
	if (!is_new(seen, place_queue_directory()))
		here.kinds &= ~(unsigned int)KIND_BIT(KIND_PMSG);
	return here.kinds != 0 ? inventory_list(&here, needs, list, error) : 0;
}

static enum exit_status failed(const struct command_context *context, const char *subject,
                               const struct error *error)
{
	message_error(&context->message, subject, error);
	return STATUS_FAILED;
}

enum exit_status all_namespaces_list(const struct command_context *context,
                                     const struct object_filter *filter,
                                     const unsigned int needs[KIND_COUNT],
                                     struct all_namespaces *all)
{
	enum exit_status status = STATUS_DONE;
	const ino_t own = ipc_namespace_own();
	struct seen seen = { .count = 0 };
	struct error error;

	*all = (struct all_namespaces){ .lists = NULL };
	if (ipc_namespaces_list(&all->namespaces, &error) < 0)
		return failed(context, NULL, &error);
	all->lists = calloc(all->namespaces.count + 1, sizeof(*all->lists));
	seen.directories = calloc(2 * all->namespaces.count + 1, sizeof(*seen.directories));
	for (size_t i = 0; i < all->namespaces.count && i <= UINT16_MAX; i++) {
		const struct ipc_namespace *namespace = &all->namespaces.namespaces[i];
		char subject[64];

		if (all->lists == NULL || seen.directories == NULL)
			break;
		snprintf(subject, sizeof(subject), "IPC namespace %llu of process %d",
		         (unsigned long long)namespace->inode, namespace->holder);
		/* Ours comes first, while we are still in it. */
		if (namespace->inode != own && place_enter(namespace->holder, &error) < 0) {
			/* Who has ended meanwhile has left nothing unseen. */
			if (process_can_hold(namespace->holder))
				status = failed(context, subject, &error);
			continue;
		}
		if (list_one(filter, needs, &seen, &all->lists[i], &error) < 0)
			status = failed(context, subject, &error);
		if (append(&all->objects, &all->lists[i], (uint16_t)i) < 0) {
			error_set(&error, STATUS_FAILED, "out of memory");
			status = failed(context, NULL, &error);
		}
	}
	if (all->lists == NULL || seen.directories == NULL) {
		error_set(&error, STATUS_FAILED, "out of memory");
		status = failed(context, NULL, &error);
	}
	if (all->namespaces.hidden > 0)
		message_note(&context->message, NULL,
		             "the namespaces of %zu process%s can't be looked at (that takes root)",
		             all->namespaces.hidden, all->namespaces.hidden == 1 ? "" : "es");
	sort_by_kind(&all->objects);
	free(seen.directories);
	return status;
}

void all_namespaces_free(struct all_namespaces *all)
{
	for (size_t i = 0; all->lists != NULL && i < all->namespaces.count; i++)
		object_list_free(&all->lists[i]);
	free(all->lists);
	object_list_free(&all->objects);
	ipc_namespaces_free(&all->namespaces);
}
