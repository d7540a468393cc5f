#include "objects/kind.h"

#include "objects/message_queue.h"
#include "objects/posix.h"
#include "objects/posix_queue.h"
#include "objects/segment.h"
#include "objects/semaphore_set.h"
#include "objects/sysv_table.h"
#include "objects/tree.h"
#include "objects/tree_list.h"
#include "system/process.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static time_t later(time_t one, time_t other)
{
	return one > other ? one : other;
}

/*
 * System V
 */

static int list_failed(int result, enum object_kind kind, struct error *error)
{
	if (result == 0)
		return 0;
	if (sysv_is_refused(errno))
		return error_set(error, STATUS_FAILED,
		                 "%s can't be listed: the system calls are denied (%s), and "
		                 "/proc/sysvipc can't be read",
		                 object_kinds[kind].plural, strerror(errno));
	return error_set_errno(error, errno, "not all %s can be listed", object_kinds[kind].plural);
}

static int list_segments(unsigned int wanted, struct object_list *list, struct error *error)
{
	(void)wanted;
	return list_failed(sysv_list(list), KIND_SHM, error);
}

static int list_message_queues(unsigned int wanted, struct object_list *list, struct error *error)
{
	(void)wanted;
	return list_failed(queue_list(list), KIND_MSG, error);
}

static int list_semaphore_sets(unsigned int wanted, struct object_list *list, struct error *error)
{
	(void)wanted;
	return list_failed(semaphore_set_list(list), KIND_SEM, error);
}

static void collect_commands(struct object_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct shm_object *object = &list->objects[i];
		char command[COMMAND_SIZE];

		if (object->kind == KIND_SHM &&
		    process_creator_command(object->creator_pid, object->change_time, command))
			object->command = object_list_text(list, "", command);
	}
}

static int collect_of_segments(struct object_list *list, unsigned int needs)
{
	int result = 0;
	int saved;

	if (needs & (NEED_USED | NEED_RESIDENCY))
		result = sysv_collect_residency(list);
	saved = errno;
	if (needs & NEED_COMMAND)
		collect_commands(list);
	errno = saved;
	return result;
}

static time_t last_use_of_segment(const struct shm_object *object)
{
	return later(object->attach_time, object->detach_time);
}

static time_t last_use_of_message_queue(const struct shm_object *object)
{
	return later(object->send_time, object->receive_time);
}

static time_t last_use_of_semaphore_set(const struct shm_object *object)
{
	return object->operation_time;
}

static int change_segment(const struct shm_object *object, const struct object_change *change,
                          struct error *error)
{
	return sysv_change(object->id, change, error);
}

static int change_message_queue(const struct shm_object *object, const struct object_change *change,
                                struct error *error)
{
	return queue_change(object->id, change, error);
}

static int change_semaphore_set(const struct shm_object *object, const struct object_change *change,
                                struct error *error)
{
	return semaphore_set_change(object->id, change, error);
}

static int remove_segment(const struct shm_object *object, uint64_t *attached)
{
	bool removed;

	return sysv_remove(object->id, &removed, attached);
}

static int remove_message_queue(const struct shm_object *object, uint64_t *attached)
{
	*attached = 0;
	return queue_remove(object->id);
}

static int remove_semaphore_set(const struct shm_object *object, uint64_t *attached)
{
	*attached = 0;
	return semaphore_set_remove(object->id);
}

static void bytes_of_object(const struct shm_object *object, char text[CONTENTS_SIZE])
{
	snprintf(text, CONTENTS_SIZE, "%" PRIu64 " byte%s", object->bytes, plural_s(object->bytes));
}

static void messages_of_queue(const struct shm_object *object, char text[CONTENTS_SIZE])
{
	text[0] = '\0';
	if (object->known & KNOWN_MESSAGES)
		snprintf(text, CONTENTS_SIZE, "%" PRIu64 " message%s", object->messages,
		         plural_s(object->messages));
}

static void semaphores_of_set(const struct shm_object *object, char text[CONTENTS_SIZE])
{
	snprintf(text, CONTENTS_SIZE, "%" PRIu64 " semaphore%s", object->semaphores,
	         plural_s(object->semaphores));
}

/*
 * POSIX
 */

static int remove_file(const struct shm_object *object, uint64_t *attached)
{
	*attached = 0;
	return posix_remove(object);
}

