#include "commands/classic/list.h"

#include "commands/classic/fixed.h"
#include "objects/message_queue.h"
#include "objects/segment.h"
#include "objects/semaphore_set.h"
#include "output/stdout.h"
#include "output/units.h"
#include "system/account.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Rows are built without printf(3), which would take longer than everything else. */

enum {
	WIDTH = 10,           /* of most columns */
	NARROW = 8,           /* of some ids */
	WIDE = 12,            /* of a queue's numbers */
	TIME_WIDTH = 20,      /* of a time without its year */
	LONG_TIME_WIDTH = 26, /* of a whole one */
	FLUSH_AT = 1 << 16,
};

struct list_view;

struct list {
	const struct list_view *view;
	enum classic_unit unit;
	struct buffer buffer;
};

/* A view of the objects of one kind. */
struct list_view {
	const char *title;
	const char *headings;
	const char *human_headings; /* headings for sizes that are not in bytes; NULL: the same */
	void (*append_row)(struct list *list, const struct shm_object *object);
};

static void append_blank(struct list *list)
{
	buffer_append(&list->buffer, " ", 1);
}

static void append_id_and_owner(struct list *list, const struct shm_object *object, size_t id_width)
{
	fixed_decimal(&list->buffer, (uint64_t)object->id, id_width);
	append_blank(list);
	fixed_text_cut(&list->buffer, account_user(object->uid), WIDTH);
}

static void append_mode(struct list *list, const struct shm_object *object)
{
	append_blank(list);
	fixed_octal(&list->buffer, object->mode & 0777U, WIDTH);
}

/* The size of an object, with a blank on either side. */
static void append_size(struct list *list, uint64_t bytes, size_t width)
{
	append_blank(list);
	if (list->unit == UNIT_HUMAN) {
		enum { HUMAN_WIDTH = 6 };
		char human[UNITS_TEXT_SIZE];

		size_human_tenths(human, bytes);
		fixed_text_right(&list->buffer, human, HUMAN_WIDTH);
		fixed_text(&list->buffer, "", width - HUMAN_WIDTH);
	} else {
		fixed_decimal(&list->buffer, bytes, width);
	}
	append_blank(list);
}

/* A time without its day of the week and its year: "Nov 21 05:54:00". */
static void append_short_time(struct list *list, time_t when)
{
	enum { DAY_OF_WEEK = 4, YEAR = 5 };
	char text[UNITS_TEXT_SIZE];
	size_t length;

	append_blank(list);
	if (when == 0) {
		fixed_text(&list->buffer, "Not set", TIME_WIDTH);
		return;
	}
	length = time_ctime(text, when);
	text[length - YEAR] = '\0';
	fixed_text(&list->buffer, text + DAY_OF_WEEK, TIME_WIDTH);
}

static void append_long_time(struct list *list, time_t when)
{
	char text[UNITS_TEXT_SIZE] = "Not set";

	append_blank(list);
	if (when != 0)
		time_ctime(text, when);
	fixed_text(&list->buffer, text, LONG_TIME_WIDTH);
}

static void append_creator_row(struct list *list, const struct shm_object *object)
{
	fixed_decimal(&list->buffer, (uint64_t)object->id, WIDTH);
	append_mode(list, object);
	append_blank(list);
	fixed_text(&list->buffer, account_user(object->creator_uid), WIDTH);
	append_blank(list);
	fixed_text(&list->buffer, account_group(object->creator_gid), WIDTH);
	append_blank(list);
	fixed_text(&list->buffer, account_user(object->uid), WIDTH);
	append_blank(list);
	fixed_text(&list->buffer, account_group(object->gid), WIDTH);
}

static void append_segment_row(struct list *list, const struct shm_object *object)
{
	enum { STATUS_WIDTH = 6 };

	fixed_key(&list->buffer, (uint32_t)object->key);
	append_blank(list);
	append_id_and_owner(list, object, WIDTH);
	append_mode(list, object);
	append_size(list, object->bytes, WIDTH);
	fixed_decimal(&list->buffer, object->attaches, WIDTH);
	append_blank(list);
	fixed_text(&list->buffer, object->marked ? "dest" : "", STATUS_WIDTH);
	append_blank(list);
	fixed_text(&list->buffer, object->locked ? "locked" : "", STATUS_WIDTH);
}

static void append_segment_times(struct list *list, const struct shm_object *object)
{
	append_id_and_owner(list, object, WIDTH);
	append_short_time(list, object->attach_time);
	append_short_time(list, object->detach_time);
	append_short_time(list, object->change_time);
}

static void append_segment_pids(struct list *list, const struct shm_object *object)
{
	append_id_and_owner(list, object, WIDTH);
	append_blank(list);
	fixed_decimal(&list->buffer, (uint64_t)object->creator_pid, WIDTH);
	append_blank(list);
	fixed_decimal(&list->buffer, (uint64_t)object->last_pid, WIDTH);
}

static void append_queue_row(struct list *list, const struct shm_object *object)
{
	fixed_key(&list->buffer, (uint32_t)object->key);
	append_blank(list);
	append_id_and_owner(list, object, WIDTH);
	append_mode(list, object);
	append_size(list, object->used, WIDE);
	fixed_decimal(&list->buffer, object->messages, WIDE);
}

