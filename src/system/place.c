#include "system/place.h"

#include "system/account.h"
#include "system/mount.h"
#include "system/process.h"
#include "system/remote_directory.h"
#include "system/served.h"
#include "system/tmpfs_root.h"
#include "system/user_map.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
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
#include <unistd.h>

enum { PATH_SIZE = 32 };

/* A directory that is looked at by a descriptor. */
struct elsewhere {
	int descriptor; /* -1: there is none */
	int failure;    /* errno of why it could not be opened; 0 also if there is none */
	bool is_used;   /* false: our own is looked at */
	bool is_alien;  /* only users of another user namespace may make names in it */
	bool is_tmpfs;  /* a tmpfs of its own; if not, why says what it is */
	struct stat st;
	char type[32]; /* of the file system, when that is why it is not opened */
	char why[TMPFS_ROOT_WHY_SIZE];
	char path[PATH_SIZE];
};

/* Like the namespace that setns(2) sets, these are the process's own. */
static struct elsewhere posix_directory = { .descriptor = -1 };
static struct elsewhere queue_directory = { .descriptor = -1 };

/* The prefix that runs a command in the place that was entered; empty in our own. */
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

/* The user namespace that decides what a process sees, its mounts and root directory. */
enum trust {
	TRUST_OURS,   /* nobody of another user namespace */
	TRUST_THEIRS, /* who is root in its user namespace */
	TRUST_NOBODY, /* that is not known */
};

/* The process that is looked at: by descriptors, since its number may become another process's. */
struct other {
	int process; /* /proc/PID */
	int root;
	enum trust trust;
	struct mount_table ours;
};

/*
 * Whether a mount is served by somebody who may not answer. What is at our own /dev/shm, and an overlay
 * that we see ourselves, keeps us waiting anyway.
 */
static bool is_served(const struct other *other, const struct mount_table *theirs,
                      const struct mount *mount)
{
	const struct mount *own = mount_table_find(&other->ours, mount->id);

	if (own != NULL && (strcmp(own->type, "overlay") == 0 ||
	                    own == mount_table_at(&other->ours, POSIX_DIRECTORY)))
		return false;
	return mount_is_served(theirs, mount, other->trust == TRUST_OURS);
}

static int not_served(struct elsewhere *elsewhere, const struct mount *mount)
{
	elsewhere->failure = EREMOTE;
	snprintf(elsewhere->type, sizeof(elsewhere->type), "%s",
	         mount != NULL ? mount->type : "a file system that is not known");
	return -1;
}

/* Where /proc does not tell of their mounts, there are none in the table. A shortage is a failure. */
static int read_mounts(const struct other *other, struct mount_table *theirs,
                       struct elsewhere *elsewhere)
{
	if (mount_table_read(other->process, theirs) == 0 || !errno_is_passing(errno))
		return 0;
	elsewhere->failure = errno;
	return -1;
}

/* Before anything is opened. */
static int check_mount(const struct other *other, const char *last, struct elsewhere *elsewhere)
{
	struct mount_table theirs;
	const struct mount *mount = NULL;
	char path[PATH_SIZE];
	int result;

	snprintf(path, sizeof(path), "/dev/%s", last);
	result = read_mounts(other, &theirs, elsewhere);
	if (result == 0)
		mount = mount_table_at(&theirs, path);
	if (mount != NULL && is_served(other, &theirs, mount))
		result = not_served(elsewhere, mount);
	mount_table_free(&theirs);
	return result;
}

/*
 * And after that, for links may have led elsewhere, and mounts may have changed. The number of a mount
 * that is held by a descriptor is not given to another one.
 */
static int check_opened(const struct other *other, long type, struct elsewhere *elsewhere)
{
	struct mount_table theirs;
	const struct mount *mount = NULL;
	uint64_t id;
	int result = read_mounts(other, &theirs, elsewhere);

	if (result == 0 && mount_of_descriptor(elsewhere->descriptor, &id) == 0) {
		mount = mount_table_find(&theirs, id);
		/* Below a root directory that is no mount itself. */
		if (mount == NULL)
			mount = mount_table_find(&other->ours, id);
	}
	if (result == 0 && !file_system_is_local(type) &&
	    (mount == NULL || is_served(other, &theirs, mount) ||
	     (type != OVERLAYFS_SUPER_MAGIC && mount != mount_table_find(&other->ours, id))))
		result = not_served(elsewhere, mount);
	else if (result == 0)
		elsewhere->is_tmpfs =
		    tmpfs_root_is(elsewhere->descriptor, &theirs, &other->ours, elsewhere->why);
	mount_table_free(&theirs);
	return result;
}

/*
 * The descriptor stays open as long as we live. Where the process has no such directory, there are
 * no objects: the path of one that never is.
 */
