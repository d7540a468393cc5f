#include "ipc/place.h"

#include "ipc/posix.h"
#include "ipc/posix_queue.h"
#include "ipc/process.h"
#include "ipc/user_map.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
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

enum { PATH_SIZE = 32, OPEN_TRIES = 128 };

/* A directory that is looked at by a descriptor. */
struct elsewhere {
	int descriptor; /* -1: there is none */
	int failure;    /* errno of why it could not be opened; 0 also if there is none */
	bool is_used;   /* false: our own is looked at */
	char path[PATH_SIZE];
};

/* Like the namespace that setns(2) sets, these are the process's own. */
static struct elsewhere posix_directory = { .descriptor = -1 };
static struct elsewhere queue_directory = { .descriptor = -1 };

/* What runs a command where we are: nothing if that is at home. */
static char ipc_prefix[64];
static char mount_prefix[64];

const char *place_posix_directory(void)
{
	return posix_directory.is_used ? posix_directory.path : POSIX_DIRECTORY;
}

const char *place_queue_directory(void)
{
	return queue_directory.is_used ? queue_directory.path : POSIX_QUEUE_DIRECTORY;
}

const char *place_ipc_prefix(void)
{
	return ipc_prefix;
}

const char *place_mount_prefix(void)
{
	return mount_prefix;
}

/* "dev/shm" without a link in between, for kernels that can't follow links within a root. */
static int open_without_links(int root, const char *last)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int dev = openat(root, "dev", flags);
	int directory;
	struct stat st;

	if (dev < 0)
		return -1;
	directory = openat(dev, last, flags);
	if (directory < 0 && errno == ENOTDIR)
		errno = fstatat(dev, last, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode)
		            ? ELOOP
		            : ENOTDIR;
	close(dev);
	return directory;
}

/* Open a directory below another root, which may be somebody's who is up to no good. */
static int open_below(int root, const char *last)
{
	/* struct open_how: the flags of open(2), a mode, and how to resolve the path. */
	const uint64_t how[] = { O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_BELOW_ROOT };
	char path[PATH_SIZE];
	long directory;

	snprintf(path, sizeof(path), "dev/%s", last);
	/* EAGAIN: something was renamed meanwhile, and ".." might have led outside. */
	for (int tries = 0; tries < OPEN_TRIES; tries++) {
		directory = syscall(SYS_openat2, root, path, how, sizeof(how));
		if (directory >= 0 || errno != EAGAIN)
			break;
	}
	if (directory < 0 && (errno == ENOSYS || errno == EPERM))
		return open_without_links(root, last);
	return (int)directory;
}

/*
 * The descriptor stays open as long as we live. Where the process has no such directory, there are
 * no objects: the path of one that never is.
 */
static void look_below(int root, const char *last, struct elsewhere *elsewhere)
{
	if (elsewhere->descriptor >= 0)
		close(elsewhere->descriptor);
	elsewhere->descriptor = open_below(root, last);
	elsewhere->failure =
	    elsewhere->descriptor < 0 && errno != ENOENT && errno != ENOTDIR ? errno : 0;
	elsewhere->is_used = true;
	snprintf(elsewhere->path, PATH_SIZE, "/proc/self/fd/%d", elsewhere->descriptor);
}

int place_check_directories(struct error *error)
{
	if (posix_directory.failure != 0)
		return error_set_errno(error, posix_directory.failure, "its %s can't be opened",
		                       POSIX_DIRECTORY);
	if (queue_directory.failure != 0)
		return error_set_errno(error, queue_directory.failure, "its %s can't be opened",
		                       POSIX_QUEUE_DIRECTORY);
	return 0;
}

static int open_namespace(int process, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "ns/%s", name);
	return openat(process, path, O_RDONLY | O_CLOEXEC);
}

static bool is_ours(int namespace)
{
	struct stat theirs;
	struct stat ours;

	return fstat(namespace, &theirs) == 0 && stat("/proc/self/ns/ipc", &ours) == 0 &&
	       theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
}

/*
 * Enter an IPC namespace, by way of the user namespace if that gives the right to. Out of that there
 * is no way back, and no other one can be entered from within.
 */
static int enter_ipc(int process, int ipc)
{
	int user;
	int result;

	if (is_ours(ipc) || setns(ipc, CLONE_NEWIPC) == 0)
		return 0;
	if (errno != EPERM)
		return -1;
	user = open_namespace(process, "user");
	if (user < 0)
		return -1;
	result = user_map_enter(process, user);
	if (result == 0)
		result = setns(ipc, CLONE_NEWIPC);
	if (result < 0 && errno != EBUSY)
		errno = EPERM;
	close(user);
	return result;
}

/* NUMBER: errno of what could not be done with /proc/PID. */
static int not_entered(pid_t pid, int number, struct error *error)
{
	struct process_stat stat;

	if (number == ENOENT || number == ESRCH) {
		if (process_read_stat(pid, &stat) == 0)
			return error_set(error, STATUS_FAILED,
			                 "this process has ended, and has no namespaces any more");
		if (kill(pid, 0) < 0 && errno == ESRCH)
			return error_set(error, STATUS_FAILED, "no such process");
		return error_set(error, STATUS_FAILED,
		                 "this process is hidden in /proc, see hidepid in proc(5)");
	}
	if (user_map_is_used() && (number == EBUSY || number == EACCES || number == EPERM))
		return error_set(error, STATUS_FAILED,
		                 "its namespaces can't be entered out of another user namespace "
		                 "(alone they can: --ns %d)",
		                 (int)pid);
	if (number != EACCES && number != EPERM)
		return error_set_errno(error, number, "its namespaces can't be entered");
	if (geteuid() == 0)
		return error_set(error, STATUS_FAILED,
		                 "its namespaces can't be entered, not even by root: it refuses "
		                 "that, or this is a container's root");
	return error_set(error, STATUS_FAILED,
	                 "its namespaces can't be entered: that takes root, or the owner of its "
	                 "user namespace");
}

int place_enter(pid_t pid, struct error *error)
{
	char path[32];
	int process;
	int root = -1;
	int ipc = -1;
	int result = -1;

	/* All by one descriptor: the number may become another process's. */
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process >= 0)
		root = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0)
		ipc = open_namespace(process, "ipc");
	if (ipc >= 0 && enter_ipc(process, ipc) == 0) {
		look_below(root, "shm", &posix_directory);
		look_below(root, "mqueue", &queue_directory);
		snprintf(ipc_prefix, sizeof(ipc_prefix), "nsenter --ipc --target %d ", (int)pid);
		snprintf(mount_prefix, sizeof(mount_prefix), "nsenter --mount --target %d ",
		         (int)pid);
		result = 0;
	} else {
		result = not_entered(pid, errno, error);
	}
	if (ipc >= 0)
		close(ipc);
	if (root >= 0)
		close(root);
	if (process >= 0)
		close(process);
	return result;
}
