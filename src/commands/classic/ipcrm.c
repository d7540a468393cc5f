/*
 * ipcrm: remove System V and POSIX IPC objects, as ipcrm(1) of util-linux does.
 */
#include "base/access.h"
#include "commands/classic/number.h"
#include "commands/classic/parse.h"
#include "commands/classic/posix_call.h"
#include "commands/commands.h"
#include "commands/shared/complete.h"
#include "objects/kind.h"
#include "objects/message_queue.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "objects/posix_queue.h"
#include "objects/segment.h"
#include "objects/semaphore_set.h"
#include "output/message.h"
#include "output/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char name[] = "ipcrm";

/* For each resource, in order: by id, by key, by name of the POSIX counterpart. */
enum { WAYS = 3 };
enum {
	SHMEM_ID,
	SHMEM_KEY,
	POSIX_SHMEM,
	QUEUE_ID,
	QUEUE_KEY,
	POSIX_MQUEUE,
	SEMAPHORE_ID,
	SEMAPHORE_KEY,
	POSIX_SEMAPHORE,
	ALL,
	VERBOSE,
	OPTIONS
};

static const struct option_spec specs[OPTIONS] = {
	[SHMEM_ID] = { "shmem-id", 'm', "ID", "remove a shared memory segment by its id", NULL,
	               complete_ids, 0, OPTION_SUBSET(KIND_BIT(KIND_SHM)) },
	[SHMEM_KEY] = { "shmem-key", 'M', "KEY", "remove a shared memory segment by its key", NULL,
	                complete_keys, 0, OPTION_SUBSET(KIND_BIT(KIND_SHM)) },
	[POSIX_SHMEM] = { "posix-shmem", 0, "NAME", "remove a POSIX shared memory object", NULL,
	                  complete_names, 0, OPTION_SUBSET(KIND_BIT(KIND_PSHM)) },
	[QUEUE_ID] = { "queue-id", 'q', "ID", "remove a message queue by its id", NULL,
	               complete_ids, 0, OPTION_SUBSET(KIND_BIT(KIND_MSG)) },
	[QUEUE_KEY] = { "queue-key", 'Q', "KEY", "remove a message queue by its key", NULL,
	                complete_keys, 0, OPTION_SUBSET(KIND_BIT(KIND_MSG)) },
	[POSIX_MQUEUE] = { "posix-mqueue", 0, "NAME", "remove a POSIX message queue", NULL,
	                   complete_names, 0, OPTION_SUBSET(KIND_BIT(KIND_PMSG)) },
	[SEMAPHORE_ID] = { "semaphore-id", 's', "ID", "remove a semaphore set by its id", NULL,
	                   complete_ids, 0, OPTION_SUBSET(KIND_BIT(KIND_SEM)) },
	[SEMAPHORE_KEY] = { "semaphore-key", 'S', "KEY", "remove a semaphore set by its key", NULL,
	                    complete_keys, 0, OPTION_SUBSET(KIND_BIT(KIND_SEM)) },
	[POSIX_SEMAPHORE] = { "posix-semaphore", 0, "NAME", "remove a POSIX named semaphore", NULL,
	                      complete_names, 0, OPTION_SUBSET(KIND_BIT(KIND_PSEM)) },
	[ALL] = { "all", 'a', "KIND",
	          "remove all objects, or those of KIND: shm, pshm, msg, pmsg, sem, psem", NULL,
	          complete_kind, 0, OPTION_ARGUMENT_OPTIONAL },
	[VERBOSE] = { "verbose", 'v', NULL, "print what is removed", NULL, NULL, 0, 0 },
};

static const struct option_group groups[] = {
	{ "Options (carried out in the order given, --all last)", specs, OPTIONS, 0 },
	CLASSIC_OPTION_GROUP,
};

static int remove_segment(int id)
{
	uint64_t nattch;
	bool removed;

	return sysv_remove(id, &removed, &nattch);
}

