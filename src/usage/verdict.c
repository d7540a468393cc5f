#include "usage/verdict.h"

#include "base/memory.h"
#include "objects/posix.h"
#include "objects/posix_queue.h"
#include "objects/segment.h"
#include "objects/tree.h"
#include "system/process.h"
#include "usage/idle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WHY_SIZE = 512,
	COMMANDS_SIZE = 256, /* further names are omitted */
};

/* The targets of the scan, and the indexes of their objects in the list. */
struct search {
	struct users_target *targets;
	size_t *places;
	size_t count;
};

const char *use_word(enum object_use use)
{
	static const char *const words[USE_COUNT] = {
		[USE_UNKNOWN] = "unknown",   [USE_USED] = "used",           [USE_UNUSED] = "unused",
		[USE_ORPHANED] = "orphaned", [USE_ABANDONED] = "abandoned",
	};

	return words[use];
}

static void search_free(struct search *search)
{
	free(search->targets);
	free(search->places);
}

/* Segments with nattch 0 need no scan. Queues are unknown if their file system is not mounted. */
static int search_make(const struct object_list *list, unsigned int kinds, struct search *search,
                       struct error *error)
{
	memset(search, 0, sizeof(*search));
	search->targets = needed_array(list->count, sizeof(*search->targets));
	search->places = needed_array(list->count, sizeof(*search->places));
	for (size_t i = 0; i < list->count; i++) {
		const struct shm_object *object = &list->objects[i];

		if (!(KIND_BIT(object->kind) & kinds & KINDS_WITH_USERS) ||
		    (object->kind == KIND_SHM && object->attaches == 0))
			continue;
		if (users_target_of_object(object, &search->targets[search->count]) < 0) {
			if (object->kind == KIND_PMSG)
				continue;
			return error_set_errno(error, errno, "%s can't be inspected",
			                       POSIX_DIRECTORY);
		}
		search->places[search->count++] = i;
	}
	return 0;
}

uint64_t verdict_unseen_attaches(const struct shm_object *segment, uint64_t seen)
{
	struct object_list now = { .count = 0 };
	uint64_t attaches = segment->attaches;

	if (attaches <= seen)
		return 0;
	if (sysv_find(segment->id, &now) == 0 && now.objects[0].attaches < attaches)
		attaches = now.objects[0].attaches;
	else if (now.count == 0 && errno == ENOENT)
		attaches = 0;
	object_list_free(&now);
	return attaches > seen ? attaches - seen : 0;
}

