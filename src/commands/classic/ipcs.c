/*
 * ipcs: list System V message queues, segments and semaphore sets, as ipcs(1) of util-linux does.
 */
#include "base/memory.h"
#include "commands/classic/list.h"
#include "commands/classic/number.h"
#include "commands/classic/parse.h"
#include "commands/commands.h"
#include "commands/shared/complete.h"
#include "objects/kind.h"
#include "objects/message_queue.h"
#include "objects/segment.h"
#include "objects/semaphore_set.h"
#include "objects/sysv_use.h"
#include "output/message.h"
#include "output/units.h"
#include "system/linux.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char name[] = "ipcs";

enum {
	ID,
	QUEUES,
	SEGMENTS,
	SETS,
	ALL,
	TIME,
	PID,
	CREATOR,
	LIMITS,
	SUMMARY,
	HUMAN,
	BYTES,
	OPTIONS
};

static const struct option_spec specs[OPTIONS] = {
	[ID] = { "id", 'i', "ID", "show the details of one, with -m, -q or -s", NULL, complete_ids,
	         0, OPTION_SUBSET(KINDS_SYSV) },
	[QUEUES] = { "queues", 'q', NULL, "message queues", NULL, NULL, 0, 0 },
	[SEGMENTS] = { "shmems", 'm', NULL, "shared memory segments", NULL, NULL, 0, 0 },
	[SETS] = { "semaphores", 's', NULL, "semaphore sets", NULL, NULL, 0, 0 },
	[ALL] = { "all", 'a', NULL, "all three (the default)", NULL, NULL, 0, 0 },
	[TIME] = { "time", 't', NULL, "times of the last use and change", NULL, NULL, 0, 0 },
	[PID] = { "pid", 'p', NULL, "PIDs of creators and last users", NULL, NULL, 0, 0 },
	[CREATOR] = { "creator", 'c', NULL, "creators and owners", NULL, NULL, 0, 0 },
	[LIMITS] = { "limits", 'l', NULL, "limits of this IPC namespace", NULL, NULL, 0, 0 },
	[SUMMARY] = { "summary", 'u', NULL, "summary: number of objects and memory in use", NULL,
	              NULL, 0, 0 },
	[HUMAN] = { "human", 0, NULL, "sizes as 4K, 1.5M", NULL, NULL, 0, 0 },
	[BYTES] = { "bytes", 'b', NULL, "sizes in bytes, even where the default is KiB", NULL, NULL,
	            0, 0 },
};

static const struct option_group groups[] = {
	{ "Options", specs, QUEUES, 0 },
	{ "Which", specs + QUEUES, TIME - QUEUES, 0 },
	{ "Information (the last one takes effect)", specs + TIME, HUMAN - TIME, 0 },
	{ "Sizes (the last one takes effect)", specs + HUMAN, OPTIONS - HUMAN, 0 },
	CLASSIC_OPTION_GROUP,
};

/* The view if none of TIME to SUMMARY is given. */
enum { ALL_OF_IT = 0 };

struct ipcs_options {
	bool id_given;
	int id;
	bool queues;
	bool segments;
	bool sets;
	int view; /* TIME to SUMMARY, or ALL_OF_IT */
	enum classic_unit unit;
};

static int take_id(const char *argument, struct ipcs_options *options)
{
	key_t key;

	if (classic_parse_int(argument, &options->id) == 0) {
		options->id_given = true;
		return 0;
	}
	message_classic(name, "failed to parse id argument: '%s'%s%s", argument,
	                errno == ERANGE ? ": " : "", errno == ERANGE ? strerror(errno) : "");
	if (classic_is_key(argument, &key))
		message_classic(name, "'%s' is a key: use the id that ipcs shows beside it",
		                argument);
	return -1;
}

static int take(int option, const char *argument, void *state)
{
	struct ipcs_options *options = state;

	switch (option) {
	case ID:
		return take_id(argument, options);
	case HUMAN:
	case BYTES:
		options->unit = option == HUMAN ? UNIT_HUMAN : UNIT_BYTES;
		return 0;
	case TIME:
	case PID:
	case CREATOR:
	case LIMITS:
	case SUMMARY:
		options->view = option;
		return 0;
	default:
		options->queues |= option == QUEUES || option == ALL;
		options->segments |= option == SEGMENTS || option == ALL;
		options->sets |= option == SETS || option == ALL;
		return 0;
	}
}

