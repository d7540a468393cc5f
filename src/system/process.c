#include "system/process.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/number.h"
#include "error.h"
#include "system/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

ssize_t process_read_file(pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = read(fd, text, size - 1);
	descriptor_close(fd);
	if (length >= 0)
		text[length] = '\0';
	return length;
}

/* Boot time in seconds since 1970, by the current setting of CLOCK_REALTIME. */
static time_t boot_time(void)
{
	struct timespec now;
	struct timespec since_boot;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &since_boot);
	return now.tv_sec - since_boot.tv_sec;
}

uint64_t process_clock(void)
{
	return clock_milliseconds(CLOCK_BOOTTIME);
}

/* The command name is enclosed in parentheses and may contain any character, also parentheses. */
bool process_stat_parse(const char *text, struct process_stat *stat)
{
	const char *open_parenthesis = strchr(text, '(');
	const char *end = strrchr(text, ')');
	size_t length;

	if (open_parenthesis == NULL || end == NULL || end < open_parenthesis)
		return false;
	length = (size_t)(end - open_parenthesis - 1);
	if (length >= COMMAND_SIZE)
		length = COMMAND_SIZE - 1;
	memcpy(stat->command, open_parenthesis + 1, length);
	stat->command[length] = '\0';
	return sscanf(end + 1,
	              " %c %d %d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld "
	              "%*d %llu",
	              &stat->state, &stat->parent, &stat->group, &stat->flags, &stat->threads,
	              &stat->start_ticks) == 6;
}

int process_read_stat(pid_t pid, struct process_stat *process)
{
	char text[1024];

	process->pid = pid;
	errno = ESRCH;
	if (pid <= 0 || process_read_file(pid, "stat", text, sizeof(text)) <= 0)
		return -1;
	if (process_stat_parse(text, process))
		return 0;
	errno = EINVAL;
	return -1;
}

/* The first thread may exit before the others. */
bool process_has_ended(const struct process_stat *process)
{
	return (process->state == 'Z' || process->state == 'X') && process->threads <= 1;
}

time_t process_began(const struct process_stat *process)
{
	return boot_time() + (time_t)(process->start_ticks / (unsigned long)sysconf(_SC_CLK_TCK));
}

bool process_is_unseen(int error)
{
	return error == ENOENT || error == ESRCH || error == EPERM || error == EACCES;
}

pid_t process_own_number(void)
{
	char target[32];
	ssize_t length = readlink("/proc/self", target, sizeof(target) - 1);

	if (length < 0)
		return -1;
	target[length] = '\0';
	return number_of_name(target);
}

/*
 * /proc shows the pids of the pid namespace for which it was mounted, so they differ from ours
 * after "unshare --pid --fork" and after nsenter(1) into a mount namespace.
 */
bool process_numbers_are_ours(void)
{
	return process_own_number() == getpid();
}

bool process_proc_is_mounted(void)
{
	struct statfs fs;

	/* After a temporary shortage, reading it reports the reason. */
	if (statfs("/proc", &fs) < 0)
		return errno_is_passing(errno);
	return fs.f_type == PROC_SUPER_MAGIC;
}

/* EPERM: the process exists, but may not be signalled. */
bool process_lives(pid_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

int process_own_ipc_namespace(struct stat *st)
{
	int process;
	int namespace;
	int result;

	if (stat("/proc/self/ns/ipc", st) == 0)
		return 0;
	if (access("/proc/self", F_OK) == 0) {
		errno = ENOSYS;
		return -1;
	}
	process = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (process < 0)
		return -1;
	namespace = ioctl(process, LINUX_PIDFD_TO_IPC_NAMESPACE, 0);
	close(process);
	if (namespace < 0)
		return -1;
	result = fstat(namespace, st);
	close(namespace);
	return result;
}

int process_ipc_namespace(pid_t pid, struct stat *st)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", (int)pid);
	return stat(path, st);
}

uint64_t process_start(const struct process_stat *process)
{
	return process->start_ticks * 1000 / (unsigned long)sysconf(_SC_CLK_TCK);
}

/*
 * Seconds by which the clock has been set forward since the first process of this pid namespace
 * started: /proc was mounted at that time, and its root directory never changes. If it was mounted
 * later, less than that.
 */
static time_t clock_advance(void)
{
	struct process_stat first;
	struct stat proc;
	time_t began;

	if (stat("/proc", &proc) < 0)
		return 0;
	began = process_read_stat(1, &first) == 0 ? process_began(&first) : boot_time();
	return began > proc.st_ctime ? began - proc.st_ctime : 0;
}

enum process_creator process_judge_creator(time_t began, time_t made)
{
	time_t advance;

	/* Both times are truncated to seconds: on a difference of one, assume the creator. */
	if (began <= made + 1)
		return CREATOR_LIVES;
	/* Created before the boot: the clock has been set since. */
	if (made + 1 < boot_time())
		return CREATOR_UNKNOWN;
	/* The start time counts from now, but the creation time may precede the setting. */
	advance = clock_advance();
	return made <= time(NULL) - advance && began - advance <= made + 1 ? CREATOR_UNKNOWN
	                                                                   : CREATOR_REPLACED;
}

