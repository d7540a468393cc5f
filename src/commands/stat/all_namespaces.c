#include "commands/stat/all_namespaces.h"

#include "base/memory.h"
#include "objects/posix_queue.h"
#include "system/place.h"
#include "system/user_map.h"
#include "usage/blind.h"
#include "usage/choose.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* shm_object.place is an index of these. */
enum { NAMESPACES_MAX = UINT16_MAX + 1 };

enum { ENTER_TRIES = 8 };

/* The directories already listed: containers may share one. */
struct seen {
	struct stat *directories;
	size_t count;
};

/*
 * Whether a directory must be listed: it exists and is new, or can't be inspected, which the listing
 * reports. The array has room for all.
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

static void append(struct object_list *all, const struct object_list *some, uint16_t place)
{
	for (size_t i = 0; i < some->count; i++) {
		struct shm_object *object = object_list_add(all);

		*object = some->objects[i];
		object->place = place;
	}
}

static enum exit_status failed(const struct command_context *context, const char *subject,
                               const struct error *error)
{
	message_error(&context->message, subject, error);
	return STATUS_FAILED;
}

/* Whether the queues of a namespace were listed through another view of it. */
static bool has_queues(const struct ipc_namespace_list *list, const bool *queues, size_t index)
{
	for (size_t i = 0; i < list->count; i++) {
		if (queues[i] && list->namespaces[i].inode == list->namespaces[index].inode)
			return true;
	}
	return false;
}

/*
 * Queues can't be found if their file system is not mounted. As with a single namespace, that is a
 * failure only if --kind names queues.
 */
static enum exit_status note_queues(const struct command_context *context,
                                    const struct object_filter *filter,
                                    const struct ipc_namespace_list *list, const bool *queues)
{
	size_t without = 0;
	struct error error;

	for (size_t i = 0; i < list->count; i++)
		without += !list->namespaces[i].is_repeated && !has_queues(list, queues, i);
	if (without == 0 || !(filter->kinds & KIND_BIT(KIND_PMSG)))
		return STATUS_DONE;
	error_set(&error, STATUS_FAILED,
	          "POSIX message queues of %zu IPC namespace%s are omitted: %s is not mounted "
	          "there",
	          without, without == 1 ? "" : "s", POSIX_QUEUE_DIRECTORY);
	if (filter->kinds != KINDS_ALL)
		return failed(context, NULL, &error);
	message_note(&context->message, NULL, "%s", error.text);
	return STATUS_DONE;
}

/* List the objects of one view of a namespace that were not listed before. */
static int list_one(const struct object_filter *filter, const unsigned int needs[KIND_COUNT],
                    const struct ipc_namespace *namespace, struct seen *seen,
                    struct object_list *list, struct error *error)
{
	struct object_filter here = *filter;

	if (namespace->is_repeated)
		here.kinds &= ~(unsigned int)KINDS_SYSV;
	if (!is_new(seen, place_posix_directory()))
		here.kinds &= ~(unsigned int)(KINDS_DEVSHM | KINDS_IN_TREES);
	if (!posix_queue_is_mounted() || !is_new(seen, place_queue_directory()))
		here.kinds &= ~(unsigned int)KIND_BIT(KIND_PMSG);
	return here.kinds != 0 ? choose_list(&here, needs, list, error) : 0;
}

/*
 * Enter a view of a namespace. If its process has exited, possibly with its PID reused, try another
 * process in the namespace.
 *
 * @return 1, 0 if no process is left in it, or -1 with error set
 */
static int enter(struct ipc_namespace *namespace, struct error *error)
{
	/* Our own namespace comes first, so there is nothing to enter. */
	if (namespace->is_own)
		return 1;
	for (int tries = 0; tries < ENTER_TRIES; tries++) {
		const bool entered = place_enter(namespace->holder, error) == 0;

		if (entered && ipc_namespace_own() == namespace->inode)
			return 1;
		if (!entered && ipc_namespace_is_held(namespace))
			return -1;
		if (!ipc_namespace_renew(namespace))
			return 0;
	}
	return error_set(error, STATUS_FAILED, "its processes exit too fast to enter it");
}

/* Print notes about namespaces that may be missing. */
static void note_hidden(const struct command_context *context,
                        const struct ipc_namespace_list *list)
{
	struct users_blind blind = { .processes = 0 };
	char text[USERS_BLIND_TEXT_SIZE];

	if (list->hidden > 0)
		message_note(&context->message, NULL,
		             "the namespaces of %zu process%s can't be inspected%s", list->hidden,
		             list->hidden == 1 ? "" : "es",
		             user_map_caller() == 0 ? "" : " (root is required)");
	users_blind_fill(&blind, NULL, 0);
	if (!users_are_blind(&blind))
		return;
	users_blind_text(&blind, false, text);
	message_note(&context->message, NULL, "IPC namespaces may be missing: %s", text);
}

/* List all views, one after another, and report each failure. */
static enum exit_status list_all(const struct command_context *context,
                                 const struct object_filter *filter,
                                 const unsigned int needs[KIND_COUNT], struct all_namespaces *all,
                                 struct seen *seen, bool *queues)
{
	enum exit_status status = STATUS_DONE;
	struct error error;

	for (size_t i = 0; i < all->namespaces.count; i++) {
		struct ipc_namespace *namespace = &all->namespaces.namespaces[i];
		const int entered = enter(namespace, &error);
		char subject[64];

		snprintf(subject, sizeof(subject), "IPC namespace %llu of process %d",
		         (unsigned long long)namespace->inode, namespace->holder);
		if (entered < 0)
			status = failed(context, subject, &error);
		/* If no process is left, nothing is missed. */
		queues[i] = entered <= 0 || posix_queue_is_mounted();
		if (entered <= 0)
			continue;
		if (place_check_directories(&error) < 0)
			status = failed(context, subject, &error);
		if (list_one(filter, needs, namespace, seen, &all->lists[i], &error) < 0)
			status = failed(context, subject, &error);
		append(&all->objects, &all->lists[i], (uint16_t)i);
	}
	if (note_queues(context, filter, &all->namespaces, queues) != STATUS_DONE)
		status = STATUS_FAILED;
	return status;
}

enum exit_status all_namespaces_list(const struct command_context *context,
                                     const struct object_filter *filter,
                                     const unsigned int needs[KIND_COUNT],
                                     struct all_namespaces *all)
{
	enum exit_status status = STATUS_DONE;
	struct seen seen = { .count = 0 };
	bool *queues;
	struct error error;

	*all = (struct all_namespaces){ .lists = NULL };
	if (ipc_namespaces_list(&all->namespaces, &error) < 0)
		return failed(context, NULL, &error);
	if (all->namespaces.count > NAMESPACES_MAX) {
		error_set(&error, STATUS_FAILED, "only the first %d of %zu namespaces are listed",
		          NAMESPACES_MAX, all->namespaces.count);
		status = failed(context, NULL, &error);
		all->namespaces.count = NAMESPACES_MAX;
	}
	all->lists = needed_array(all->namespaces.count, sizeof(*all->lists));
	seen.directories = needed_array(2 * all->namespaces.count, sizeof(*seen.directories));
	queues = needed_array(all->namespaces.count, sizeof(*queues));
	if (list_all(context, filter, needs, all, &seen, queues) != STATUS_DONE)
		status = STATUS_FAILED;
	note_hidden(context, &all->namespaces);
	/* Within a kind they are in the order of the places. */
	object_list_sort_kinds(&all->objects);
	free(seen.directories);
	free(queues);
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