static int change_posix_queue(const struct shm_object *object, const struct object_change *change,
                              struct error *error)
{
	return posix_queue_change(object->name + 1, change, error);
}

static int remove_posix_queue(const struct shm_object *object, uint64_t *attached)
{
	*attached = 0;
	return posix_queue_remove(object->name + 1);
}

static int list_posix_queues(unsigned int wanted, struct object_list *list, struct error *error)
{
	(void)wanted;
	return posix_queue_list(list, error);
}

static int collect_of_objects(struct object_list *list, unsigned int needs)
{
	return posix_collect(list, KIND_PSHM, needs);
}

static int collect_of_semaphores(struct object_list *list, unsigned int needs)
{
	return posix_collect(list, KIND_PSEM, needs);
}

static time_t last_use_of_file(const struct shm_object *object)
{
	return later(object->access_time, object->modify_time);
}

/*
 * Directories
 */

static int list_directories(unsigned int wanted, struct object_list *list, struct error *error)
{
	const struct object_tree_request request = { .kinds = KIND_BIT(KIND_DIR) };
	const struct object_tree *tree = object_tree_of_posix();

	(void)wanted;
	if (tree != NULL)
		return object_tree_list(tree, &request, list, error);
	return errno == ENOENT ? 0
	                       : error_set_errno(error, errno, "%s can't be read", POSIX_DIRECTORY);
}

static int change_directory(const struct shm_object *object, const struct object_change *change,
                            struct error *error)
{
	(void)object;
	(void)change;
	return error_set(error, STATUS_FAILED, "is a directory (see chmod(1) and chown(1))");
}

static int remove_directory(const struct shm_object *object, uint64_t *attached)
{
	*attached = 0;
	return object_tree_remove(object);
}

static void files_of_directory(const struct shm_object *object, char text[CONTENTS_SIZE])
{
	text[0] = '\0';
	if (object->known & KNOWN_SIZE)
		snprintf(text, CONTENTS_SIZE, "%" PRIu64 " file%s", object->files,
		         plural_s(object->files));
}

/*
 * The table
 */

const struct kind object_kinds[KIND_COUNT] = {
	[KIND_SHM] = {
		.word = "shm",
		.noun = "segment",
		.plural = "System V segments",
		.title = "Shared Memory Segments",
		.block = "Shared Memory Segment",
		.columns = "key,shmid,owner,perms,bytes,nattch,status",
		.prefix = "id:",
		.fixed_size = "the size of a System V segment is fixed at its creation (create "
			      "another)",
		.list = list_segments,
		.table = &segment_table,
		.find_key = sysv_find_key,
		.find_id = sysv_find,
		.collect = collect_of_segments,
		.change = change_segment,
		.remove = remove_segment,
		.contents = bytes_of_object,
		.last_use = last_use_of_segment,
	},
	[KIND_PSHM] = {
		.word = "pshm",
		.noun = "object",
		.plural = "POSIX objects",
		.title = "POSIX Shared Memory Objects",
		.block = "POSIX Shared Memory Object",
		.columns = "name,owner,perms,bytes,used,mtime",
		.prefix = "",
		.list = posix_list,
		.find_name = posix_find,
		.collect = collect_of_objects,
		.change = posix_change,
		.remove = remove_file,
		.contents = bytes_of_object,
		.last_use = last_use_of_file,
	},
	[KIND_PSEM] = {
		.word = "psem",
		.noun = "semaphore",
		.plural = "POSIX named semaphores",
		.title = "POSIX Named Semaphores",
		.block = "POSIX Named Semaphore",
		.columns = "name,owner,perms,value,mtime",
		.prefix = "psem:",
		.fixed_size = "the size of a semaphore can't be changed",
		.list = posix_list,
		.find_name = posix_find,
		.collect = collect_of_semaphores,
		.change = posix_change,
		.remove = remove_file,
		.contents = bytes_of_object,
		.last_use = last_use_of_file,
	},
	[KIND_MSG] = {
		.word = "msg",
		.noun = "message queue",
		.plural = "System V message queues",
		.title = "Message Queues",
		.block = "Message Queue",
		.columns = "key,msqid,owner,perms,used,messages,lspid,lrpid",
		.prefix = "msg:",
		.list = list_message_queues,
		.table = &queue_table,
		.find_key = queue_find_key,
		.find_id = queue_find,
		.change = change_message_queue,
		.remove = remove_message_queue,
		.contents = messages_of_queue,
		.last_use = last_use_of_message_queue,
	},
	[KIND_SEM] = {
		.word = "sem",
		.noun = "semaphore set",
		.plural = "System V semaphore sets",
		.title = "Semaphore Sets",
		.block = "Semaphore Set",
		.columns = "key,semid,owner,perms,nsems",
		.prefix = "sem:",
		.fixed_size = "the number of semaphores of a set is fixed at its creation",
		.list = list_semaphore_sets,
		.table = &semaphore_set_table,
		.find_key = semaphore_set_find_key,
		.find_id = semaphore_set_find,
		.change = change_semaphore_set,
		.remove = remove_semaphore_set,
		.contents = semaphores_of_set,
		.last_use = last_use_of_semaphore_set,
	},
	[KIND_PMSG] = {
		.word = "pmsg",
		.noun = "message queue",
		.plural = "POSIX message queues",
		.title = "POSIX Message Queues",
		.block = "POSIX Message Queue",
		.columns = "name,owner,perms,messages,maxmsg,msgsize,mtime",
		.prefix = "pmsg:",
		.fixed_size = "the size of a POSIX message queue is fixed at its creation",
		.list = list_posix_queues,
		.find_name = posix_queue_find,
		.collect = posix_queue_collect,
		.change = change_posix_queue,
		.remove = remove_posix_queue,
		.contents = messages_of_queue,
		.last_use = last_use_of_file,
	},
	[KIND_DIR] = {
		.word = "dir",
		.noun = "directory",
		.plural = "directories",
		.title = "Directories",
		.block = "Directory",
		.columns = "ref,owner,perms,bytes,used,files,newest",
		.prefix = "dir:",
		.fixed_size = "a directory has no size",
		.list = list_directories,
		.change = change_directory,
		.remove = remove_directory,
		.contents = files_of_directory,
		.last_use = last_use_of_file,
	},
};