static void append_queue_times(struct list *list, const struct shm_object *object)
{
	append_id_and_owner(list, object, NARROW);
	append_short_time(list, object->send_time);
	append_short_time(list, object->receive_time);
	append_short_time(list, object->change_time);
}

static void append_queue_pids(struct list *list, const struct shm_object *object)
{
	enum { PID_WIDTH = 5 };

	append_id_and_owner(list, object, NARROW);
	fixed_text(&list->buffer, "", 2);
	fixed_decimal_right(&list->buffer, (uint64_t)object->send_pid, PID_WIDTH);
	fixed_text(&list->buffer, "", PID_WIDTH);
	fixed_decimal_right(&list->buffer, (uint64_t)object->receive_pid, PID_WIDTH);
}

static void append_set_row(struct list *list, const struct shm_object *object)
{
	fixed_key(&list->buffer, (uint32_t)object->key);
	append_blank(list);
	append_id_and_owner(list, object, WIDTH);
	append_mode(list, object);
	append_blank(list);
	fixed_decimal(&list->buffer, object->semaphores, WIDTH);
}

static void append_set_times(struct list *list, const struct shm_object *object)
{
	append_id_and_owner(list, object, NARROW);
	append_blank(list);
	append_long_time(list, object->operation_time);
	append_long_time(list, object->change_time);
}

static void flush_list(struct list *list)
{
	stdout_write(list->buffer.data, list->buffer.used);
	list->buffer.used = 0;
}

static void append_row(const struct shm_object *object, void *state)
{
	struct list *list = state;

	list->view->append_row(list, object);
	buffer_append(&list->buffer, "\n", 1);
	if (list->buffer.used >= FLUSH_AT)
		flush_list(list);
}

static const struct list_view segment_views[] = {
	[VIEW_ALL] = { "Shared Memory Segments",
	               "key        shmid      owner      perms      bytes      nattch     "
	               "status      ",
	               "key        shmid      owner      perms      size       nattch     "
	               "status      ",
	               append_segment_row },
	[VIEW_TIMES] = { "Shared Memory Attach/Detach/Change Times",
	                 "shmid      owner      attached             detached             "
	                 "changed             ",
	                 NULL, append_segment_times },
	[VIEW_PIDS] = { "Shared Memory Creator/Last-op PIDs",
	                "shmid      owner      cpid       lpid      ", NULL, append_segment_pids },
	[VIEW_CREATORS] = { "Shared Memory Segment Creators/Owners",
	                    "shmid      perms      cuid       cgid       uid        gid       ",
	                    NULL, append_creator_row },
};

static const struct list_view queue_views[] = {
	[VIEW_ALL] = { "Message Queues",
	               "key        msqid      owner      perms      used-bytes   "
	               "messages    ",
	               "key        msqid      owner      perms      size         "
	               "messages    ",
	               append_queue_row },
	[VIEW_TIMES] = { "Message Queues Send/Recv/Change Times",
	                 "msqid    owner      send                 recv                 "
	                 "change              ",
	                 NULL, append_queue_times },
	[VIEW_PIDS] = { "Message Queues PIDs", "msqid      owner      lspid      lrpid     ", NULL,
	                append_queue_pids },
	[VIEW_CREATORS] = { "Message Queues Creators/Owners",
	                    "msqid      perms      cuid       cgid       uid        gid       ",
	                    NULL, append_creator_row },
};

static const struct list_view set_views[] = {
	[VIEW_ALL] = { "Semaphore Arrays", "key        semid      owner      perms      nsems     ",
	               NULL, append_set_row },
	[VIEW_TIMES] = { "Semaphore Operation/Change Times",
	                 "semid    owner      last-op                    "
	                 "last-changed              ",
	                 NULL, append_set_times },
	/* A set has no last process; its semaphores do. */
	[VIEW_PIDS] = { NULL, NULL, NULL, NULL },
	[VIEW_CREATORS] = { "Semaphore Arrays Creators/Owners",
	                    "semid      perms      cuid       cgid       uid        gid       ",
	                    NULL, append_creator_row },
};

/* The kinds that ipcs lists. */
static const struct {
	const struct list_view *views;
	int (*walk)(sysv_visit_fn *visit, void *state);
} listed[KIND_COUNT] = {
	[KIND_SHM] = { segment_views, sysv_walk },
	[KIND_MSG] = { queue_views, queue_walk },
	[KIND_SEM] = { set_views, semaphore_set_walk },
};

int classic_list(enum object_kind kind, enum classic_view view, enum classic_unit unit)
{
	struct list list = { .unit = unit };
	int failure = 0;

	list.view = &listed[kind].views[view];
	if (list.view->title == NULL)
		return 0;
	printf("------ %s --------\n%s\n", list.view->title,
	       unit == UNIT_HUMAN && list.view->human_headings != NULL ? list.view->human_headings
	                                                               : list.view->headings);
	if (listed[kind].walk(append_row, &list) < 0 && sysv_is_refused(errno))
		failure = errno;
	flush_list(&list);
	free(list.buffer.data);
	errno = failure;
	return failure != 0 ? -1 : 0;
}
