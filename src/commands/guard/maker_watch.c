#include "commands/guard/maker_watch.h"

#include "base/descriptor.h"
#include "commands/guard/descendants.h"
#include "objects/posix.h"
#include "system/linux.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A tmpfs file handle has 12 bytes: the inode number and a generation. */
enum { HANDLE_MAX = 20 };

/* The maximum number of files to remember; beyond that, watching stops. */
enum { FILES_MAX = 1 << 20, FIRST_CAPACITY = 1024, EVENTS_SIZE = 1 << 16 };

struct made_file {
	unsigned int length; /* length of the handle in bytes; 0: a free slot */
	int type;
	unsigned char handle[HANDLE_MAX];
	bool descended; /* its creator is a descendant */
};

struct posix_makers {
	int events;     /* -1 after an event was lost */
	uint64_t empty; /* when the queue was last empty, by process_clock() */
	struct made_file *files;
	size_t count;
	size_t capacity; /* a power of 2 */
	/* Cache of the last descendant found, since one process often creates several objects. */
	pid_t last_pid;
	int last_process; /* its pidfd, -1 for none */
};

struct posix_makers *posix_makers_watch(void)
{
	const unsigned int flags = FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_PIDFD |
	                           FAN_REPORT_FID | FAN_REPORT_DIR_FID | FAN_REPORT_NAME |
	                           FAN_REPORT_TARGET_FID;
	struct posix_makers *makers = calloc(1, sizeof(*makers));
	int saved;

	if (makers == NULL)
		return NULL;
	makers->last_process = -1;
	makers->events = fanotify_init(flags, O_RDONLY | O_CLOEXEC);
	if (makers->events >= 0 &&
	    fanotify_mark(makers->events, FAN_MARK_ADD | FAN_MARK_ONLYDIR, FAN_CREATE | FAN_ONDIR,
	                  AT_FDCWD, POSIX_DIRECTORY) == 0) {
		makers->empty = process_clock();
		return makers;
	}
	saved = errno;
	posix_makers_free(makers);
	errno = saved;
	return NULL;
}

void posix_makers_free(struct posix_makers *makers)
{
	if (makers == NULL)
		return;
	descriptor_close(makers->events);
	descriptor_close(makers->last_process);
	free(makers->files);
	free(makers);
}

int posix_makers_fd(const struct posix_makers *makers)
{
	return makers->events;
}

/* The slot of a file, or the free slot for it. */
static struct made_file *find(const struct posix_makers *makers, const struct made_file *file)
{
	uint64_t hash = 0xcbf29ce484222325;
	size_t place;

	/* FNV-1a */
	for (size_t i = 0; i < file->length; i++)
		hash = (hash ^ file->handle[i]) * 0x100000001b3;
	place = (hash ^ hash >> 32) & (makers->capacity - 1);
	while (makers->files[place].length != 0 &&
	       (makers->files[place].length != file->length ||
	        makers->files[place].type != file->type ||
	        memcmp(makers->files[place].handle, file->handle, file->length) != 0))
		place = (place + 1) & (makers->capacity - 1);
	return &makers->files[place];
}

/* Keep at most half of the slots in use. */
static int make_room(struct posix_makers *makers)
{
	struct posix_makers larger = *makers;

	if (makers->count < makers->capacity / 2)
		return 0;
	if (makers->count >= FILES_MAX)
		return -1;
	larger.capacity = makers->capacity == 0 ? FIRST_CAPACITY : makers->capacity * 2;
	larger.files = calloc(larger.capacity, sizeof(*larger.files));
	if (larger.files == NULL)
		return -1;
	for (size_t i = 0; i < makers->capacity; i++) {
		if (makers->files[i].length != 0)
			*find(&larger, &makers->files[i]) = makers->files[i];
	}
	free(makers->files);
	*makers = larger;
	return 0;
}

static int take_handle(const struct file_handle *handle, struct made_file *file)
{
	if (handle->handle_bytes == 0 || handle->handle_bytes > HANDLE_MAX)
		return -1;
	file->length = handle->handle_bytes;
	file->type = handle->handle_type;
	memcpy(file->handle, handle->f_handle, handle->handle_bytes);
	return 0;
}

