#include "ipc/place.h"

#include "ipc/posix.h"
#include "ipc/posix_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux 5.6, openat2(2). */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
enum { RESOLVE_BELOW_ROOT = 0x10 }; /* RESOLVE_IN_ROOT */

enum { PATH_SIZE = 32 };

/* Of what goes wrong if others change something meanwhile. */
enum { TRIES = 100 };

/* A directory that is looked at by a descriptor. */
struct elsewhere {
	int descriptor; /* -1: there is none */
	bool is_used;   /* false: our own is looked at */
	char path[PATH_SIZE];
};

/* Like the namespace that setns(2) sets, these are the process's own. */
static struct elsewhere posix_directory = { .descriptor = -1 };
static struct elsewhere queue_directory = { .descriptor = -1 };

const char *place_posix_directory(void)
{
	return posix_directory.is_used ? posix_directory.path : POSIX_DIRECTORY;
}

const char *place_queue_directory(void)
{
	return queue_directory.is_used ? queue_directory.path : POSIX_QUEUE_DIRECTORY;
}

/* "dev/shm" without a link in between, for kernels that can't follow links within a root. */
static int open_without_links(int root, const char *last)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int dev = openat(root, "dev", flags);
	int directory;

	if (dev < 0)
		return -1;
	directory = openat(dev, last, flags);
	close(dev);
	return directory;
}

/* Open a directory below another root, which may be somebody's who is up to no good. */
static int open_below(int root, const char *last)
{
	/* struct open_how: the flags of open(2), a mode, and how to resolve the path. */
	const uint64_t how[] = { O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_BELOW_ROOT };
	char path[PATH_SIZE];
	int tries = TRIES;
	long directory;

	snprintf(path, sizeof(path), "dev/%s", last);
	/* EAGAIN: somebody renamed or mounted something just now. */
	do
		directory = syscall(SYS_openat2, root, path, how, sizeof(how));
	while (directory < 0 && errno == EAGAIN && --tries > 0);
	if (directory < 0 && (errno == ENOSYS || errno == EPERM))
		return open_without_links(root, last);
	return (int)directory;
}

/*
 * The descriptor stays open as long as we live. Where the process has no such directory, there are
 * no objects: the path of one that never is.
 */
static int look_below(int root, const char *last, struct elsewhere *elsewhere, struct error *error)
{
	if (elsewhere->descriptor >= 0)
		close(elsewhere->descriptor);
	elsewhere->descriptor = open_below(root, last);
	elsewhere->is_used = true;
	snprintf(elsewhere->path, PATH_SIZE, "/proc/self/fd/%d", elsewhere->descriptor);
	if (elsewhere->descriptor < 0 && errno != ENOENT && errno != ENOTDIR)
		return error_set_errno(error, errno, "its /dev/%s can't be looked at", last);
	return 0;
}

static int open_namespace(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool is_ours(int namespace, const char *name)
{
	int own = open_namespace(getpid(), name);
	struct stat theirs;
	struct stat ours;
	bool same = own >= 0 && fstat(namespace, &theirs) == 0 && fstat(own, &ours) == 0 &&
	            theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;

	if (own >= 0)
		close(own);
	return same;
}

/* Enter an IPC namespace, by way of the user namespace if that gives the right to. */
static int enter_ipc(pid_t pid, int ipc)
{
	int user;
	int result;

	if (is_ours(ipc, "ipc") || setns(ipc, CLONE_NEWIPC) == 0)
		return 0;
	if (errno != EPERM)
		return -1;
	user = open_namespace(pid, "user");
	if (user < 0)
		return -1;
	result = setns(user, CLONE_NEWUSER) == 0 ? setns(ipc, CLONE_NEWIPC) : -1;
	close(user);
	if (result < 0)
		errno = EPERM;
	return result;
}

int place_enter(pid_t pid, struct error *error)
{
	char path[64];
	int ipc = -1;
	int root;
	int result = -1;

	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0)
		ipc = open_namespace(pid, "ipc");
	if (ipc >= 0 && enter_ipc(pid, ipc) == 0) {
		if (look_below(root, "shm", &posix_directory, error) == 0 &&
		    look_below(root, "mqueue", &queue_directory, error) == 0)
			result = 0;
	} else if (errno == ENOENT || errno == ESRCH) {
		error_set(error, STATUS_FAILED, "no such process");
	} else if (errno == EACCES || errno == EPERM) {
		error_set(error, STATUS_FAILED,
		          "its namespaces can't be entered: that takes root, or the owner of its "
		          "user namespace");
	} else {
		error_set_errno(error, errno, "its namespaces can't be entered");
	}
	if (ipc >= 0)
		close(ipc);
	if (root >= 0)
		close(root);
	return result;
}
