#include "commands/guard/namespace.h"

#include "base/descriptor.h"
#include "objects/posix.h"
#include "objects/posix_queue.h"
#include "system/number_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/*
 * Limits that are per IPC namespace and start with the kernel's defaults: proc_sys_kernel(5).
 */
static const char *const limit_files[] = {
	"/proc/sys/kernel/shmmax",
	"/proc/sys/kernel/shmall",
	"/proc/sys/kernel/shmmni",
	"/proc/sys/kernel/shm_rmid_forced",
	"/proc/sys/kernel/msgmax",
	"/proc/sys/kernel/msgmnb",
	"/proc/sys/kernel/msgmni",
	"/proc/sys/kernel/sem",
	"/proc/sys/fs/mqueue/queues_max",
	"/proc/sys/fs/mqueue/msg_max",
	"/proc/sys/fs/mqueue/msgsize_max",
	"/proc/sys/fs/mqueue/msg_default",
	"/proc/sys/fs/mqueue/msgsize_default",
};
enum { LIMIT_FILES = sizeof(limit_files) / sizeof(limit_files[0]), LIMIT_SIZE = 128 };

/* Read the limits; an entry is empty if its file can't be read. */
static void read_limits(char limits[LIMIT_FILES][LIMIT_SIZE])
{
	for (size_t i = 0; i < LIMIT_FILES; i++) {
		int fd = open(limit_files[i], O_RDONLY | O_CLOEXEC);
		ssize_t length = fd >= 0 ? read(fd, limits[i], LIMIT_SIZE - 1) : -1;

		limits[i][length > 0 ? length : 0] = '\0';
		descriptor_close(fd);
	}
}

static void write_limits(char limits[LIMIT_FILES][LIMIT_SIZE])
{
	char now[LIMIT_FILES][LIMIT_SIZE];

	read_limits(now);
	for (size_t i = 0; i < LIMIT_FILES; i++) {
		int fd;

		if (strcmp(now[i], limits[i]) == 0)
			continue;
		fd = open(limit_files[i], O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		(void)!write(fd, limits[i], strlen(limits[i]));
		close(fd);
	}
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t written;

	if (fd < 0)
		return -1;
	written = write(fd, text, strlen(text));
	descriptor_close(fd);
	return written < 0 ? -1 : 0;
}

static bool number_is(const char *path, uint64_t number)
{
	uint64_t found;

	return number_file_read(path, &found) == 0 && found == number;
}

/*
 * Report why the kernel refuses, if that can be determined, and the remedy. Namespaces are
 * forbidden by settings of Debian, of Ubuntu or of the kernel, or by a container's seccomp filter.
 */
static int refused(int number, const char *what, struct error *error)
{
	const char *cure;

	if (number == ENOSPC && number_is("/proc/sys/user/max_user_namespaces", 0))
		cure = "as root: sysctl user.max_user_namespaces=10000";
	else if (number == ENOSPC)
		cure = "the limits are in /proc/sys/user: max_user_namespaces, "
		       "max_ipc_namespaces, max_mnt_namespaces";
	else if (number_is("/proc/sys/kernel/unprivileged_userns_clone", 0))
		cure = "as root: sysctl kernel.unprivileged_userns_clone=1";
	else if (number_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1))
		cure = "as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0";
	else if (number == EINVAL || number == ENOSYS)
		cure = "this kernel has no such namespaces";
	else if (number == ENOENT && access("/proc/self", F_OK) < 0)
		cure = "as root: mount -t proc proc /proc";
	else
		cure = "in a container, give it CAP_SYS_ADMIN or a seccomp profile that allows "
		       "unshare and mount; in a chroot, only root can";
	error_set_errno(error, number, "%s", what);
	error_append(error, " (%s; or use --shared, which needs no namespace)", cure);
	return -1;
}

/*
 * Map user and group to themselves. All other groups appear as nogroup inside, but keep their
 * permissions.
 */
