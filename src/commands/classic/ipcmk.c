/*
 * ipcmk: create System V and POSIX IPC objects, as ipcmk(1) of util-linux does.
 */
#include "base/random.h"
#include "commands/classic/number.h"
#include "commands/classic/parse.h"
#include "commands/classic/posix_call.h"
#include "commands/commands.h"
#include "objects/message_queue.h"
#include "objects/segment.h"
#include "objects/segment_make.h"
#include "objects/semaphore_set.h"
#include "output/message.h"
#include "output/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char name[] = "ipcmk";

enum { SHMEM, POSIX_SHMEM, SEMAPHORE, POSIX_SEMAPHORE, QUEUE, POSIX_MQUEUE, MODE, NAME, OPTIONS };

static const struct option_spec specs[OPTIONS] = {
	[SHMEM] = { "shmem", 'M', "SIZE", "create a shared memory segment", NULL, NULL, 0, 0 },
	[POSIX_SHMEM] = { "posix-shmem", 'm', "SIZE", "create a POSIX shared memory object", NULL,
	                  NULL, 0, 0 },
	[SEMAPHORE] = { "semaphore", 'S', "NUMBER", "create a semaphore set of NUMBER semaphores",
	                NULL, NULL, 0, 0 },
	[POSIX_SEMAPHORE] = { "posix-semaphore", 's', NULL, "create a POSIX named semaphore", NULL,
	                      NULL, 0, 0 },
	[QUEUE] = { "queue", 'Q', NULL, "create a message queue", NULL, NULL, 0, 0 },
	[POSIX_MQUEUE] = { "posix-mqueue", 'q', NULL, "create a POSIX message queue", NULL, NULL, 0,
	                   0 },
	[MODE] = { "mode", 'p', "MODE", "permissions, in octal (default 0644)", NULL, NULL, 0, 0 },
	[NAME] = { "name", 'n', "NAME", "name of the POSIX object", NULL, NULL, 0, 0 },
};

static const struct option_group groups[] = {
	{ "Options", specs, OPTIONS, 0 },
	CLASSIC_OPTION_GROUP,
};

struct request {
	bool wanted[MODE]; /* indexed by option */
	uint64_t bytes;    /* size of the segment and the POSIX object: the last one given */
	int semaphores;
	mode_t mode;
	const char *object; /* name of the POSIX object, NULL if not given */
};

/* Print util-linux's message: it has a reason only for values out of range. */
static int parse_failed(const char *what, const char *argument)
{
	message_classic(name, "failed to parse %s: '%s'%s%s", what, argument,
	                errno == ERANGE ? ": " : "", errno == ERANGE ? strerror(errno) : "");
	return -1;
}

static int take(int option, const char *argument, void *state)
{
	struct request *request = state;

	switch (option) {
	case SHMEM:
	case POSIX_SHMEM:
		if (classic_parse_size(argument, &request->bytes) < 0) {
			message_classic(name, "failed to parse size: '%s': %s", argument,
			                strerror(errno));
			return -1;
		}
		break;
	case SEMAPHORE:
		if (classic_parse_int(argument, &request->semaphores) < 0)
			return parse_failed("elements", argument);
		break;
	case MODE:
		return classic_parse_mode(argument, &request->mode) < 0
		           ? parse_failed("mode", argument)
		           : 0;
	case NAME:
		request->object = argument;
		return 0;
	default:
		break;
	}
	request->wanted[option] = true;
	return 0;
}

static int make_segment(const struct request *request, key_t key, int *id)
{
	/* Mode bits above the permissions are flags of shmget(2). */
	const struct sysv_request segment = { .key = key,
		                              .bytes = request->bytes,
		                              .mode = request->mode };
	struct error error;

	if (sysv_create(&segment, id, &error) == 0)
		return 0;
	errno = error.number;
	return -1;
}

static int make_queue(const struct request *request, key_t key, int *id)
{
	return queue_create(key, request->mode, id);
}