/* A line of limits or the summary: "max seg size (bytes) = 4096". */
static void print_size(enum classic_unit unit, const char *what, uint64_t bytes)
{
	if (unit == UNIT_HUMAN) {
		char human[UNITS_TEXT_SIZE];

		size_human_tenths(human, bytes);
		printf("%s = %s\n", what, human);
	} else {
		printf("%s (bytes) = %" PRIu64 "\n", what, bytes);
	}
}

/* A size in the details, with a tab after it: "bytes=4096	". */
static void print_detail_size(enum classic_unit unit, const char *what, uint64_t bytes)
{
	char human[UNITS_TEXT_SIZE];

	size_human_tenths(human, bytes);
	if (unit == UNIT_HUMAN)
		printf("%s=%s\t", what, human);
	else
		printf("%s=%" PRIu64 "\t", what, bytes);
}

/* A time in the details. */
static void print_time(const char *what, time_t when)
{
	char text[UNITS_TEXT_SIZE] = "Not set";

	if (when != 0)
		time_ctime(text, when);
	printf("%s%-26.24s\n", what, text);
}

static enum classic_view list_view(const struct ipcs_options *options)
{
	switch (options->view) {
	case TIME:
		return VIEW_TIMES;
	case PID:
		return VIEW_PIDS;
	case CREATOR:
		return VIEW_CREATORS;
	default:
		return VIEW_ALL;
	}
}

/* Objects could not be listed. util-linux prints an empty table here, which is misleading. */
static enum exit_status nothing_known(const char *plural)
{
	message_classic(name, "cannot list %s: %s", plural, strerror(errno));
	return STATUS_FAILED;
}

static enum exit_status print_list(enum object_kind kind, const struct ipcs_options *options)
{
	if (classic_list(kind, list_view(options), options->unit) == 0)
		return STATUS_DONE;
	return nothing_known(object_kinds[kind].plural);
}

/*
 * Segments
 */

static enum exit_status print_segment_limits(enum classic_unit unit)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t shmall_unit = unit == UNIT_DEFAULT ? page / 1024 : page;
	struct sysv_limits limits;
	uint64_t shmall;

	if (sysv_read_limits(&limits) < 0) {
		printf("unable to fetch shared memory limits\n");
		return STATUS_FAILED;
	}
	/* On overflow, the largest number of whole pages. */
	if (__builtin_mul_overflow(limits.shmall, shmall_unit, &shmall))
		shmall = UINT64_MAX - UINT64_MAX % shmall_unit;
	printf("------ Shared Memory Limits --------\n");
	printf("max number of segments = %" PRIu64 "\n", limits.shmmni);
	if (unit == UNIT_DEFAULT) {
		printf("max seg size (kbytes) = %" PRIu64 "\n", limits.shmmax / 1024);
		printf("max total shared memory (kbytes) = %" PRIu64 "\n", shmall);
	} else {
		print_size(unit, "max seg size", limits.shmmax);
		print_size(unit, "max total shared memory", shmall);
	}
	print_size(unit, "min seg size", limits.shmmin);
	return STATUS_DONE;
}

/* As in util-linux, only the system calls are used; values from /proc are not summed. */
static enum exit_status print_segment_summary(void)
{
	struct shm_info use;
	struct sysv_use all;

	if (sysv_read_use(&use) < 0) {
		printf("kernel not configured for shared memory\n");
		return sysv_use_of_segments(&all) < 0 ? STATUS_FAILED : STATUS_DONE;
	}
	printf("------ Shared Memory Status --------\n"
	       "segments allocated %d\n"
	       "pages allocated %lu\n"
	       "pages resident  %lu\n"
	       "pages swapped   %lu\n"
	       "Swap performance: %lu attempts\t %lu successes\n",
	       use.used_ids, use.shm_tot, use.shm_rss, use.shm_swp, use.swap_attempts,
	       use.swap_successes);
	return STATUS_DONE;
}

static enum exit_status print_segments(const struct ipcs_options *options)
{
	if (options->view == LIMITS)
		return print_segment_limits(options->unit);
	if (options->view == SUMMARY)
		return print_segment_summary();
	return print_list(KIND_SHM, options);
}

