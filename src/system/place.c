#include "system/place.h"

#include "system/account.h"
#include "system/process.h"
#include "system/user_map.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
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
	bool is_alien;  /* only users of another user namespace may make names in it */
	struct stat st;
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
	if (elsewhere->descriptor >= 0 && fstat(elsewhere->descriptor, &elsewhere->st) < 0) {
		close(elsewhere->descriptor);
		elsewhere->descriptor = -1;
	}
	elsewhere->failure =
	    elsewhere->descriptor < 0 && errno != ENOENT && errno != ENOTDIR ? errno : 0;
	elsewhere->is_used = true;
	elsewhere->is_alien = false;
	snprintf(elsewhere->path, PATH_SIZE, "/proc/self/fd/%d", elsewhere->descriptor);
}

/*
 * In a user namespace of their own, anybody may mount what they see where they like: /etc at
 * /dev/shm, for root to clean it up. So there a directory must be of somebody whose files they may
 * remove anyway; or else it is just ours.
 *
 * PROCESS: whose user namespace that is; -1 if it is not known.
 */
static void check_owner(int process, const char *ours, struct elsewhere *elsewhere)
{
	struct stat st;

	if (elsewhere->descriptor < 0 ||
	    (stat(ours, &st) == 0 && st.st_dev == elsewhere->st.st_dev &&
	     st.st_ino == elsewhere->st.st_ino))
		return;
	elsewhere->is_alien = true;
	if (process >= 0 && user_map_has(process, elsewhere->st.st_uid))
		return;
	close(elsewhere->descriptor);
	elsewhere->descriptor = -1;
	elsewhere->failure = EXDEV;
	snprintf(elsewhere->path, PATH_SIZE, "/proc/self/fd/%d", elsewhere->descriptor);
}

static int tell_failure(const struct elsewhere *elsewhere, const char *path, struct error *error)
{
	if (elsewhere->failure == EXDEV)
		return error_set(error, STATUS_FAILED,
		                 "its %s is a directory of %s, who is not in its user namespace: "
		                 "it may be mounted there to deceive you",
		                 path, account_user(user_map_user(elsewhere->st.st_uid)));
	return error_set_errno(error, elsewhere->failure, "its %s can't be opened", path);
}

int place_check_directories(struct error *error)
{
	if (posix_directory.failure != 0)
		return tell_failure(&posix_directory, POSIX_DIRECTORY, error);
	if (queue_directory.failure != 0)
		return tell_failure(&queue_directory, POSIX_QUEUE_DIRECTORY, error);
	return 0;
}

/* Who has entered the user namespace is one of those. */
static bool is_alien(void)
{
	return posix_directory.is_alien && !user_map_is_used();
}

void place_begin_naming(void)
{
	if (!is_alien())
		return;
	setfsgid(posix_directory.st.st_gid);
	setfsuid(posix_directory.st.st_uid);
}

void place_end_naming(void)
{
	const int saved = errno;

	if (!is_alien())
		return;
	setfsuid(geteuid());
	setfsgid(getegid());
	errno = saved;
}

bool place_is_mounted_over(int directory, int fd)
{
	struct statx above;
	struct statx below;

	/* Linux 5.8. */
	return posix_directory.is_alien &&
	       statx(directory, "", AT_EMPTY_PATH, STATX_MNT_ID, &below) == 0 &&
	       statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &above) == 0 &&
	       (above.stx_mask & below.stx_mask & STATX_MNT_ID) &&
	       above.stx_mnt_id != below.stx_mnt_id;
}

static int open_namespace(int process, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "ns/%s", name);
	return openat(process, path, O_RDONLY | O_CLOEXEC);
}

/* What can't be looked at is not taken for the same. */
static bool is_same(int one, int other)
{
	struct stat a;
	struct stat b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

static void close_all(const int *descriptors, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (descriptors[i] >= 0)
			close(descriptors[i]);
	}
}

/* Who has chosen what a process sees, the mounts and the root directory. */
enum trust {
	TRUST_OURS,   /* nobody of another user namespace */
	TRUST_THEIRS, /* who is root in its user namespace */
	TRUST_NOBODY, /* that is not known */
};

static enum trust find_trust(int process)
{
	const int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	const int user = open_namespace(process, "user");
	const int mounts = open_namespace(process, "mnt");
	const int owner = mounts >= 0 ? ioctl(mounts, NS_GET_USERNS) : -1;
	const int descriptors[] = { own, user, mounts, owner };
	enum trust trust = TRUST_NOBODY;

	if (is_same(user, own) && is_same(owner, own))
		trust = TRUST_OURS;
	else if (is_same(user, owner))
		trust = TRUST_THEIRS;
	close_all(descriptors, sizeof(descriptors) / sizeof(descriptors[0]));
	return trust;
}

/*
 * Tell whether a process has ended meanwhile, so that what was not to be found out about its
 * directories means nothing.
 */
static bool has_ended(int process)
{
	const int mounts = open_namespace(process, "mnt");

	if (mounts < 0)
		return errno == ENOENT || errno == ESRCH;
	close(mounts);
	return false;
}

static bool is_ours(int ipc)
{
	const int own = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
	const bool result = is_same(ipc, own);

	if (own >= 0)
		close(own);
	return result;
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
	enum trust trust = TRUST_NOBODY;
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
	if (ipc >= 0)
		trust = find_trust(process);
	if (ipc >= 0 && enter_ipc(process, ipc) == 0) {
		look_below(root, "shm", &posix_directory);
		look_below(root, "mqueue", &queue_directory);
		if (trust != TRUST_OURS) {
			const int theirs = trust == TRUST_THEIRS ? process : -1;

			check_owner(theirs, POSIX_DIRECTORY, &posix_directory);
			check_owner(theirs, POSIX_QUEUE_DIRECTORY, &queue_directory);
		}
		snprintf(ipc_prefix, sizeof(ipc_prefix), "nsenter --ipc --target %d ", (int)pid);
		snprintf(mount_prefix, sizeof(mount_prefix), "nsenter --mount --target %d ",
		         (int)pid);
		result = (posix_directory.failure == EXDEV || queue_directory.failure == EXDEV) &&
		                 has_ended(process)
		             ? not_entered(pid, ESRCH, error)
		             : 0;
	} else {
		result = not_entered(pid, errno, error);
	}
	close_all((const int[]){ process, root, ipc }, 3);
	return result;
}