const char *kind_word(enum object_kind kind)
{
	return object_kinds[kind].word;
}

const char *object_kind_word(const struct shm_object *object)
{
	return object_is_held(object) ? object->held_kind->word : kind_word(object->kind);
}

const char *kind_noun(enum object_kind kind)
{
	return object_kinds[kind].noun;
}

bool kind_is_sysv(enum object_kind kind)
{
	return (KIND_BIT(kind) & KINDS_SYSV) != 0;
}

bool object_size_is_known(const struct shm_object *object)
{
	if (object->kind == KIND_PMSG)
		return (object->known & KNOWN_MESSAGES) != 0;
	if (object->kind == KIND_MSG || object->kind == KIND_DIR)
		return (object->known & KNOWN_SIZE) != 0;
	return object->kind != KIND_SEM;
}

/* Whether some format escapes a character of a path, which is then not taken literally. */
static bool needs_escapes(const char *path)
{
	while (*path > ' ' && *path < 0x7f && *path != '\\')
		path++;
	return *path != '\0';
}

const char *path_ref_prefix(const char *top, const char *rest)
{
	if (needs_escapes(top) || needs_escapes(rest))
		return "path:";
	return *top == '\0' && strchr(rest + 1, '/') == NULL ? "file:" : "";
}

/* A directory has its own prefix, after which escapes are read, too. */
static size_t path_ref(const struct shm_object *object, char *target)
{
	const char *top = object->tree->path;
	const char *prefix = object->kind == KIND_DIR ? object_kinds[KIND_DIR].prefix
	                                              : path_ref_prefix(top, object->name);

	/* Lists are long. */
	return (size_t)(stpcpy(stpcpy(stpcpy(target, prefix), top), object->name) - target);
}

size_t object_ref(const struct shm_object *object, char *target)
{
	const char *prefix = object_kinds[object->kind].prefix;

	if (kind_is_sysv(object->kind))
		return (size_t)snprintf(target, REF_TEXT_SIZE, "%s%d", prefix, object->id);
	if (object_is_held(object))
		return (size_t)snprintf(target, REF_TEXT_SIZE, "%s", object->held_ref);
	if (object_tree(object) != NULL)
		return path_ref(object, target);
	return (size_t)snprintf(target, REF_TEXT_SIZE, "%s%s", prefix, object->name);
}