/* Check whether a name is one of "a,b,c". */
static bool is_listed(const char *commands, const char *command)
{
	const size_t length = strlen(command);
	const char *at = commands;

	while ((at = strstr(at, command)) != NULL) {
		if ((at == commands || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
			return true;
		at++;
	}
	return false;
}

/* Collect the processes and their commands, from the rows of one object. */
static void take_users(const struct user *users, size_t count, struct object_usages *all,
                       struct object_usage *usage, char commands[COMMANDS_SIZE])
{
	size_t length = 0;

	commands[0] = '\0';
	usage->users = &all->users[all->user_count];
	for (size_t i = 0; i < count; i++) {
		/* The rows of a process are adjacent. */
		if (i > 0 && users[i].pid == users[i - 1].pid)
			continue;
		all->users[all->user_count].pid = users[i].pid;
		memcpy(all->users[all->user_count++].command, users[i].command, COMMAND_SIZE);
		usage->processes++;
		/* A process may clear its name: prctl(2), PR_SET_NAME. */
		if (*users[i].command == '\0' || is_listed(commands, users[i].command) ||
		    length + strlen(users[i].command) + 2 > COMMANDS_SIZE)
			continue;
		length += (size_t)snprintf(commands + length, COMMANDS_SIZE - length, "%s%s",
		                           length > 0 ? "," : "", users[i].command);
	}
}

static size_t say_users(const struct user *first, uint32_t processes, char why[WHY_SIZE])
{
	static const char *const words[] = {
		[USER_ATTACHED] = "attached by",
		[USER_MAPPED] = "mapped by",
		[USER_OPEN] = "held open by",
	};
	int length = snprintf(why, WHY_SIZE, "%s %d (%s)", words[first->how], first->pid,
	                      process_command_text(first->command));

	if (processes > 1)
		length += snprintf(why + length, WHY_SIZE - (size_t)length, " and %" PRIu32 " more",
		                   processes - 1);
	return (size_t)length;
}

/* Judge a segment with nattch 0 by its creator. */
static enum object_use judge_creator(const struct shm_object *segment, char why[WHY_SIZE])
{
	const pid_t pid = segment->creator_pid;
	char command[COMMAND_SIZE];

	switch (process_find_creator(pid, segment->change_time, command)) {
	case CREATOR_LIVES:
		snprintf(why, WHY_SIZE, "not attached; creator %d (%s) is running", pid, command);
		return USE_UNUSED;
	case CREATOR_GONE:
		snprintf(why, WHY_SIZE, "not attached; creator %d has exited", pid);
		return USE_ORPHANED;
	case CREATOR_REPLACED:
		snprintf(why, WHY_SIZE,
		         "not attached; creator %d has exited and its pid was reused", pid);
		return USE_ORPHANED;
	case CREATOR_UNKNOWN:
	default:
		if (pid > 0)
			snprintf(why, WHY_SIZE,
			         "not attached; process %d is running and may be its creator", pid);
		else
			snprintf(why, WHY_SIZE,
			         "not attached; its creator is outside this pid namespace");
		return USE_UNUSED;
	}
}

static enum object_use judge_segment(const struct shm_object *segment, const struct user *users,
                                     size_t count, uint32_t processes, char why[WHY_SIZE])
{
	size_t length = 0;
	uint64_t seen = 0;
	uint64_t unseen;

	if (segment->attaches == 0)
		return judge_creator(segment, why);
	for (size_t i = 0; i < count; i++)
		seen += users[i].areas;
	unseen = verdict_unseen_attaches(segment, seen);
	if (count > 0)
		length = say_users(users, processes, why);
	if (unseen > 0)
		snprintf(why + length, WHY_SIZE - length,
		         "%sattached %" PRIu64 " time%s%s by processes that can't be seen",
		         count > 0 ? "; " : "", unseen, unseen == 1 ? "" : "s",
		         count > 0 ? " more" : "");
	else if (count == 0)
		snprintf(why, WHY_SIZE, "attached a moment ago");
	return USE_USED;
}

bool verdict_needs_mount(const struct shm_object *object)
{
	const struct object_tree *tree = object_tree(object);

	return (KIND_BIT(object->kind) & KINDS_DEVSHM) != 0 && !object_is_held(object) &&
	       (tree == NULL || tree->is_posix);
}

static enum object_use judge_file(const struct shm_object *object, const struct users_blind *blind,
                                  const struct user *users, size_t count, uint32_t processes,
                                  char why[WHY_SIZE])
{
	char text[USERS_BLIND_TEXT_SIZE];

	/* Further users that can't be seen make no difference. */
	if (count > 0) {
		(void)say_users(users, processes, why);
		return USE_USED;
	}
	users_blind_text(blind, verdict_needs_mount(object), text);
	if (text[0] != '\0') {
		snprintf(why, WHY_SIZE, "not seen in use, but %s", text);
		return USE_UNKNOWN;
	}
	snprintf(why, WHY_SIZE, "no process%s maps it or holds it open",
	         blind->processes > 0 ? " that can be inspected" : "");
	return USE_UNUSED;
}

/* Judge a POSIX queue. WAS_SOUGHT: its users were. */
static enum object_use judge_posix_queue(const struct idle *idle, const struct shm_object *queue,
                                         const struct users_blind *blind, bool was_sought,
                                         const struct user *users, size_t count, uint32_t processes,
                                         char why[WHY_SIZE])
{
	enum object_use use;

	if (!was_sought) {
		snprintf(why, WHY_SIZE, POSIX_QUEUE_DIRECTORY " is not mounted");
		return USE_UNKNOWN;
	}
	use = judge_file(queue, blind, users, count, processes, why);
	return use == USE_UNUSED ? idle_judge(idle, queue, time(NULL), why) : use;
}

/* Copy a text into the list. Most objects have the same text as the preceding one. */
static const char *keep_text(struct object_list *list, const char *before, const char *text)
{
	return before != NULL && strcmp(before, text) == 0 ? before
	                                                   : object_list_text(list, "", text);
}

/* Judge one object by its rows. */
static void judge(struct object_list *list, size_t place, const struct idle *idle, bool was_sought,
                  const struct user *users, size_t count, const struct object_usage *before)
{
	const struct users_blind *blind = &list->usages->blind;
	struct shm_object *object = &list->objects[place];
	struct object_usage *usage = &list->usages->of[place];
	char commands[COMMANDS_SIZE];
	char why[WHY_SIZE];

	take_users(users, count, list->usages, usage, commands);
	if (object->kind == KIND_SHM)
		usage->use = judge_segment(object, users, count, usage->processes, why);
	else if (object->kind == KIND_PMSG)
		usage->use = judge_posix_queue(idle, object, blind, was_sought, users, count,
		                               usage->processes, why);
	else if (KIND_BIT(object->kind) & KINDS_IDLE)
		usage->use = idle_judge(idle, object, time(NULL), why);
	else
		usage->use = judge_file(object, blind, users, count, usage->processes, why);
	usage->has_processes = (KIND_BIT(object->kind) & KINDS_WITH_USERS) != 0 &&
	                       (usage->processes > 0 || (USE_BIT(usage->use) & USES_UNUSED));
	usage->commands = keep_text(list, before != NULL ? before->commands : NULL, commands);
	usage->why = keep_text(list, before != NULL ? before->why : NULL, why);
	object->usage = usage;
}

static void judge_all(struct object_list *list, unsigned int kinds, const struct idle *idle,
                      const struct search *search, const struct users_list *users)
{
	const struct object_usage *before = NULL;
	size_t target = 0;
	size_t row = 0;

	for (size_t i = 0; i < list->count; i++) {
		size_t first = row;
		bool was_sought = false;

		if (!(KIND_BIT(list->objects[i].kind) & kinds))
			continue;
		if (target < search->count && search->places[target] == i) {
			was_sought = true;
			while (row < users->count && users->users[row].target == target)
				row++;
			target++;
		}
		/* An array without elements may be a null pointer, to which nothing can be added. */
		judge(list, i, idle, was_sought, row > first ? &users->users[first] : NULL,
		      row - first, before);
		before = list->objects[i].usage;
	}
}

/* Begin to judge the queues and sets of a list, if it has any. */
static int begin_idle(struct object_list *list, unsigned int kinds,
                      const struct idle_options *options, struct idle *idle, struct error *error)
{
	const struct idle_options defaults = { .idle_for = IDLE_FOR_DEFAULT };
	unsigned int found = 0;

	for (size_t i = 0; i < list->count; i++)
		found |= KIND_BIT(list->objects[i].kind) & kinds & KINDS_IDLE;
	/* The messages of a queue that can't be opened stay unknown. */
	if (found & KIND_BIT(KIND_PMSG))
		(void)posix_queue_collect(list, NEED_MESSAGES);
	return found != 0 ? idle_begin(idle, options != NULL ? options : &defaults, error) : 0;
}

/* Make room for the usage of all objects. USERS: at most as many, over all objects. */
static struct object_usages *usages_make(size_t objects, size_t users)
{
	struct object_usages *usages = needed_array(
	    1, sizeof(*usages) + objects * sizeof(usages->of[0]) + users * sizeof(*usages->users));

	usages->users = (struct object_user *)&usages->of[objects];
	return usages;
}

int verdict_collect(struct object_list *list, unsigned int kinds,
                    const struct idle_options *options, struct error *error)
{
	struct users_list users = { .count = 0 };
	struct users_request request = { .no_paths = true };
	struct idle idle = { .companion_count = 0 };
	struct search search;
	int result = -1;

	if (search_make(list, kinds, &search, error) == 0 &&
	    begin_idle(list, kinds, options, &idle, error) == 0) {
		request.targets = search.targets;
		request.count = search.count;
		result = search.count > 0 ? users_scan(&request, &users, error) : 0;
	}
	free(list->usages);
	list->usages = usages_make(list->count, users.count);
	if (result == 0) {
		list->usages->blind = users.blind;
		judge_all(list, kinds, &idle, &search, &users);
	}
	idle_end(&idle);
	users_free(&users);
	search_free(&search);
	return result;
}

int verdict_keep_used_by(struct object_list *list, pid_t pid, struct error *error)
{
	struct users_list users = { .count = 0 };
	struct users_request request = { .pid = pid };
	struct search search;
	size_t kept = 0;
	int result = -1;

	if (search_make(list, KINDS_WITH_USERS, &search, error) < 0)
		goto done;
	request.targets = search.targets;
	request.count = search.count;
	if (users_scan(&request, &users, error) < 0)
		goto done;
	if (users.blind.no_proc) {
		error_set(error, STATUS_FAILED, "/proc is not mounted");
		goto done;
	}
	if (users.blind.processes > 0) {
		error_set(error, STATUS_FAILED, "process %d (%s) could not be inspected", pid,
		          users.blind.named[0].command);
		goto done;
	}
	for (size_t i = 0; i < users.count; i++) {
		if (i == 0 || users.users[i].target != users.users[i - 1].target)
			list->objects[kept++] = list->objects[search.places[users.users[i].target]];
	}
	result = 0;
done:
	list->count = kept;
	users_free(&users);
	search_free(&search);
	return result;
}
