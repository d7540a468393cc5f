#include "events/tracepoint_format.h"

#include "base/descriptor.h"
#include "base/number.h"
#include "system/linux.h"
#include "system/remote_call.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Where tracefs is mounted, if it is. Below debugfs, opening its mount point would mount it. */
static const char usual[] = "/sys/kernel/tracing";

/* Where the child mounts it; the last one exists also without /sys. */
static const char *const points[] = { "/sys/kernel/tracing", "/proc" };

/* Size of a format file, in bytes; those that matter have less than 2000. */
enum { FORMAT_SIZE = 1 << 14 };

enum { COUNT_POINTS = sizeof(points) / sizeof(points[0]) };

/* The request to the child, and its answer. */
struct question {
	const struct tracepoint_name *names;
	size_t count;
};

struct answer {
	int failure; /* errno; 0: success */
	bool has_calls;
	struct tracepoint_format formats[TRACEPOINTS_MAX];
};

_Static_assert(sizeof(struct answer) <= REMOTE_CALL_ANSWER_MAX, "answer of a remote_call()");

/* Open a directory if it is tracefs; returns -1 with errno otherwise. */
static int open_tracefs(const char *path)
{
	const int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return -1;
	if (fstatfs(fd, &fs) == 0 && fs.f_type == TRACEFS_MAGIC)
		return fd;
	descriptor_close(fd);
	errno = ENOENT;
	return -1;
}

/* Find a number after a word, as in "offset:16;". Returns 0 if there is none. */
static uint64_t number_after(const char *line, const char *word)
{
	const char *text = strstr(line, word);
	uint64_t number = 0;

	if (text != NULL) {
		text += strlen(word);
		(void)number_take(&text, NUMBER_DECIMAL, &number);
	}
	return number;
}

/*
 * Take one line: "field:key_t key; offset:16; size:8; signed:0;".
 *
 * @param taken  number of fields so far
 */
static void take_field(const struct tracepoint_name *name, const char *line, size_t *taken,
                       struct tracepoint_format *format)
{
	const char *end = strchr(line, ';');
	const char *word;
	size_t place = TRACEPOINT_FIELDS;

	if (end == NULL)
		return;
	/* "char comm[16]", but "char[] filename". */
	if (end[-1] == ']') {
		while (end > line && *end != '[')
			end--;
	}
	word = end;
	while (word > line && word[-1] != ' ' && word[-1] != '*')
		word--;
	if (name->fields[0] == NULL && strncmp(word, "common_", 7) != 0 &&
	    strncmp(word, "__", 2) != 0)
		place = (*taken)++;
	for (size_t i = 0; i < TRACEPOINT_FIELDS && name->fields[i] != NULL; i++) {
		if ((size_t)(end - word) == strlen(name->fields[i]) &&
		    strncmp(word, name->fields[i], (size_t)(end - word)) == 0)
			place = i;
	}
	if (place >= TRACEPOINT_FIELDS)
		return;
	format->offsets[place] = (uint16_t)number_after(end, "offset:");
	format->sizes[place] = (uint8_t)number_after(end, "size:");
}

void tracepoint_format_parse(const struct tracepoint_name *name, char *text,
                             struct tracepoint_format *format)
{
	size_t taken = 0;
	const char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		if (strncmp(line, "ID: ", 4) == 0)
			format->number = (uint16_t)number_after(line, "ID: ");
		else if (strncmp(line, "\tfield:", 7) == 0)
			take_field(name, line, &taken, format);
	}
}

/* Read a format file. A tracepoint that the kernel lacks keeps the number 0. */
static void read_format(int tracefs, const struct tracepoint_name *name,
                        struct tracepoint_format *format)
{
	char text[FORMAT_SIZE];
	char path[96];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "events/%s/%s/format", name->group, name->name);
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	length = read(fd, text, sizeof(text) - 1);
	descriptor_close(fd);
	text[length > 0 ? length : 0] = '\0';
	tracepoint_format_parse(name, text, format);
}

static void read_formats(int tracefs, const struct question *question, struct answer *answer)
{
	struct stat st;

	answer->has_calls = fstatat(tracefs, "events/syscalls", &st, 0) == 0;
	if (!answer->has_calls && errno != ENOENT)
		answer->failure = errno;
	for (size_t i = 0; i < question->count; i++)
		read_format(tracefs, &question->names[i], &answer->formats[i]);
}

/* In the child. */
static void mount_and_read(const void *argument, void *result)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	struct answer *answer = result;
	size_t i = 0;
	int tracefs;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		answer->failure = errno;
		return;
	}
	while (i < COUNT_POINTS && mount("tracefs", points[i], "tracefs", flags, NULL) < 0)
		i++;
	tracefs = i < COUNT_POINTS ? open_tracefs(points[i]) : -1;
	if (tracefs < 0)
		answer->failure = errno;
	else
		read_formats(tracefs, argument, answer);
}

static int fail(int number, struct error *error)
{
	if (number == ENODEV)
		return error_set(error, STATUS_FAILED,
		                 "the kernel has no tracefs (CONFIG_FTRACE_SYSCALLS)");
	return error_set_errno(error, number, "tracefs can't be read (this needs root)");
}

int tracepoint_formats_read(const struct tracepoint_name *names, size_t count,
                            struct tracepoint_format *formats, struct error *error)
{
	const struct question question = { .names = names, .count = count };
	struct answer answer = { .failure = ENOENT };
	const int tracefs = open_tracefs(usual);

	if (tracefs >= 0) {
		answer.failure = 0;
		read_formats(tracefs, &question, &answer);
		descriptor_close(tracefs);
	} else if (remote_call(mount_and_read, &question, &answer, sizeof(answer)) < 0) {
		answer.failure = errno;
	}
	if (answer.failure != 0)
		return fail(answer.failure, error);
	if (!answer.has_calls)
		return error_set(error, STATUS_FAILED,
		                 "the kernel has no tracepoints of system calls "
		                 "(CONFIG_FTRACE_SYSCALLS)");
	memcpy(formats, answer.formats, count * sizeof(*formats));
	return 0;
}

uint64_t tracepoint_field(const struct tracepoint_format *format, size_t field, const void *data,
                          size_t size)
{
	const char *place = (const char *)data + format->offsets[field];
	uint32_t word;
	uint64_t number = 0;

	if (format->offsets[field] == 0 ||
	    (size_t)format->offsets[field] + format->sizes[field] > size)
		return 0;
	if (format->sizes[field] == sizeof(word)) {
		memcpy(&word, place, sizeof(word));
		return word;
	}
	if (format->sizes[field] == sizeof(number))
		memcpy(&number, place, sizeof(number));
	return number;
}