static enum exit_status print_segment(const struct shm_object *segment, enum classic_unit unit)
{
	/* The kernel keeps these two flags in the mode: shmctl(2). */
	unsigned int mode =
	    segment->mode | (segment->marked ? SHM_DEST : 0U) | (segment->locked ? SHM_LOCKED : 0U);

	printf("\nShared memory Segment shmid=%d\n", segment->id);
	printf("uid=%u\tgid=%u\tcuid=%u\tcgid=%u\n", segment->uid, segment->gid,
	       segment->creator_uid, segment->creator_gid);
	printf("mode=%#o\taccess_perms=%#o\n", mode, segment->mode);
	print_detail_size(unit, unit == UNIT_HUMAN ? "size" : "bytes", segment->bytes);
	printf("lpid=%d\tcpid=%d\tnattch=%" PRIu64 "\n", segment->last_pid, segment->creator_pid,
	       segment->attaches);
	print_time("att_time=", segment->attach_time);
	print_time("det_time=", segment->detach_time);
	print_time("change_time=", segment->change_time);
	printf("\n");
	return STATUS_DONE;
}

/*
 * Message queues
 */

static enum exit_status print_queue_limits(enum classic_unit unit)
{
	struct msginfo limits;

	if (queue_read_limits(&limits) < 0) {
		printf("unable to fetch message limits\n");
		return STATUS_FAILED;
	}
	printf("------ Messages Limits --------\n");
	printf("max queues system wide = %d\n", limits.msgmni);
	print_size(unit, "max size of message", (uint64_t)limits.msgmax);
	print_size(unit, "default max size of queue", (uint64_t)limits.msgmnb);
	return STATUS_DONE;
}

static enum exit_status print_queue_summary(enum classic_unit unit)
{
	struct msginfo use;
	struct sysv_use all;

	if (queue_read_use(&use) < 0) {
		printf("kernel not configured for message queues\n");
		return sysv_use_of_queues(&all) < 0 ? STATUS_FAILED : STATUS_DONE;
	}
	printf("------ Messages Status --------\n"
	       "allocated queues = %d\n"
	       "used headers = %d\n",
	       use.msgpool, use.msgmap);
	if (unit == UNIT_DEFAULT)
		printf("used space = %d bytes\n", use.msgtql);
	else
		print_size(unit, "used space", (uint64_t)use.msgtql);
	return STATUS_DONE;
}

static enum exit_status print_queues(const struct ipcs_options *options)
{
	if (options->view == LIMITS)
		return print_queue_limits(options->unit);
	if (options->view == SUMMARY)
		return print_queue_summary(options->unit);
	return print_list(KIND_MSG, options);
}

static enum exit_status print_queue(const struct shm_object *queue, enum classic_unit unit)
{
	bool is_human = unit == UNIT_HUMAN;

	printf("\nMessage Queue msqid=%d\n", queue->id);
	printf("uid=%u\tgid=%u\tcuid=%u\tcgid=%u\tmode=%#o\n", queue->uid, queue->gid,
	       queue->creator_uid, queue->creator_gid, queue->mode);
	print_detail_size(unit, is_human ? "csize" : "cbytes", queue->used);
	/* util-linux shows this value only to users who can read the queue. */
	print_detail_size(unit, is_human ? "qsize" : "qbytes",
	                  queue_is_readable(queue->id) ? queue->bytes : 0);
	printf("qnum=%" PRIu64 "\tlspid=%d\tlrpid=%d\n", queue->messages, queue->send_pid,
	       queue->receive_pid);
	print_time("send_time=", queue->send_time);
	print_time("rcv_time=", queue->receive_time);
	print_time("change_time=", queue->change_time);
	printf("\n");
	return STATUS_DONE;
}

/*
 * Semaphore sets
 */

static enum exit_status print_set_limits(void)
{
	struct seminfo limits;

	if (semaphore_set_read_limits(&limits) < 0) {
		printf("unable to fetch semaphore limits\n");
		return STATUS_FAILED;
	}
	printf("------ Semaphore Limits --------\n"
	       "max number of arrays = %d\n"
	       "max semaphores per array = %d\n"
	       "max semaphores system wide = %d\n"
	       "max ops per semop call = %d\n"
	       "semaphore max value = %d\n",
	       limits.semmni, limits.semmsl, limits.semmns, limits.semopm, limits.semvmx);
	return STATUS_DONE;
}