static void look_below(const struct other *other, const char *last, struct elsewhere *elsewhere)
{
	if (elsewhere->descriptor >= 0)
		close(elsewhere->descriptor);
	*elsewhere = (struct elsewhere){ .descriptor = -1, .is_used = true };
	if (check_mount(other, last, elsewhere) == 0) {
		const struct remote_directory found = remote_directory_open(other->root, last);

		elsewhere->descriptor = found.descriptor;
		elsewhere->st = found.st;
		if (found.descriptor < 0 && found.failure != ENOENT && found.failure != ENOTDIR)
			elsewhere->failure = found.failure;
		if (found.descriptor >= 0 && check_opened(other, found.type, elsewhere) < 0) {
			close(elsewhere->descriptor);
			elsewhere->descriptor = -1;
		}
	}
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
	if (elsewhere->failure == EREMOTE)
		return error_set(error, STATUS_FAILED,
		                 "its %s is on %s: it is not entered, since whoever serves it need "
		                 "not answer",
		                 path, elsewhere->type);
	if (elsewhere->failure == ETIMEDOUT)
		return error_set(error, STATUS_FAILED,
		                 "its %s does not answer: what is mounted there, or above it, may "
		                 "be served by a program that has stopped",
		                 path);
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

/* After the user namespace is entered, we are one of its users. */
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

/* Facts about our own namespaces. */
static bool own_is_tmpfs(char why[TMPFS_ROOT_WHY_SIZE])
{
	const int directory = open(POSIX_DIRECTORY, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct mount_table ours;
	bool result = true;

	/* Without it there is nothing to be removed. */
	if (directory < 0) {
		snprintf(why, TMPFS_ROOT_WHY_SIZE, "a directory that can't be looked at");
		return errno == ENOENT;
	}
	(void)mount_table_read(-1, &ours);
	result = tmpfs_root_is(directory, &ours, &ours, why);
	mount_table_free(&ours);
	close(directory);
	return result;
}

int place_check_removal(struct error *error)
{
	char why[TMPFS_ROOT_WHY_SIZE];

	if (posix_directory.is_used) {
		if (posix_directory.descriptor < 0 || posix_directory.is_tmpfs)
			return 0;
		snprintf(why, sizeof(why), "%s", posix_directory.why);
	} else if (own_is_tmpfs(why)) {
		return 0;
	}
	return error_set(error, STATUS_FAILED,
	                 "%s%s is %s: nothing there is removed by a filter (remove the objects by "
	                 "their names)",
	                 posix_directory.is_used ? "its " : "", POSIX_DIRECTORY, why);
}

static int open_namespace(int process, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "ns/%s", name);
	return openat(process, path, O_RDONLY | O_CLOEXEC);
}

/* A namespace that can't be looked at is not taken for the same. */
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

/* Returns 0, or -1 with errno of a shortage that passes: then nothing is known of whom to trust. */
static int find_trust(int process, enum trust *trust)
{
	errno = 0;
	const int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	const int user = open_namespace(process, "user");
	const int mounts = open_namespace(process, "mnt");
	const int owner = mounts >= 0 ? ioctl(mounts, NS_GET_USERNS) : -1;
	const int failure = errno;
	const int descriptors[] = { own, user, mounts, owner };

	*trust = TRUST_NOBODY;
	if (is_same(user, own) && is_same(owner, own))
		*trust = TRUST_OURS;
	else if (is_same(user, owner))
		*trust = TRUST_THEIRS;
	close_all(descriptors, sizeof(descriptors) / sizeof(descriptors[0]));
	errno = failure;
	return errno_is_passing(failure) ? -1 : 0;
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
	struct other other = { .root = -1, .trust = TRUST_NOBODY };
	int ipc = -1;
	int result = -1;

	/* All by one descriptor: the number may become another process's. */
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	other.process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (other.process >= 0)
		other.root = openat(other.process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (other.root >= 0)
		ipc = open_namespace(other.process, "ipc");
	if (ipc >= 0 && find_trust(other.process, &other.trust) == 0 &&
	    enter_ipc(other.process, ipc) == 0) {
		(void)mount_table_read(-1, &other.ours);
		look_below(&other, "shm", &posix_directory);
		look_below(&other, "mqueue", &queue_directory);
		mount_table_free(&other.ours);
		/* Queues have a file system of their own. */
		if (queue_directory.failure == EREMOTE)
			queue_directory.failure = 0;
		if (other.trust != TRUST_OURS) {
			const int theirs = other.trust == TRUST_THEIRS ? other.process : -1;

			check_owner(theirs, POSIX_DIRECTORY, &posix_directory);
			check_owner(theirs, POSIX_QUEUE_DIRECTORY, &queue_directory);
		}
		snprintf(ipc_prefix, sizeof(ipc_prefix), "nsenter --ipc --target %d ", (int)pid);
		snprintf(mount_prefix, sizeof(mount_prefix), "nsenter --mount --target %d ",
		         (int)pid);
		result = (posix_directory.failure == EXDEV || queue_directory.failure == EXDEV ||
		          posix_directory.failure == EREMOTE) &&
		                 has_ended(other.process)
		             ? not_entered(pid, ESRCH, error)
		             : 0;
	} else {
		result = not_entered(pid, errno, error);
	}
	close_all((const int[]){ other.process, other.root, ipc }, 3);
	return result;
}
