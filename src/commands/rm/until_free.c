#include "commands/rm/until_free.h"

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

	if (statvfs(place_posix_directory(), &fs) < 0)
		return -1;
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

int until_free_begin(struct until_free *room, const struct until_free_option *wanted,
                     struct error *error)
{
	*room = (struct until_free){ .wanted = *wanted };
	if (look(room) < 0)
		return error_set_errno(error, errno, "the free space of %s can't be read",
		                       POSIX_DIRECTORY);
	/* A tmpfs without a limit reports 0: tmpfs(5). */
	if (room->all == 0)
		return error_set(error, STATUS_FAILED,
		                 "--until-free: %s has no size limit, so its free space is unknown",
		                 POSIX_DIRECTORY);
	room->target =
	    wanted->hundredths > 0 ? share_of(room->all, wanted->hundredths) : wanted->bytes;
	if (room->target > room->all)
		return error_set(error, STATUS_FAILED,
		                 "--until-free: %s has only %" PRIu64 " bytes", POSIX_DIRECTORY,
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
		message_note(&context->message, POSIX_DIRECTORY, "%s of %s %s free, %s %%",
		             free_text, all, dry_run ? "would be" : "are", percent);
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
	message_error(&context->message, POSIX_DIRECTORY, &error);
	return STATUS_FAILED;
}