/* The kinds of System V objects, and their POSIX counterparts. */
static const struct resource {
	enum object_kind kind;
	enum object_kind posix_kind;
	char key_letter;
	/* util-linux's words: in verbose messages, and in "kernel not configured for ..." */
	const char *word;
	const char *posix_word;
	const char *plural;
	int (*list)(struct object_list *list);
	int (*find_key)(key_t key, int *id);
	int (*remove)(int id);
	bool (*is_readable)(int id);
} resources[] = {
	{
	    .kind = KIND_SHM,
	    .posix_kind = KIND_PSHM,
	    .key_letter = 'M',
	    .word = "shared memory segment",
	    .posix_word = "shared memory",
	    .plural = "shared memory",
	    .list = sysv_list,
	    .find_key = sysv_find_key,
	    .remove = remove_segment,
	    .is_readable = sysv_is_readable,
	},
	{
	    .kind = KIND_MSG,
	    .posix_kind = KIND_PMSG,
	    .key_letter = 'Q',
	    .word = "message queue",
	    .posix_word = "message queue",
	    .plural = "message queues",
	    .list = queue_list,
	    .find_key = queue_find_key,
	    .remove = queue_remove,
	    .is_readable = queue_is_readable,
	},
	{
	    .kind = KIND_SEM,
	    .posix_kind = KIND_PSEM,
	    .key_letter = 'S',
	    .word = "semaphore",
	    .posix_word = "semaphore",
	    .plural = "semaphores",
	    .list = semaphore_set_list,
	    .find_key = semaphore_set_find_key,
	    .remove = semaphore_set_remove,
	    .is_readable = semaphore_set_is_readable,
	},
};
enum { RESOURCES = sizeof(resources) / sizeof(resources[0]) };

struct removal {
	bool verbose;
	bool all;
	unsigned int all_kinds; /* of KIND_BIT() */
	bool failed;            /* an object could not be removed; the others were processed */
};

/* 0x10 was given as an id: the one hint that util-linux's does not give. */
static void hint_key(const struct resource *resource, const char *text)
{
	key_t key;

	if (classic_is_key(text, &key))
		message_classic(name, "'%s' is a key: use -%c %s", text, resource->key_letter,
		                text);
}

/*
 * System V
 */

static int unexpected(const char *what)
{
	message_classic(name, "%s: %s", what, strerror(errno));
	return -1;
}

/* Returns -1 if the command must stop; a failed removal is only recorded in REMOVAL. */
static int remove_id(struct removal *removal, const struct resource *resource, bool by_key, int id)
{
	const char *failure = NULL;
	int number;

	if (removal->verbose)
		printf("removing %s id `%d'\n", resource->word, id);
	if (resource->remove(id) == 0)
		return 0;
	number = errno;
	if (number == EPERM || number == EACCES)
		failure = "permission denied for";
	else if (number == ENOENT)
		failure = "invalid";
	else if (number == EIDRM)
		failure = "already removed";
	if (failure == NULL)
		return unexpected(by_key ? "key failed" : "id failed");
	message_classic(name, "%s %s (%d)", failure, by_key ? "key" : "id", id);
	removal->failed = true;
	return 0;
}

static int parse_failed(const char *text)
{
	message_classic(name, "failed to parse argument: '%s'%s%s", text,
	                errno == ERANGE ? ": " : "", errno == ERANGE ? strerror(errno) : "");
	return -1;
}

static int take_id(struct removal *removal, const struct resource *resource, const char *text)
{
	int id;

	if (classic_parse_int(text, &id) == 0)
		return remove_id(removal, resource, false, id);
	(void)parse_failed(text);
	hint_key(resource, text);
	return -1;
}

static int key_failed(const char *text)
{
	switch (errno) {
	case EACCES:
		message_classic(name, "permission denied for key (%s)", text);
		return 0;
	case EIDRM:
		message_classic(name, "already removed key (%s)", text);
		return 0;
	case ENOENT:
		message_classic(name, "invalid key (%s)", text);
		return 0;
	default:
		return unexpected("key failed");
	}
}

