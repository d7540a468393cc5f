#include "events/makers_path.h"

#include "base/descriptor.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Memory is read by pages: the next one may not be mapped. */
enum { PAGE = 4096 };

/* Read a link of /proc; it is empty on failure. Returns its length, or -1 and sets errno. */
static ssize_t read_link(pid_t thread, const char *name, char *target, size_t size)
{
	char path[64];
	ssize_t length;

	if (thread > 0)
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)thread, name);
	else
		snprintf(path, sizeof(path), "/proc/self/%s", name);
	length = readlink(path, target, size - 1);
	target[length > 0 ? length : 0] = '\0';
	return length;
}

int own_view_read(struct own_view *view)
{
	if (read_link(0, "ns/mnt", view->mounts, sizeof(view->mounts)) < 0 ||
	    read_link(0, "ns/ipc", view->messages, sizeof(view->messages)) < 0)
		return -1;
	return 0;
}

static bool is_link(pid_t thread, const char *name, const char *expected)
{
	char target[64];

	(void)read_link(thread, name, target, sizeof(target));
	return *target != '\0' && strcmp(target, expected) == 0;
}

bool own_view_has_objects(const struct own_view *view, pid_t thread)
{
	return is_link(thread, "ns/ipc", view->messages);
}

bool own_view_has_paths(const struct own_view *view, pid_t thread)
{
	return is_link(thread, "ns/mnt", view->mounts) && is_link(thread, "root", "/");
}

static ssize_t read_memory(pid_t thread, uint64_t address, void *target, size_t size)
{
	const struct iovec here = { .iov_base = target, .iov_len = size };
	const struct iovec there = { .iov_base = (void *)(uintptr_t)address, .iov_len = size };

	ssize_t length;
	char path[64];
	int fd;

	if (address > UINTPTR_MAX)
		return -1;
	length = process_vm_readv(thread, &here, 1, &there, 1, 0);
	if (length >= 0 || (errno != ENOSYS && errno != EPERM))
		return length;
	/* A kernel without the call, or a seccomp filter that does not know it. */
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = pread(fd, target, size, (off_t)address);
	descriptor_close(fd);
	return length;
}

bool thread_read(pid_t thread, uint64_t address, void *target, size_t size)
{
	return read_memory(thread, address, target, size) == (ssize_t)size;
}

bool thread_read_text(pid_t thread, uint64_t address, char *target, size_t size)
{
	size_t length = 0;

	while (length < size - 1) {
		size_t wanted = PAGE - (address + length) % PAGE;
		ssize_t got;

		/* Most paths are short. */
		if (length == 0 && wanted > 256)
			wanted = 256;
		if (wanted > size - 1 - length)
			wanted = size - 1 - length;
		got = read_memory(thread, address + length, target + length, wanted);
		if (got <= 0)
			return false;
		if (memchr(target + length, '\0', (size_t)got) != NULL)
			return true;
		length += (size_t)got;
	}
	target[length] = '\0';
	return true;
}

bool thread_has_left(pid_t thread, int number)
{
	char text[32];
	char *end;
	long now;

	if (process_read_file(thread, "syscall", text, sizeof(text)) < 0)
		return errno == ESRCH || (kill(thread, 0) < 0 && errno == ESRCH);
	/* "running": it may be in the kernel. */
	now = strtol(text, &end, 10);
	return end != text && now != number;
}

/* Skip slashes, and components that are a dot. */
static const char *skip_nothing(const char *path)
{
	while (*path == '/' || (path[0] == '.' && (path[1] == '/' || path[1] == '\0')))
		path++;
	return path;
}

/* The rest of a path below a directory, or NULL. */
static const char *skip_directory(const char *path, const char *directory)
{
	while (*(directory = skip_nothing(directory)) != '\0') {
		const size_t length = strcspn(directory, "/");

		path = skip_nothing(path);
		if (strncmp(path, directory, length) != 0 || path[length] != '/')
			return NULL;
		path += length;
		directory += length;
	}
	return path;
}

const char *thread_file_in(pid_t thread, const char *directory, int start, const char *path)
{
	const char *name;

	if (*path == '/') {
		path = skip_directory(path, directory);
	} else {
		char from[64];
		char link[32];

		snprintf(link, sizeof(link), start == AT_FDCWD ? "cwd" : "fd/%d", start);
		read_link(thread, link, from, sizeof(from));
		if (strcmp(from, directory) != 0)
			path = NULL;
	}
	if (path == NULL)
		return NULL;
	name = skip_nothing(path);
	if (*name == '\0' || strchr(name, '/') != NULL || strlen(name) >= POSIX_FILE_SIZE)
		return NULL;
	return name;
}
