#include "ipc/process.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Read what fits of a small file of /proc; returns its length in bytes, or -1. */
static ssize_t read_process_file(pid_t pid, const char *file, char *text, size_t size)
{
	char path[64];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = read(fd, text, size - 1);
	close(fd);
	if (length >= 0)
		text[length] = '\0';
	return length;
}

/* Seconds since 1970 at which the machine was booted, as CLOCK_REALTIME is set now. */
static time_t boot_time(void)
{
	struct timespec now;
	struct timespec since_boot;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &since_boot);
	return now.tv_sec - since_boot.tv_sec;
}

/*
 * Take the command's name and the start time in clock ticks since boot out of /proc/PID/stat. The
 * name stands in parentheses and may hold any character, parentheses too.
 */
static bool parse_stat(const char *text, char command[COMMAND_SIZE], unsigned long long *ticks)
{
	const char *open_parenthesis = strchr(text, '(');
	const char *end = strrchr(text, ')');
	size_t length;

	if (open_parenthesis == NULL || end == NULL)
		return false;
	length = (size_t)(end - open_parenthesis - 1);
	if (length >= COMMAND_SIZE)
		length = COMMAND_SIZE - 1;
	memcpy(command, open_parenthesis + 1, length);
	command[length] = '\0';
	return sscanf(end + 1,
	              " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
	              "%*d %llu",
	              ticks) == 1;
}

bool process_creator_command(pid_t pid, time_t made, char command[COMMAND_SIZE])
{
	unsigned long long ticks;
	char text[1024];
	time_t started;

	command[0] = '\0';
	if (pid <= 0 || read_process_file(pid, "stat", text, sizeof(text)) < 0)
		return false;
	if (!parse_stat(text, command, &ticks)) {
		command[0] = '\0';
		return false;
	}
	started = boot_time() + (time_t)(ticks / (unsigned long)sysconf(_SC_CLK_TCK));
	/* Both times are cut to whole seconds: within one the process gets the benefit. */
	if (started > made + 1) {
		command[0] = '\0';
		return false;
	}
	return true;
}