static int take_key(struct removal *removal, const struct resource *resource, const char *text)
{
	key_t key;
	int id;

	if (classic_parse_key(text, &key) == 0) {
		if (key != IPC_PRIVATE && resource->find_key(key, &id) == 0)
			return remove_id(removal, resource, true, id);
		removal->failed = true;
		if (key != IPC_PRIVATE)
			return key_failed(text);
		message_classic(name, "illegal key (%s)", text);
		return 0;
	}
	if (errno != EOVERFLOW)
		return parse_failed(text);
	/* Keys have 32 bits. */
	message_classic(name, "invalid key (%s)", text);
	removal->failed = true;
	return 0;
}

/* Objects that can't be read are skipped, as util-linux does. */
static int remove_all_sysv(struct removal *removal, const struct resource *resource)
{
	struct object_list list = { .count = 0 };
	int result = 0;

	/* If the calls are refused, objects that /proc lists can't be removed either. */
	if (!sysv_answers(resource->kind)) {
		message_classic(name, "kernel not configured for %s", resource->plural);
		return -1;
	}
	(void)resource->list(&list);
	for (size_t i = 0; i < list.count && result == 0; i++) {
		if (resource->is_readable(list.objects[i].id))
			result = remove_id(removal, resource, false, list.objects[i].id);
	}
	object_list_free(&list);
	return result;
}

/*
 * POSIX
 */

static int name_failed(const char *visible)
{
	switch (errno) {
	case EACCES:
	case EPERM:
		message_classic(name, "permission denied for name `%s'", visible);
		return 0;
	case ENOENT:
		message_classic(name, "name `%s' not found", visible);
		return 0;
	case ENAMETOOLONG:
		message_classic(name, "name `%s' too long", visible);
		return 0;
	default:
		return unexpected("name failed");
	}
}

/* TIMES: how often a verbose removal is printed; util-linux prints it twice for --all. */
static int remove_name(struct removal *removal, const struct resource *resource, const char *object,
                       int times)
{
	char *visible = text_visible_copy(object, TEXT_KEEP_BACKSLASH);
	int result = 0;

	for (; removal->verbose && times > 0; times--)
		printf("removing POSIX %s `%s'\n", resource->posix_word, visible);
	if (posix_call_unlink(resource->posix_kind, object) < 0) {
		removal->failed = true;
		result = name_failed(visible);
	}
	free(visible);
	return result;
}

/* Returns false if there is no directory to list. */
static bool check_directory(enum object_kind kind, const char *path)
{
	struct stat st;

	if (kind == KIND_PMSG && stat(path, &st) < 0 && errno == ENOENT) {
		message_classic(name,
		                "%s does not seem to be mounted. Use 'mount -t mqueue none %s' to "
		                "mount it.",
		                path, path);
		return false;
	}
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode) || access_check(AT_FDCWD, path, R_OK) < 0) {
		message_classic(name, "cannot open %s", path);
		return false;
	}
	/* Files in an ordinary directory are not queues. */
	return kind != KIND_PMSG || posix_queue_is_mounted();
}

static int remove_all_posix(struct removal *removal, const struct resource *resource)
{
	const enum object_kind kind = resource->posix_kind;
	const char *path = kind == KIND_PMSG ? POSIX_QUEUE_DIRECTORY : POSIX_DIRECTORY;
	/* util-linux opens such an object to inspect it, and skips it if that fails. */
	const int wanted = kind == KIND_PSEM ? R_OK | W_OK : kind == KIND_PMSG ? R_OK : F_OK;
	struct object_list list = { .count = 0 };
	struct error error;
	int result = 0;

	if (!check_directory(kind, path))
		return 0;
	(void)object_files_list_unsorted(
	    path, kind == KIND_PMSG ? posix_queue_file_kind : posix_file_kind, KIND_BIT(kind),
	    &list, &error);
	for (size_t i = 0; i < list.count && result == 0; i++) {
		const char *object = list.objects[i].name;

		if (object_file_access(path, &list.objects[i], wanted))
			result = remove_name(removal, resource,
			                     kind == KIND_PMSG ? object : object + 1, 2);
	}
	object_list_free(&list);
	return result;
}

/*
 * The command
 */