static int keep_user(uid_t user, gid_t group, struct error *error)
{
	char map[64];

	/* Required to map the group without privilege: user_namespaces(7). */
	if (write_text("/proc/self/setgroups", "deny") < 0 && errno != ENOENT)
		return refused(errno, "a private user namespace can't be set up", error);
	snprintf(map, sizeof(map), "%" PRIuMAX " %" PRIuMAX " 1", (uintmax_t)user, (uintmax_t)user);
	if (write_text("/proc/self/uid_map", map) < 0)
		return refused(errno, "the user can't be kept in a private user namespace", error);
	snprintf(map, sizeof(map), "%" PRIuMAX " %" PRIuMAX " 1", (uintmax_t)group,
	         (uintmax_t)group);
	if (write_text("/proc/self/gid_map", map) < 0)
		return refused(errno, "the group can't be kept in a private user namespace", error);
	return 0;
}

static int enter_namespaces(struct error *error)
{
	const uid_t user = geteuid();
	const gid_t group = getegid();

	if (unshare(CLONE_NEWIPC | CLONE_NEWNS) == 0)
		return 0;
	if (errno != EPERM)
		return refused(errno, "private namespaces are refused", error);
	if (unshare(CLONE_NEWUSER | CLONE_NEWIPC | CLONE_NEWNS) < 0)
		return refused(errno, "private namespaces are refused", error);
	return keep_user(user, group, error);
}

static int mount_shm(uint64_t bytes, struct error *error)
{
	char options[64];

	/* If no size is given, the kernel's default is half of the memory. */
	if (bytes > 0)
		snprintf(options, sizeof(options), "mode=1777,size=%" PRIu64, bytes);
	else
		snprintf(options, sizeof(options), "mode=1777");
	if (mount("tmpfs", POSIX_DIRECTORY, "tmpfs", MS_NOSUID | MS_NODEV, options) == 0)
		return 0;
	if (errno == ENOENT || errno == ENOTDIR)
		return error_set(error, STATUS_FAILED,
		                 "there is no directory %s to mount a private one on (as root: "
		                 "mkdir -m 1777 %s; or use --shared, which needs no namespace)",
		                 POSIX_DIRECTORY, POSIX_DIRECTORY);
	return refused(errno, "a private " POSIX_DIRECTORY " can't be mounted", error);
}

/* The size of the machine's file system, so that a program has its usual space. */
static uint64_t machine_shm_bytes(void)
{
	struct statvfs fs;

	if (statvfs(POSIX_DIRECTORY, &fs) < 0 || fs.f_blocks == 0)
		return 0;
	return (uint64_t)fs.f_blocks * fs.f_frsize;
}

static int note_shm(dev_t *shm, struct error *error)
{
	struct stat st;

	if (stat(POSIX_DIRECTORY, &st) < 0)
		return error_set_errno(error, errno, POSIX_DIRECTORY " can't be inspected");
	*shm = st.st_dev;
	return 0;
}

int namespace_enter(uint64_t shm_bytes, dev_t *shm, struct error *error)
{
	const bool has_queues = posix_queue_is_mounted();
	char limits[LIMIT_FILES][LIMIT_SIZE];

	if (shm_bytes == 0)
		shm_bytes = machine_shm_bytes();
	read_limits(limits);
	if (enter_namespaces(error) < 0)
		return -1;
	/* Keep later mounts in this namespace. */
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return refused(errno, "mounts can't be made private", error);
	if (mount_shm(shm_bytes, error) < 0 || note_shm(shm, error) < 0)
		return -1;
	if (has_queues && mount("mqueue", POSIX_QUEUE_DIRECTORY, "mqueue",
	                        MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return refused(errno, "a private " POSIX_QUEUE_DIRECTORY " can't be mounted",
		               error);
	write_limits(limits);
	return 0;
}

int namespace_show_queues(void)
{
	if (posix_queue_is_mounted())
		return 0;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	/* Create the mount point on a tmpfs, to leave the machine's directory unchanged. */
	if (mount("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=64k") <
	        0 ||
	    mkdir(POSIX_QUEUE_DIRECTORY, S_IRWXU) < 0)
		return -1;
	return mount("mqueue", POSIX_QUEUE_DIRECTORY, "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC,
	             NULL);
}