/* Whether a process is not reaped yet; until then its pid is not reused. */
static bool is_there(int process)
{
	return process >= 0 && syscall(SYS_pidfd_send_signal, process, 0, NULL, 0) == 0;
}

/* Whether a process that is gone was a descendant: the kernel reported its fork. */
static bool was_forked(const struct posix_makers *makers, pid_t pid, struct fork_watch *forks)
{
	if (forks == NULL || pid <= 0)
		return false;
	fork_watch_read(forks);
	return fork_watch_had(forks, pid, makers->empty, process_clock());
}

/* Takes ownership of the descriptor. */
static bool maker_descends(struct posix_makers *makers, pid_t pid, int process,
                           const struct descendants *descendants, struct fork_watch *forks)
{
	bool descends;

	if (pid == makers->last_pid && is_there(makers->last_process)) {
		descriptor_close(process);
		return true;
	}
	/* The order matters: if the creator still exists now, it was the process inspected. */
	descends = pid > 0 && descendants_have(descendants, pid) && is_there(process);
	if (descends) {
		descriptor_close(makers->last_process);
		makers->last_pid = pid;
		makers->last_process = process;
	} else if (process >= 0) {
		close(process);
	}
	return descends || was_forked(makers, pid, forks);
}

/*
 * Remember the creator of a new file.
 *
 * @param at      the data after the event's metadata
 * @param missed  an event was lost before: only release the event's descriptors
 * @return 0, or -1 if an event was lost
 */
static int take_event(struct posix_makers *makers, const struct fanotify_event_metadata *event,
                      const char *at, const struct descendants *descendants,
                      struct fork_watch *forks, bool missed)
{
	const char *end = at + event->event_len - event->metadata_len;
	struct made_file file = { .length = 0 };
	struct made_file *place;
	int process = -1;

	for (; at < end; at += ((const struct fanotify_event_info_header *)at)->len) {
		const struct fanotify_event_info_header *header = (const void *)at;

		if (header->info_type == FAN_EVENT_INFO_TYPE_FID)
			(void)take_handle(
			    (const void *)((const struct fanotify_event_info_fid *)header)->handle,
			    &file);
		else if (header->info_type == FAN_EVENT_INFO_TYPE_PIDFD)
			/* The header is followed by the descriptor. */
			memcpy(&process, header + 1, sizeof(process));
	}
	file.descended = maker_descends(makers, event->pid, process, descendants, forks);
	if (missed || (event->mask & FAN_Q_OVERFLOW) || file.length == 0 || make_room(makers) < 0)
		return -1;
	place = find(makers, &file);
	if (place->length == 0) {
		*place = file;
		makers->count++;
	}
	return 0;
}

/* After a lost event, an object may have an unseen creator. */
static void stop_watching(struct posix_makers *makers)
{
	close(makers->events);
	makers->events = -1;
}

void posix_makers_read(struct posix_makers *makers, const struct descendants *descendants,
                       struct fork_watch *forks)
{
	_Alignas(struct fanotify_event_metadata) char events[EVENTS_SIZE];
	struct fanotify_event_metadata event;
	uint64_t now = process_clock();
	ssize_t length;

	while (makers->events >= 0 && (length = read(makers->events, events, sizeof(events))) > 0) {
		const char *const end = events + length;
		bool missed = false;

		for (const char *at = events; at < end; at += event.event_len) {
			/* Events are not aligned to 8 bytes. */
			memcpy(&event, at, sizeof(event));
			missed = take_event(makers, &event, at + event.metadata_len, descendants,
			                    forks, missed) < 0 ||
			         missed;
		}
		if (missed)
			stop_watching(makers);
		now = process_clock();
	}
	makers->empty = now;
}

bool posix_makers_descended(const struct posix_makers *makers, const char *file)
{
	_Alignas(struct file_handle) char room[sizeof(struct file_handle) + HANDLE_MAX] = { 0 };
	struct file_handle *named = (struct file_handle *)(void *)room;
	struct made_file key = { .length = 0 };
	int directory;
	int mount;
	int result;

	if (makers->count == 0)
		return false;
	directory = posix_open_directory();
	if (directory < 0)
		return false;
	named->handle_bytes = HANDLE_MAX;
	result = name_to_handle_at(directory, file, named, &mount, 0);
	close(directory);
	return result == 0 && take_handle(named, &key) == 0 && find(makers, &key)->descended;
}
