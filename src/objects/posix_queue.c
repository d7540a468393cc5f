#include "objects/posix_queue.h"

#include "base/descriptor.h"
#include "base/number.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "system/linux.h"
#include "system/place.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

bool posix_queue_is_mounted(void)
{
	struct statfs fs;

	/* After a temporary shortage, opening it reports the reason. */
	if (statfs(place_queue_directory(), &fs) < 0)
		return errno_is_passing(errno);
	return fs.f_type == LINUX_MQUEUE_MAGIC;
}

int posix_queue_mount_unseen(void)
{
	const int context = (int)syscall(SYS_fsopen, "mqueue", LINUX_FSOPEN_CLOEXEC);
	int mount = -1;

	if (context < 0)
		return -1;
	if (syscall(SYS_fsconfig, context, LINUX_FSCONFIG_CREATE, NULL, NULL, 0) == 0)
		mount = (int)syscall(SYS_fsmount, context, LINUX_FSMOUNT_CLOEXEC, 0);
	descriptor_close(context);
	return mount;
}

enum object_kind posix_queue_file_kind(const char *file)
{
	(void)file;
	return KIND_PMSG;
}

static int open_directory(void)
{
	if (!posix_queue_is_mounted()) {
		errno = ENODEV;
		return -1;
	}
	return open(place_queue_directory(), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int posix_queue_list(struct object_list *list, struct error *error)
{
	if (!posix_queue_is_mounted())
		return error_set(
		    error, STATUS_FAILED,
		    "POSIX message queues can't be listed: %s is not mounted (as root: "
		    "%smkdir -p %s && %smount -t mqueue mqueue %s)",
		    POSIX_QUEUE_DIRECTORY, place_mount_prefix(), POSIX_QUEUE_DIRECTORY,
		    place_mount_prefix(), POSIX_QUEUE_DIRECTORY);
	return object_files_list(place_queue_directory(), posix_queue_file_kind,
	                         KIND_BIT(KIND_PMSG), list, error);
}

/* Read the attributes of an open queue. On Linux mqd_t is a file descriptor: mq_overview(7). */
static int read_limits(int fd, struct shm_object *object)
{
	struct mq_attr attributes;

	if (mq_getattr((mqd_t)fd, &attributes) < 0)
		return -1;
	object->messages = (uint64_t)attributes.mq_curmsgs;
	object->most_messages = (uint64_t)attributes.mq_maxmsg;
	object->message_bytes = (uint64_t)attributes.mq_msgsize;
	object->bytes = object->most_messages * object->message_bytes;
	object->known |= KNOWN_MESSAGES;
	/* For an empty queue, the file need not be read. */
	if (object->messages == 0) {
		object->used = 0;
		object->known |= KNOWN_USED;
	}
	return 0;
}

/* If the file system is not mounted, a queue is found only by opening it. */
static int find_by_open(const char *name, struct object_list *list)
{
	char file[POSIX_FILE_SIZE + 1];
	struct shm_object *object;
	struct stat st;
	int result = -1;
	mqd_t queue;
	int saved;

	snprintf(file, sizeof(file), "/%s", name);
	queue = mq_open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (queue < 0)
		return -1;
	object = object_list_add(list);
	object->kind = KIND_PMSG;
	object->name = object_list_text(list, "/", name);
	if (fstat(queue, &st) < 0 || read_limits(queue, object) < 0) {
		saved = errno;
		object_list_drop(list);
		errno = saved;
		goto done;
	}
	object_files_fill(object, &st);
	result = 0;
done:
	saved = errno;
	mq_close(queue);
	errno = saved;
	return result;
}

int posix_queue_find(const char *name, struct object_list *list)
{
	const int directory = open_directory();

	if (directory < 0)
		return find_by_open(name, list);
	return object_files_find(directory, name, KIND_PMSG, list);
}

int posix_queue_change(const char *name, const struct object_change *change, struct error *error)
{
	const int directory = open_directory();
	int result;

	if (directory < 0)
		return error_set(error, STATUS_FAILED, "can't be changed: %s is not mounted",
		                 POSIX_QUEUE_DIRECTORY);
	result = object_file_change(directory, name, change, error);
	descriptor_close(directory);
	return result;
}

int posix_queue_open(const struct shm_object *queue)
{
	const int directory = open_directory();
	struct beneath beneath;
	int fd;

	if (directory < 0)
		return -1;
	beneath = beneath_begin(directory);
	fd = object_files_open(&beneath, queue, O_RDONLY);
	descriptor_close(directory);
	return fd;
}

int posix_queue_look(int fd, struct shm_object *queue)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || read_limits(fd, queue) < 0)
		return -1;
	object_files_fill(queue, &st);
	return 0;
}

/* Read the file of an open queue. Returns 0, or -1 with errno. */
static int read_line(int fd, char line[POSIX_QUEUE_LINE_SIZE])
{
	const ssize_t length = read(fd, line, POSIX_QUEUE_LINE_SIZE - 1);

	if (length < 0)
		return -1;
	line[length] = '\0';
	return 0;
}

int posix_queue_read(const struct shm_object *queue, char line[POSIX_QUEUE_LINE_SIZE])
{
	int fd = posix_queue_open(queue);
	int result;

	if (fd < 0 && errno == ENODEV)
		fd = (int)mq_open(queue->name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	result = read_line(fd, line);
	descriptor_close(fd);
	return result;
}

bool posix_queue_parse_used(const char *line, uint64_t *used)
{
	const char prefix[] = "QSIZE:";

	if (strncmp(line, prefix, strlen(prefix)) != 0)
		return false;
	line += strlen(prefix);
	return number_take(&line, NUMBER_DECIMAL, used) == NUMBER_READ && *line == ' ';
}

static void read_used(int fd, struct shm_object *object)
{
	char line[POSIX_QUEUE_LINE_SIZE];

	if (read_line(fd, line) < 0)
		return;
	if (posix_queue_parse_used(line, &object->used))
		object->known |= KNOWN_USED;
}

int posix_queue_collect(struct object_list *list, unsigned int needs)
{
	struct beneath beneath;
	int directory;
	int failure = 0;

	if (!(needs & (NEED_MESSAGES | NEED_QUEUE_USED)))
		return 0;
	directory = open_directory();
	if (directory < 0)
		return errno_is_passing(errno) ? -1 : 0;
	beneath = beneath_begin(directory);
	for (size_t i = 0; i < list->count; i++) {
		struct shm_object *object = &list->objects[i];
		int fd;

		if (object->kind != KIND_PMSG)
			continue;
		fd = object_files_open(&beneath, object, O_RDONLY);
		if (fd < 0 && !errno_is_passing(failure))
			failure = errno;
		if (fd < 0)
			continue;
		if (read_limits(fd, object) == 0 && (needs & NEED_QUEUE_USED) &&
		    object->messages > 0)
			read_used(fd, object);
		close(fd);
	}
	close(directory);
	errno = failure;
	return errno_is_passing(failure) ? -1 : 0;
}

int posix_queue_remove(const char *name)
{
	const int directory = open_directory();

	if (directory < 0) {
		char file[POSIX_FILE_SIZE + 1];

		snprintf(file, sizeof(file), "/%s", name);
		return mq_unlink(file);
	}
	return object_files_remove(directory, name);
}