/* In util-linux's order: each System V kind before its POSIX counterpart. */
static int remove_all(struct removal *removal)
{
	static const int order[RESOURCES] = { SHMEM_ID / WAYS, SEMAPHORE_ID / WAYS,
		                              QUEUE_ID / WAYS };

	for (size_t i = 0; i < RESOURCES; i++) {
		const struct resource *resource = &resources[order[i]];

		if ((removal->all_kinds & KIND_BIT(resource->kind)) &&
		    remove_all_sysv(removal, resource) < 0)
			return -1;
		if ((removal->all_kinds & KIND_BIT(resource->posix_kind)) &&
		    remove_all_posix(removal, resource) < 0)
			return -1;
	}
	return 0;
}

/* The kind of a word; KIND_COUNT if it is unknown. */
static enum object_kind find_kind(const char *word)
{
	enum object_kind kind = 0;

	while (kind < KIND_COUNT && strcmp(kind_word(kind), word) != 0)
		kind++;
	return kind;
}

static int take_all(struct removal *removal, const char *word)
{
	enum object_kind kind;

	removal->all = true;
	removal->all_kinds = KINDS_ALL;
	if (word == NULL)
		return 0;
	/* Accept -a=shm as -ashm. */
	kind = find_kind(*word == '=' ? word + 1 : word);
	if (kind == KIND_COUNT) {
		message_classic(name, "unknown argument: %s", word);
		return -1;
	}
	removal->all_kinds = KIND_BIT(kind);
	return 0;
}

static int take(int option, const char *argument, void *state)
{
	struct removal *removal = state;
	const struct resource *resource = &resources[option < ALL ? option / WAYS : 0];

	switch (option) {
	case SHMEM_ID:
	case QUEUE_ID:
	case SEMAPHORE_ID:
		return take_id(removal, resource, argument);
	case SHMEM_KEY:
	case QUEUE_KEY:
	case SEMAPHORE_KEY:
		return take_key(removal, resource, argument);
	case ALL:
		return take_all(removal, argument);
	case VERBOSE:
		removal->verbose = true;
		return 0;
	default:
		return remove_name(removal, resource, argument, 1);
	}
}

/* The old form "ipcrm shm ID...". */
static enum exit_status run_old(const struct resource *resource, int count, char **ids)
{
	struct removal removal = { .failed = false };

	if (count == 0) {
		message_classic(name, "not enough arguments");
		return classic_try_help(name);
	}
	for (int i = 0; i < count; i++) {
		int id;

		if (classic_parse_int(ids[i], &id) < 0) {
			message_classic(name, "invalid id: %s", ids[i]);
			hint_key(resource, ids[i]);
			removal.failed = true;
		} else if (remove_id(&removal, resource, false, id) < 0) {
			return STATUS_FAILED;
		}
	}
	if (removal.failed)
		return STATUS_FAILED;
	printf("resource(s) deleted\n");
	return STATUS_DONE;
}

static enum exit_status run(int argc, char **argv)
{
	struct removal removal = { .failed = false };
	enum exit_status status;
	int first;

	if (argc <= 1) {
		message_classic(name, "bad usage");
		return classic_try_help(name);
	}
	for (size_t i = 0; i < RESOURCES; i++) {
		if (strcmp(argv[1], kind_word(resources[i].kind)) == 0)
			return run_old(&resources[i], argc - 2, argv + 2);
	}
	first = classic_parse(&ipcrm_command, argc, argv, take, &removal, &status);
	if (first < 0)
		return status;
	/* Before --all removes anything. */
	if (first < argc) {
		message_classic(name, "unknown argument: %s", argv[first]);
		return classic_try_help(name);
	}
	if (removal.all && remove_all(&removal) < 0)
		return STATUS_FAILED;
	return removal.failed ? STATUS_FAILED : STATUS_DONE;
}

/* The words of the old form. */
static void complete_operand(const struct completion *completion)
{
	for (size_t i = 0; i < RESOURCES; i++)
		completion_offer(completion, kind_word(resources[i].kind),
		                 kind_noun(resources[i].kind));
}

const struct command ipcrm_command = {
	.name = "ipcrm",
	.summary = "Remove System V and POSIX IPC objects, as ipcrm(1) of util-linux does",
	.operands = "| shm|msg|sem ID...",
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.complete_operand = complete_operand,
	.run_classic = run,
};