static int make_set(const struct request *request, key_t key, int *id)
{
	return semaphore_set_create(key, request->semaphores, request->mode, id);
}

/* Try random keys until one is unused. */
static int make_with_key(const struct request *request,
                         int (*make)(const struct request *request, key_t key, int *id), int *id)
{
	key_t key;

	do
		key = (key_t)random_number();
	while (key == IPC_PRIVATE || (make(request, key, id) < 0 && errno == EEXIST));
	return *id < 0 ? -1 : 0;
}

static int make_posix_object(const struct request *request)
{
	return posix_call_make_object(request->object, request->bytes, request->mode);
}

static int make_posix_semaphore(const struct request *request)
{
	return posix_call_make_semaphore(request->object, request->mode);
}

static int make_posix_queue(const struct request *request)
{
	return posix_call_make_queue(request->object, request->mode);
}

/* The objects to create, in this order. */
static const struct product {
	int option;
	const char *what;    /* in "Message queue id: 0" */
	const char *failure; /* util-linux's message */
	int (*make)(const struct request *request, key_t key, int *id);
	int (*make_posix)(const struct request *request);
} products[] = {
	{ SHMEM, "Shared memory", "create share memory failed", make_segment, NULL },
	{ POSIX_SHMEM, "POSIX shared memory", "create POSIX shared memory failed", NULL,
	  make_posix_object },
	{ QUEUE, "Message queue", "create message queue failed", make_queue, NULL },
	{ POSIX_MQUEUE, "POSIX message queue", "create POSIX message queue failed", NULL,
	  make_posix_queue },
	{ SEMAPHORE, "Semaphore", "create semaphore failed", make_set, NULL },
	{ POSIX_SEMAPHORE, "POSIX semaphore", "create POSIX semaphore failed", NULL,
	  make_posix_semaphore },
};

static void print_name(const char *what, const char *object)
{
	char *visible = text_visible_copy(object, TEXT_KEEP_BACKSLASH);

	printf("%s name: %s\n", what, visible);
	free(visible);
}

static enum exit_status make_product(const struct product *product, const struct request *request)
{
	int result;
	int id = -1;

	if (product->make_posix != NULL)
		result = product->make_posix(request);
	else
		result = make_with_key(request, product->make, &id);
	if (result < 0) {
		message_classic(name, "%s: %s", product->failure, strerror(errno));
		if (product->option == POSIX_MQUEUE && request->object[0] != '/')
			message_classic(name,
			                "the name of a POSIX message queue begins with a slash");
		return STATUS_FAILED;
	}
	if (product->make_posix != NULL)
		print_name(product->what, request->object);
	else
		printf("%s id: %d\n", product->what, id);
	return STATUS_DONE;
}

static enum exit_status run(int argc, char **argv)
{
	struct request request = { .mode = 0644 };
	enum exit_status status;
	bool any = false;
	bool any_posix = false;

	if (classic_parse(&ipcmk_command, argc, argv, take, &request, &status) < 0)
		return status;
	for (size_t i = 0; i < OPTION_COUNT(products); i++) {
		any |= request.wanted[products[i].option];
		any_posix |= request.wanted[products[i].option] && products[i].make_posix != NULL;
	}
	if (!any) {
		message_classic(name, "bad usage");
		return classic_try_help(name);
	}
	if (any_posix && request.object == NULL) {
		message_classic(name, "name is required for POSIX IPC");
		return classic_try_help(name);
	}
	for (size_t i = 0; i < OPTION_COUNT(products) && status == STATUS_DONE; i++) {
		if (request.wanted[products[i].option])
			status = make_product(&products[i], &request);
	}
	return status;
}

const struct command ipcmk_command = {
	.name = "ipcmk",
	.summary = "Create System V and POSIX IPC objects, as ipcmk(1) of util-linux does",
	.operands = "",
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.run_classic = run,
};
