#include "system/remote_directory.h"

#include "base/descriptor.h"
#include "system/beneath.h"
#include "system/linux.h"
#include "system/remote_call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Descriptors of the child; all others are closed. */
enum { CHILD_SOCKET = 0, CHILD_ROOT = 1, CHILD_FIRST_CLOSED = 2 };

/* Open a directory without following links, on kernels that can't confine links to a root. */
static int open_without_links(int root, const char *path)
{
	char *rest = strdup(path);
	char *words = rest;
	int directory = rest != NULL ? openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	const char *name;

	while (directory >= 0 && (name = strsep(&words, "/")) != NULL) {
		const int above = directory;
		struct stat st;

		if (*name == '\0')
			continue;
		directory = openat(above, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (directory < 0 && errno == ENOTDIR)
			errno = fstatat(above, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			                S_ISLNK(st.st_mode)
			            ? ELOOP
			            : ENOTDIR;
		descriptor_close(above);
	}
	free(rest);
	return directory;
}

/* Open a directory below another root, which may be malicious. */
static int open_below(int root, const char *path)
{
	const struct linux_open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		                            .resolve = LINUX_RESOLVE_IN_ROOT };
	const int directory = beneath_resolve(root, path, &how);

	if (directory < 0 && (errno == ENOSYS || errno == EPERM))
		return open_without_links(root, path);
	return directory;
}

static void look(int root, const char *path, struct remote_directory *found)
{
	struct statfs fs;

	*found = (struct remote_directory){ .descriptor = open_below(root, path) };
	if (found->descriptor < 0 || fstat(found->descriptor, &found->st) < 0 ||
	    fstatfs(found->descriptor, &fs) < 0)
		found->failure = errno;
	else
		found->type = (long)fs.f_type;
}

/* The control message that passes a descriptor: unix(7). */
union passing {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static int send_found(int target, const struct remote_directory *found)
{
	struct iovec bytes = { .iov_base = (void *)(uintptr_t)found, .iov_len = sizeof(*found) };
	union passing passing = { .room = { 0 } };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };

	if (found->failure == 0) {
		struct cmsghdr *header;

		message.msg_control = &passing;
		message.msg_controllen = sizeof(passing);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &found->descriptor, sizeof(int));
	}
	return sendmsg(target, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(*found) ? 0 : -1;
}

static int receive_found(int source, struct remote_directory *found)
{
	struct iovec bytes = { .iov_base = found, .iov_len = sizeof(*found) };
	union passing passing = { .room = { 0 } };
	struct msghdr message = { .msg_iov = &bytes,
		                  .msg_iovlen = 1,
		                  .msg_control = &passing,
		                  .msg_controllen = sizeof(passing) };
	const struct cmsghdr *header;

	if (recvmsg(source, &message, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*found))
		return -1;
	found->descriptor = -1;
	header = CMSG_FIRSTHDR(&message);
	if (header != NULL && header->cmsg_type == SCM_RIGHTS)
		memcpy(&found->descriptor, CMSG_DATA(header), sizeof(int));
	if (found->descriptor < 0 && found->failure == 0)
		found->failure = EMFILE;
	return 0;
}

/*
 * A child that is blocked forever must not keep inherited descriptors open, such as a pipe that is
 * our standard output, whose reader waits for end of file.
 */
static void close_others(void)
{
	if (syscall(SYS_close_range, CHILD_FIRST_CLOSED, ~0U, 0U) == 0)
		return;
	for (int fd = CHILD_FIRST_CLOSED; fd < (int)sysconf(_SC_OPEN_MAX); fd++)
		close(fd);
}

static void run_child(int socket, int root, const char *path) __attribute__((noreturn));

static void run_child(int socket, int root, const char *path)
{
	struct remote_directory found = { .descriptor = -1 };
	/* Duplicate above the range that dup2(2) overwrites. */
	const int high_socket = fcntl(socket, F_DUPFD, CHILD_FIRST_CLOSED);
	const int high_root = fcntl(root, F_DUPFD, CHILD_FIRST_CLOSED);

	if (high_socket < 0 || high_root < 0) {
		found.failure = errno;
		_exit(send_found(socket, &found) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	if (dup2(high_socket, CHILD_SOCKET) < 0 || dup2(high_root, CHILD_ROOT) < 0)
		_exit(1);
	close_others();
	look(CHILD_ROOT, path, &found);
	_exit(send_found(CHILD_SOCKET, &found) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

struct remote_directory remote_directory_open(int root, const char *path)
{
	struct remote_directory found = { .descriptor = -1 };
	int sockets[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) {
		found.failure = errno;
		return found;
	}
	child = fork();
	if (child == 0)
		run_child(sockets[1], root, path);
	if (child < 0)
		found.failure = errno;
	close(sockets[1]);
	if (child > 0 && remote_call_wait(sockets[0]) < 0) {
		found.failure = errno;
	} else if (child > 0 && receive_found(sockets[0], &found) < 0) {
		found.descriptor = -1;
		found.failure = EIO;
	}
	close(sockets[0]);
	if (child > 0)
		remote_call_end(child, found.failure == ETIMEDOUT);
	return found;
}
