#include "system/place.h"

#include "base/descriptor.h"
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

/* A directory of another process, accessed through a descriptor. */
struct elsewhere {
	int descriptor; /* -1: not open */
	int failure;    /* errno of the open; 0 also if the directory does not exist */
	bool is_used;   /* false: our own directory is used */
	bool is_alien;  /* only users of another user namespace may create files in it */
	bool is_tmpfs;  /* a tmpfs of its own; if not, why describes what it is */
	struct stat st;
	char type[32]; /* of the file system, if the directory is not opened because of it */
	char why[TMPFS_ROOT_WHY_SIZE];
	char path[PATH_SIZE];
};

/* The user namespace whose root controls the mounts and the root directory of a process. */
enum trust {
	TRUST_OURS,   /* ours */
	TRUST_THEIRS, /* that of the process */
	TRUST_NOBODY, /* unknown */
};

/*
 * The current place. A process has a single one, like the IPC namespace that setns(2) enters, so it
 * is not an argument of the functions that work in it.
 */
static struct {
	int process; /* /proc/PID of the process whose place it is; -1: our own */
	int root;    /* its root directory; -1: our own */
	enum trust trust;
	struct elsewhere posix;  /* POSIX_DIRECTORY */
	struct elsewhere queues; /* POSIX_QUEUE_DIRECTORY */
	/* The prefix that runs a command in the place; empty if it is our own. */
	char ipc_prefix[64];
	char mount_prefix[64];
} place = {
	.process = -1, .root = -1, .posix = { .descriptor = -1 }, .queues = { .descriptor = -1 }
};

const char *place_posix_directory(void)
{
	return place.posix.is_used ? place.posix.path : POSIX_DIRECTORY;
}

const char *place_queue_directory(void)
{
	return place.queues.is_used ? place.queues.path : POSIX_QUEUE_DIRECTORY;
}

int place_process(void)
{
	return place.process;
}

int place_root(void)
{
	return place.root;
}

bool place_trusts(uid_t owner)
{
	return place.process < 0 || place.trust == TRUST_OURS ||
	       (place.trust == TRUST_THEIRS && user_map_has(place.process, owner));
}

const char *place_ipc_prefix(void)
{
	return place.ipc_prefix;
}

const char *place_mount_prefix(void)
{
	return place.mount_prefix;
}

/* The process whose place is entered: by descriptors, since its pid may be reused. */
struct other {
	int process; /* /proc/PID */
	int root;
	enum trust trust;
	struct mount_table ours;
};

/*
 * Whether a mount is served by a program that may not answer. The mount at our own /dev/shm and an
 * overlay that is also mounted in our own namespace do not count: the program depends on them
 * anyway.
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
	         mount != NULL ? mount->type : "an unknown file system");
	return -1;
}

/* The table is empty if the mounts can't be read. Only a resource shortage is a failure. */
static int read_mounts(const struct other *other, struct mount_table *theirs,
                       struct elsewhere *elsewhere)
{
	if (mount_table_read(other->process, theirs) == 0 || !errno_is_passing(errno))
		return 0;
	elsewhere->failure = errno;
	return -1;
}

/* Check the mount by path, before anything is opened. */
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
 * Check the mount again after the open: a symbolic link may have led elsewhere, or the mounts may
 * have changed. The id of a mount is not reused while a descriptor refers to it.
 */
