#include "commands/shared/blindness.h"

#include "base/descriptor.h"
#include "objects/posix_queue.h"
#include "system/mount.h"
#include "system/place.h"
#include "system/process.h"
#include "usage/verdict.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void note_blind(const struct command_context *context, const struct users_blind *blind)
{
	char text[USERS_BLIND_TEXT_SIZE];

	if (!users_are_blind(blind))
		return;
	users_blind_text(blind, false, text);
	message_note(&context->message, NULL, "%s", text);
}

/* Whether a process has a different POSIX_DIRECTORY. Opens nothing in its mounts. */
static bool has_other_directory(pid_t pid)
{
	const struct mount *mount = NULL;
	struct mount_table table = { .count = 0 };
	char path[32];
	struct stat st;
	dev_t ours;
	bool result;
	int process;

	if (stat(place_posix_directory(), &st) < 0)
		return false;
	ours = mount_device(place_posix_directory(), st.st_dev);
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process >= 0 && mount_table_read(process, &table) == 0)
		mount = mount_table_at(&table, POSIX_DIRECTORY);
	/*
	 * Another one may be mounted on top of ours. If it is not a mount point, look for ours
	 * anywhere.
	 */
	if (mount != NULL && strcmp(mount->point, POSIX_DIRECTORY) == 0)
		result = mount->device != ours;
	else
		result = !process_has_mounted(pid, ours);
	mount_table_free(&table);
	descriptor_close(process);
	return result;
}

void note_used_elsewhere(const struct command_context *context, const struct object_filter *filter)
{
	const pid_t pid = (pid_t)filter->used_by.id;
	struct stat theirs;
	struct stat ours;
	char subject[32];

	/* The filter itself reports a process that can't be inspected. */
	if (!filter->used_by.given || process_ipc_namespace(pid, &theirs) < 0 ||
	    process_own_ipc_namespace(&ours) < 0)
		return;
	snprintf(subject, sizeof(subject), "--used-by %d", pid);
	if ((filter->kinds & KIND_BIT(KIND_SHM)) && theirs.st_ino != ours.st_ino)
		message_note(&context->message, subject,
		             "the process is in another IPC namespace, %ju: use --ns %d to list "
		             "the segments it uses there",
		             (uintmax_t)theirs.st_ino, pid);
	else if ((filter->kinds & KINDS_DEVSHM) && has_other_directory(pid))
		message_note(&context->message, subject,
		             "the process has another %s: use --ns %d to list the objects it "
		             "uses there",
		             POSIX_DIRECTORY, pid);
}

void omit_unlisted_queues(const struct command_context *context, struct object_filter *filter)
{
	if (filter->kinds != KINDS_ALL || posix_queue_is_mounted())
		return;
	filter->kinds &= ~(unsigned int)KIND_BIT(KIND_PMSG);
	message_note(&context->message, NULL, "POSIX message queues are omitted: %s is not mounted",
	             POSIX_QUEUE_DIRECTORY);
}

void note_left_out(const struct command_context *context, const struct object_list *lists,
                   size_t count)
{
	size_t left_out = 0;

	for (size_t i = 0; i < count; i++) {
		if (lists[i].usages != NULL)
			left_out += lists[i].usages->left_out;
	}
	if (left_out > 0)
		message_note(&context->message, NULL,
		             "%zu object%s omitted: it is unknown whether %s used", left_out,
		             left_out == 1 ? " is" : "s are", left_out == 1 ? "it is" : "they are");
}

void note_unseen(const struct command_context *context, const struct object_list *lists,
                 size_t count)
{
	note_left_out(context, lists, count);
	for (size_t i = 0; i < count; i++) {
		if (lists[i].usages != NULL && users_are_blind(&lists[i].usages->blind)) {
			note_blind(context, &lists[i].usages->blind);
			break;
		}
	}
}
