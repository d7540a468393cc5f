#include "commands/set/held.h"

#include "base/descriptor.h"
#include "commands/shared/consent.h"
#include "objects/posix_files.h"
#include "objects/ref_file.h"
#include "output/text.h"
#include "usage/held.h"
#include "usage/scan.h"
#include "usage/target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WHO_SIZE = 96 };

int set_held_check(const struct shm_object *object, const struct object_change *change,
                   struct error *error)
{
	switch (held_sort(object)) {
	case HELD_SEGMENT:
		return error_set(
		    error, STATUS_USAGE,
		    "a segment of another IPC namespace can be changed only there (enter "
		    "it with nsenter(1))");
	case HELD_FILE:
		if (object->known & KNOWN_USED)
			break;
		return error_set(error, STATUS_USAGE,
		                 "is a file that is not in memory (use chmod(1), chown(1), "
		                 "truncate(1))");
	case HELD_ANONYMOUS:
		if (change->mode == NULL && !change->owner.user_given && !change->owner.group_given)
			break;
		return error_set(error, STATUS_USAGE,
		                 "--mode, --owner and --group have no effect on anonymous memory: "
		                 "no process opens it");
	case HELD_MEMFD:
	case HELD_REMOVED:
		break;
	}
	return 0;
}

/*
 * Name the processes that use an object, except this one: "1234 sleep and 2 other processes".
 * Returns their number; 0 also if they can't be determined.
 */
static size_t find_users(const struct shm_object *object, char who[WHO_SIZE])
{
	struct users_target target;
	const struct users_request request = { .targets = &target, .count = 1 };
	struct users_list users;
	struct error error;
	size_t count = 0;

	who[0] = '\0';
	if (users_target_of_object(object, &target) < 0)
		return 0;
	if (users_scan(&request, &users, &error) == 0) {
		pid_t last = 0;

		for (size_t i = 0; i < users.count; i++) {
			const struct user *user = &users.users[i];

			if (user->pid == last || user->pid == getpid())
				continue;
			last = user->pid;
			if (count++ == 0)
				snprintf(who, WHO_SIZE, "%d %s", user->pid, user->command);
		}
	}
	users_free(&users);
	if (count > 1) {
		char first[WHO_SIZE / 2];

		snprintf(first, sizeof(first), "%.*s", (int)sizeof(first) - 1, who);
		snprintf(who, WHO_SIZE, "%s and %zu other process%s", first, count - 1,
		         count == 2 ? "" : "es");
	}
	return count;
}

/* Ask whether to make an object smaller. Returns 0, or -1 with error set. */
static int ask(const struct command_context *context, const struct ref *ref,
               const struct shm_object *object, uint64_t bytes, struct error *error)
{
	char visible[WHO_SIZE * 4];
	char who[WHO_SIZE];
	const size_t users = find_users(object, who);
	char *visible_ref;
	int answer;

	if (users == 0)
		snprintf(who, sizeof(who), "its users");
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return error_set(error, STATUS_FAILED,
		                 "not made smaller: %s may be killed by SIGBUS when %s the memory "
		                 "that is lost (--force: do it without asking)",
		                 who, users == 1 ? "it accesses" : "they access");
	text_visible(visible, who, TEXT_VISIBLE);
	visible_ref = text_visible_copy(ref->text, TEXT_VISIBLE);
	fprintf(stderr,
	        "shmtool: %s: shrink %s (%s, %" PRIu64 " bytes) to %" PRIu64
	        " bytes? The content beyond is lost, and %s may be killed by SIGBUS [y/N] ",
	        context->message.command, visible_ref, object->held_kind->word, object->bytes,
	        bytes, visible);
	free(visible_ref);
	answer = consent_read(error);
	return answer > 0 ? 0 : answer < 0 ? -1 : error_set(error, STATUS_FAILED, "not changed");
}

/* Open the file as it was found, so that it is certain to be the one that is changed. */
static int open_found(const struct ref *ref, const struct shm_object *object, struct error *error)
{
	char path[REF_FILE_PATH_SIZE];
	struct stat st;
	int found;

	ref_file_descriptor_path(ref, path);
	found = open(path, O_PATH | O_CLOEXEC);
	if (found < 0)
		return error_set_errno(error, errno, "can't be opened");
	if (fstat(found, &st) == 0 && st.st_ino == object->inode &&
	    st.st_dev == object->held_device)
		return found;
	close(found);
	return error_set(error, STATUS_FAILED, "now refers to a different object");
}

int set_held(const struct command_context *context, const struct ref *ref,
             const struct shm_object *object, const struct object_change *change, bool force,
             struct error *error)
{
	const bool shrinks = change->resize && change->bytes < object->bytes;
	int result = -1;
	int found;

	if (set_held_check(object, change, error) < 0) {
		error->status = STATUS_FAILED;
		return -1;
	}
	found = open_found(ref, object, error);
	if (found < 0)
		return -1;
	/* A file that still has a name is changed as an object of POSIX_DIRECTORY is. */
	if (!shrinks || force || held_sort(object) == HELD_FILE ||
	    ask(context, ref, object, change->bytes, error) == 0)
		result = object_descriptor_change(found, change, error);
	descriptor_close(found);
	return result;
}