static int check_opened(const struct other *other, long type, struct elsewhere *elsewhere)
{
	struct mount_table theirs;
	const struct mount *mount = NULL;
	uint64_t id;
	int result = read_mounts(other, &theirs, elsewhere);

	if (result == 0 && mount_of_descriptor(elsewhere->descriptor, &id) == 0) {
		mount = mount_table_find(&theirs, id);
		/* The root directory is not a mount point itself. */
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
 * The descriptor stays open until the program exits. If the process has no such directory, the path
 * is one that never exists, so there are no objects.
 */
static void look_below(const struct other *other, const char *last, struct elsewhere *elsewhere)
{
	descriptor_close(elsewhere->descriptor);
	*elsewhere = (struct elsewhere){ .descriptor = -1, .is_used = true };
	if (check_mount(other, last, elsewhere) == 0) {
		char name[PATH_SIZE];

		snprintf(name, sizeof(name), "dev/%s", last);
		const struct remote_directory found = remote_directory_open(other->root, name);

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
 * In a user namespace of its own, any user can mount a visible directory anywhere, such as /etc at
 * /dev/shm, so that root cleans it up. So the owner of a directory must be mapped in that user
 * namespace, whose root may remove the owner's files anyway; or the directory must be our own.
 *
 * PROCESS: a process of that user namespace; -1 if it is unknown.
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

static int explain_failure(const struct elsewhere *elsewhere, const char *path, struct error *error)
{
	if (elsewhere->failure == EXDEV)
		return error_set(error, STATUS_FAILED,
		                 "its %s is owned by %s, who is not in its user namespace: it is "
		                 "not entered, since it may be mounted there to deceive you",
		                 path, account_user(user_map_user(elsewhere->st.st_uid)));
	if (elsewhere->failure == EREMOTE)
		return error_set(error, STATUS_FAILED,
		                 "its %s is on %s: it is not entered, since the server of that "
		                 "file system may never answer",
		                 path, elsewhere->type);
	if (elsewhere->failure == ETIMEDOUT)
		return error_set(
		    error, STATUS_FAILED,
		    "its %s does not answer: the file system that is mounted there, or "
		    "above it, may be served by a program that is stopped",
		    path);
	return error_set_errno(error, elsewhere->failure, "its %s can't be opened", path);
}

int place_check_directories(struct error *error)
{
	if (place.posix.failure != 0)
		return explain_failure(&place.posix, POSIX_DIRECTORY, error);
	if (place.queues.failure != 0)
		return explain_failure(&place.queues, POSIX_QUEUE_DIRECTORY, error);
	return 0;
}

/* After user_map_enter() this process is a user of that user namespace itself. */
static bool is_alien(void)
{
	return place.posix.is_alien && !user_map_is_used();
}

void place_begin_naming(void)
{
	if (!is_alien())
		return;
	setfsgid(place.posix.st.st_gid);
	setfsuid(place.posix.st.st_uid);
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

/* Check our own POSIX_DIRECTORY. */
static bool own_is_tmpfs(char why[TMPFS_ROOT_WHY_SIZE])
{
	const int directory = open(POSIX_DIRECTORY, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct mount_table ours;
	bool result = true;

	/* If it does not exist, there is nothing to remove. */
	if (directory < 0) {
		snprintf(why, TMPFS_ROOT_WHY_SIZE, "a directory that can't be inspected");
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

	if (place.posix.is_used) {
		if (place.posix.descriptor < 0 || place.posix.is_tmpfs)
			return 0;
		snprintf(why, sizeof(why), "%s", place.posix.why);
	} else if (own_is_tmpfs(why)) {
		return 0;
	}
	return error_set(error, STATUS_FAILED,
	                 "%s%s is %s: filters remove nothing there (remove the objects by name)",
	                 place.posix.is_used ? "its " : "", POSIX_DIRECTORY, why);
}

static int open_namespace(int process, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "ns/%s", name);
	return openat(process, path, O_RDONLY | O_CLOEXEC);
}

/* A namespace that can't be inspected counts as a different one. */
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
		descriptor_close(descriptors[i]);
	}
}

/* Returns 0, or -1 with errno if a temporary shortage prevented the decision. */
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
 * Check whether a process has exited meanwhile: failures to inspect its directories are then
 * meaningless.
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

	descriptor_close(own);
	return result;
}

/*
 * Enter an IPC namespace, through the user namespace of the process if that is needed for
 * permission. A user namespace can't be left again, and no other one can be entered from within.
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

int place_enter_ipc(pid_t pid, ino_t inode)
{
	char path[32];
	int process;
	int ipc = -1;
	int result = -1;
	int saved;
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process >= 0)
		ipc = open_namespace(process, "ipc");
	if (ipc >= 0 && fstat(ipc, &st) == 0) {
		errno = ESRCH;
		if (st.st_ino == inode)
			result = enter_ipc(process, ipc);
	}
	saved = errno;
	close_all((const int[]){ process, ipc }, 2);
	errno = saved;
	return result;
}

/* NUMBER: errno of the failed operation on /proc/PID. */
static int not_entered(pid_t pid, int number, struct error *error)
{
	struct process_stat stat;

	if (number == ENOENT || number == ESRCH) {
		if (process_read_stat(pid, &stat) == 0)
			return error_set(error, STATUS_FAILED,
			                 "the process has exited and no longer has namespaces");
		if (kill(pid, 0) < 0 && errno == ESRCH)
			return error_set(error, STATUS_FAILED, "no such process");
		return error_set(error, STATUS_FAILED,
		                 "the process is hidden in /proc, see hidepid in proc(5)");
	}
	if (user_map_is_used() && (number == EBUSY || number == EACCES || number == EPERM))
		return error_set(
		    error, STATUS_FAILED,
		    "its namespaces can't be entered from within another user namespace "
		    "(enter them separately: --ns %d)",
		    (int)pid);
	if (number != EACCES && number != EPERM)
		return error_set_errno(error, number, "its namespaces can't be entered");
	if (geteuid() == 0)
		return error_set(error, STATUS_FAILED,
		                 "its namespaces can't be entered, not even by root: access to the "
		                 "process is denied, or this is the root of a container");
	return error_set(error, STATUS_FAILED,
	                 "its namespaces can't be entered: only root and the owner of its user "
	                 "namespace may enter them");
}

int place_enter(pid_t pid, struct error *error)
{
	char path[32];
	struct other other = { .root = -1, .trust = TRUST_NOBODY };
	int ipc = -1;
	int result = -1;

	/* Use one descriptor for everything: the pid may be reused. */
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	other.process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (other.process >= 0)
		other.root = openat(other.process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (other.root >= 0)
		ipc = open_namespace(other.process, "ipc");
	if (ipc >= 0 && find_trust(other.process, &other.trust) == 0 &&
	    enter_ipc(other.process, ipc) == 0) {
		(void)mount_table_read(-1, &other.ours);
		look_below(&other, "shm", &place.posix);
		look_below(&other, "mqueue", &place.queues);
		mount_table_free(&other.ours);
		/* Queues have their own file system, so there are none on a served one. */
		if (place.queues.failure == EREMOTE)
			place.queues.failure = 0;
		if (other.trust != TRUST_OURS) {
			const int theirs = other.trust == TRUST_THEIRS ? other.process : -1;

			check_owner(theirs, POSIX_DIRECTORY, &place.posix);
			check_owner(theirs, POSIX_QUEUE_DIRECTORY, &place.queues);
		}
		snprintf(place.ipc_prefix, sizeof(place.ipc_prefix), "nsenter --ipc --target %d ",
		         (int)pid);
		snprintf(place.mount_prefix, sizeof(place.mount_prefix),
		         "nsenter --mount --target %d ", (int)pid);
		result = (place.posix.failure == EXDEV || place.queues.failure == EXDEV ||
		          place.posix.failure == EREMOTE) &&
		                 has_ended(other.process)
		             ? not_entered(pid, ESRCH, error)
		             : 0;
	} else {
		result = not_entered(pid, errno, error);
	}
	/* They stay open, for other directories of the place. */
	close_all((const int[]){ place.process, place.root, ipc }, 3);
	place.process = other.process;
	place.root = other.root;
	place.trust = other.trust;
	return result;
}
