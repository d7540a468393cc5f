#include "commands/rm/until_free.h"

#include "objects/tree.h"
#include "output/percent.h"
#include "output/units.h"
#include "system/place.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

int option_parse_until_free(const char *text, void *destination, struct error *error)
{
	struct until_free_option *wanted = destination;

	wanted->given = true;
	if (strchr(text, '%') != NULL)
		return percent_parse(text, &wanted->hundredths, error);
	if (size_parse(text, &wanted->bytes, error) < 0)
		return -1;
	/* "20" is more likely a percentage than 20 bytes. */
	if (wanted->bytes <= 100)
		return error_set(error, STATUS_USAGE,
		                 "is neither a percentage nor a size above 100 bytes (examples: "
		                 "20%%, 2G)");
	return 0;
}

/* Read the room. Returns 0, or -1 with errno. */
static int look(struct until_free *room)
{
	struct statvfs fs;
	const int result = room->directory < 0 ? statvfs(place_posix_directory(), &fs)
	                                       : fstatvfs(room->directory, &fs);

	if (result < 0)
		return -1;
	/* Without a limit, a tmpfs reports 0, and a hugetlbfs 0 or the largest number. */
	if (fs.f_blocks == UINT64_MAX)
		fs.f_blocks = 0;
	room->all = (uint64_t)fs.f_blocks * fs.f_frsize;
	room->is_free = (uint64_t)fs.f_bfree * fs.f_frsize;
	return 0;
}

/* A percentage of a number of bytes, rounded up. */
static uint64_t share_of(uint64_t bytes, unsigned int hundredths)
{
	return bytes / PERCENT_WHOLE * hundredths +
	       (bytes % PERCENT_WHOLE * hundredths + PERCENT_WHOLE - 1) / PERCENT_WHOLE;
}

/* Choose the directory. Returns 0, or -1 with error set if there are several file systems. */
static int choose(struct until_free *room, const struct object_filter *filter, struct error *error)
{
	const struct object_tree *first = filter->tree_count > 0 ? filter->trees[0] : NULL;

	room->path = first != NULL ? first->path : POSIX_DIRECTORY;
	room->directory = first != NULL ? first->top.directory : -1;
	for (size_t i = 1; first != NULL && i < filter->tree_count; i++) {
		if (filter->trees[i]->device != first->device)
			return error_set(
			    error, STATUS_FAILED,
			    "--until-free: %.255s and %.255s are in different file systems",
			    first->path, filter->trees[i]->path);
	}
	return 0;
}

int until_free_begin(struct until_free *room, const struct until_free_option *wanted,
                     const struct object_filter *filter, struct error *error)
{
	*room = (struct until_free){ .wanted = *wanted };
	if (choose(room, filter, error) < 0)
		return -1;
	if (look(room) < 0)
		return error_set_errno(error, errno, "the free space of %.255s can't be read",
		                       room->path);
	if (room->all == 0)
		return error_set(
		    error, STATUS_FAILED,
		    "--until-free: %.255s has no size limit, so its free space is unknown",
		    room->path);
	room->target =
	    wanted->hundredths > 0 ? share_of(room->all, wanted->hundredths) : wanted->bytes;
	if (room->target > room->all)
		return error_set(error, STATUS_FAILED,
		                 "--until-free: %.255s has only %" PRIu64 " bytes", room->path,
		                 room->all);
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct shm_object *a = left;
	const struct shm_object *b = right;

	if (a->used != b->used)
		return (a->used < b->used) - (a->used > b->used);
	if (a->change_time != b->change_time)
		return (a->change_time > b->change_time) - (a->change_time < b->change_time);
	return strcmp(a->name, b->name);
}

void until_free_sort(struct object_list *list)
{
	if (list->count > 0)
		qsort(list->objects, list->count, sizeof(*list->objects), compare);
}

bool until_free_is_enough(struct until_free *room)
{
	if (room->target == 0)
		return false;
	/* On failure, the last look counts. */
	if (room->would_be_freed == 0)
		(void)look(room);
	return room->is_free + room->would_be_freed >= room->target;
}

/* "1.5M", "4096 bytes" */
static void amount_text(char *text, uint64_t bytes, bool human)
{
	if (human)
		size_human(text, bytes);
	else
		snprintf(text, UNITS_TEXT_SIZE, "%" PRIu64 " byte%s", bytes, plural_s(bytes));
}

enum exit_status until_free_report(struct until_free *room, const struct command_context *context,
                                   bool dry_run, bool human)
{
	const bool is_enough = until_free_is_enough(room);
	const uint64_t is_free = room->is_free + room->would_be_freed;
	char percent[PERCENT_TEXT_SIZE];
	char wanted[UNITS_TEXT_SIZE];
	char free_text[UNITS_TEXT_SIZE];
	char all[UNITS_TEXT_SIZE];
	struct error error;

	percent_text(percent, is_free, room->all);
	amount_text(free_text, is_free, human);
	free_text[strcspn(free_text, " ")] = '\0';
	amount_text(all, room->all, human);
	if (is_enough) {
		message_note(&context->message, room->path, "%s of %s %s free, %s %%", free_text,
		             all, dry_run ? "would be" : "are", percent);
		return STATUS_DONE;
	}
	if (room->wanted.hundredths > 0) {
		percent_text_of(wanted, room->wanted.hundredths);
		snprintf(wanted + strlen(wanted), sizeof(wanted) - strlen(wanted), " %%");
	} else {
		amount_text(wanted, room->wanted.bytes, human);
	}
	error_set(&error, STATUS_FAILED, "only %s of %s %s free, %s %%, less than %s", free_text,
	          all, dry_run ? "would be" : "are", percent, wanted);
	message_error(&context->message, room->path, &error);
	return STATUS_FAILED;
}