static enum exit_status print_set_summary(void)
{
	struct seminfo use;
	struct sysv_use all;

	if (semaphore_set_read_use(&use) < 0) {
		printf("kernel not configured for semaphores\n");
		return sysv_use_of_sets(&all) < 0 ? STATUS_FAILED : STATUS_DONE;
	}
	printf("------ Semaphore Status --------\n"
	       "used arrays = %d\n"
	       "allocated semaphores = %d\n",
	       use.semusz, use.semaem);
	return STATUS_DONE;
}

static enum exit_status print_sets(const struct ipcs_options *options)
{
	if (options->view == LIMITS)
		return print_set_limits();
	if (options->view == SUMMARY)
		return print_set_summary();
	return print_list(KIND_SEM, options);
}

/* Read all semaphores before printing; if one can't be read, print nothing. */
static enum exit_status print_set(const struct shm_object *set, enum classic_unit unit)
{
	struct set_member *members = needed_array(set->semaphores, sizeof(*members));
	enum exit_status status = STATUS_FAILED;

	(void)unit;
	for (size_t i = 0; i < set->semaphores; i++) {
		if (semaphore_set_read(set->id, (int)i, &members[i]) < 0) {
			message_classic(name, "semctl(GETVAL) failed: %s", strerror(errno));
			goto done;
		}
	}
	printf("\nSemaphore Array semid=%d\n", set->id);
	printf("uid=%u\t gid=%u\t cuid=%u\t cgid=%u\n", set->uid, set->gid, set->creator_uid,
	       set->creator_gid);
	printf("mode=%#o, access_perms=%#o\n", set->mode, set->mode);
	printf("nsems = %" PRIu64 "\n", set->semaphores);
	print_time("otime = ", set->operation_time);
	print_time("ctime = ", set->change_time);
	printf("%-10s %-10s %-10s %-10s %-10s\n", "semnum", "value", "ncount", "zcount", "pid");
	for (size_t i = 0; i < set->semaphores; i++)
		printf("%-10zu %-10d %-10d %-10d %-10d\n", i, members[i].value,
		       members[i].increase_waiters, members[i].zero_waiters, members[i].pid);
	printf("\n");
	status = STATUS_DONE;
done:
	free(members);
	return status;
}

/*
 * The command
 */

static enum exit_status print_details(const struct ipcs_options *options)
{
	static const struct {
		enum object_kind kind;
		int (*find)(int id, struct object_list *list);
		enum exit_status (*print)(const struct shm_object *object, enum classic_unit unit);
	} kinds[] = {
		{ KIND_MSG, queue_find, print_queue },
		{ KIND_SHM, sysv_find, print_segment },
		{ KIND_SEM, semaphore_set_find, print_set },
	};
	size_t kind = options->queues ? 0 : options->segments ? 1 : 2;
	struct object_list list = { .count = 0 };
	enum exit_status status = STATUS_DONE;

	if (kinds[kind].find(options->id, &list) == 0)
		status = kinds[kind].print(&list.objects[0], options->unit);
	else if (sysv_is_refused(errno))
		status = nothing_known(object_kinds[kinds[kind].kind].plural);
	else
		message_classic(name, "id %d not found", options->id);
	object_list_free(&list);
	return status;
}

static enum exit_status run(int argc, char **argv)
{
	struct ipcs_options options = { .view = 0 };
	enum exit_status status;
	int kinds;

	if (classic_parse(&ipcs_command, argc, argv, take, &options, &status) < 0)
		return status;
	kinds = options.queues + options.segments + options.sets;
	if (options.id_given) {
		if (kinds == 1)
			return print_details(&options);
		message_classic(name, "when using an ID, a single resource must be specified");
		return STATUS_FAILED;
	}
	if (kinds == 0)
		options.queues = options.segments = options.sets = true;
	status = STATUS_DONE;
	printf("\n");
	if (options.queues) {
		status |= print_queues(&options);
		printf("\n");
	}
	if (options.segments) {
		status |= print_segments(&options);
		printf("\n");
	}
	if (options.sets) {
		status |= print_sets(&options);
		printf("\n");
	}
	return status;
}

const struct command ipcs_command = {
	.name = "ipcs",
	.summary = "List System V IPC objects, as ipcs(1) of util-linux does",
	.operands = "",
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.run_classic = run,
};