int process_identity_parse(FILE *stream, struct process_identity *identity)
{
	char *line = NULL;
	size_t size = 0;
	bool has_uid = false;
	char *at;

	identity->count = 1;
	errno = 0;
	/* Read by line, since that of the groups can be long. */
	while (getline(&line, &size, stream) > 0) {
		if (strncmp(line, "Uid:\t", strlen("Uid:\t")) == 0) {
			identity->uid = (uid_t)strtoul(line + strlen("Uid:\t"), &at, 10);
			identity->effective_uid = (uid_t)strtoul(at, NULL, 10);
			has_uid = true;
		}
		if (strncmp(line, "NSpid:\t", strlen("NSpid:\t")) != 0)
			continue;
		/* The first number is the one in the pid namespace of /proc. */
		(void)strtol(line + strlen("NSpid:\t"), &at, 10);
		while (*at == '\t' && identity->count < PROCESS_NUMBERS)
			identity->numbers[identity->count++] = (pid_t)strtol(at + 1, &at, 10);
		break;
	}
	free(line);
	if (!has_uid && errno == 0)
		errno = EPROTO;
	return has_uid ? 0 : -1;
}

int process_read_identity(pid_t pid, struct process_identity *identity)
{
	char path[64];
	FILE *stream;
	int result;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	stream = fopen(path, "re");
	if (stream == NULL)
		return -1;
	identity->numbers[0] = pid;
	result = process_identity_parse(stream, identity);
	(void)fclose(stream);
	return result;
}

enum process_creator process_find_creator(pid_t pid, time_t made, char command[COMMAND_SIZE])
{
	enum process_creator result;
	struct process_stat stat;

	command[0] = '\0';
	if (pid <= 0)
		return CREATOR_UNKNOWN;
	if (!process_numbers_are_ours() || process_read_stat(pid, &stat) < 0)
		return process_lives(pid) ? CREATOR_UNKNOWN : CREATOR_GONE;
	if (process_has_ended(&stat))
		return CREATOR_GONE;
	result = process_judge_creator(process_began(&stat), made);
	if (result == CREATOR_LIVES)
		memcpy(command, stat.command, COMMAND_SIZE);
	return result;
}

bool process_creator_command(pid_t pid, time_t made, char command[COMMAND_SIZE])
{
	return process_find_creator(pid, made, command) == CREATOR_LIVES;
}

void process_command(pid_t pid, char command[COMMAND_SIZE])
{
	char text[COMMAND_SIZE + 1]; /* with the newline */
	ssize_t length = process_read_file(pid, "comm", text, sizeof(text));

	if (length > 0 && text[length - 1] == '\n')
		length--;
	if (length < 0)
		length = 0;
	/* The names of kernel threads may be longer. */
	if (length > COMMAND_SIZE - 1)
		length = COMMAND_SIZE - 1;
	memcpy(command, text, (size_t)length);
	command[length] = '\0';
}

/* The first argument of a program: for a script, the interpreter. Any process may read it. */
static ssize_t read_first_argument(pid_t pid, char path[PATH_MAX])
{
	const ssize_t length = process_read_file(pid, "cmdline", path, PATH_MAX);

	return length > 0 ? (ssize_t)strlen(path) : length;
}

void process_executable(pid_t pid, char name[NAME_MAX + 1])
{
	static const char deleted[] = " (deleted)";
	char entry[32];
	char found[PATH_MAX];
	const char *base;
	ssize_t length;

	name[0] = '\0';
	snprintf(entry, sizeof(entry), "/proc/%d/exe", (int)pid);
	length = readlink(entry, found, sizeof(found) - 1);
	if (length < 0 && errno == EACCES)
		length = read_first_argument(pid, found);
	if (length <= 0)
		return;
	found[length] = '\0';
	/* A package that is upgraded replaces the file. */
	if ((size_t)length > sizeof(deleted) &&
	    strcmp(found + length - (sizeof(deleted) - 1), deleted) == 0)
		found[(size_t)length - (sizeof(deleted) - 1)] = '\0';
	base = strrchr(found, '/');
	base = base != NULL ? base + 1 : found;
	if (strlen(base) <= NAME_MAX)
		memcpy(name, base, strlen(base) + 1);
}

bool process_can_hold(pid_t pid)
{
	struct process_stat stat;

	/* EPERM: hidepid hides all processes of other users, see process_some_are_hidden(). */
	if (process_read_stat(pid, &stat) < 0)
		return errno != ENOENT && errno != ESRCH && errno != EPERM;
	return !process_has_ended(&stat) && !(stat.flags & LINUX_KERNEL_THREAD);
}

bool process_mounts_have(FILE *stream, dev_t device)
{
	char *line = NULL;
	size_t size = 0;
	bool found = false;
	bool has_root = false;

	while (!found && getline(&line, &size, stream) > 0) {
		unsigned int device_major;
		unsigned int device_minor;
		int point = 0;

		/* 25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw */
		if (sscanf(line, "%*d %*d %u:%u %*s %n", &device_major, &device_minor, &point) != 2)
			continue;
		found = makedev(device_major, device_minor) == device;
		has_root = has_root || (point > 0 && strncmp(line + point, "/ ", 2) == 0);
	}
	found = found || !has_root || feof(stream) == 0;
	free(line);
	return found;
}

bool process_has_mounted(pid_t pid, dev_t device)
{
	char path[64];
	struct process_stat process;
	FILE *stream;
	bool found;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	stream = fopen(path, "re");
	/* EINVAL: it is exiting, and has released memory and files; other threads may continue. */
	if (stream == NULL && errno == EINVAL)
		return process_read_stat(pid, &process) == 0 && process.threads > 1;
	if (stream == NULL)
		return true;
	found = process_mounts_have(stream, device);
	(void)fclose(stream);
	return found;
}

bool process_all_are_listed(void)
{
	struct process_stat stat;

	return process_read_stat(2, &stat) == 0 && (stat.flags & LINUX_KERNEL_THREAD) != 0;
}

bool process_some_are_hidden(void)
{
	return access("/proc/1", F_OK) < 0;
}
