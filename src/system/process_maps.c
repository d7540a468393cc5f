#include "system/process_maps.h"

#include "base/descriptor.h"
#include "base/number.h"
#include "system/linux.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PATH_SIZE = 64, NAME_SIZE = 64, TEXT_BUFFER = 1 << 16 };

/* Set once the query has failed: it is not tried again. Atomic, since all threads may set it. */
static atomic_bool query_is_missing;

bool process_maps_names_segment(const char *name)
{
	const char prefix[] = "/SYSV";
	const char *digits = name + sizeof(prefix) - 1;

	return strncmp(name, prefix, sizeof(prefix) - 1) == 0 &&
	       strspn(digits, "0123456789abcdef") == 8 && strcmp(digits + 8, " (deleted)") == 0;
}

static int open_file(int proc, const char *directory, const char *name)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return openat(proc, path, O_RDONLY | O_CLOEXEC);
}

static uint64_t flags_of(const struct process_maps_request *request)
{
	return LINUX_MAP_COVERING_OR_NEXT | (request->with_memory ? 0 : LINUX_MAP_FILE_BACKED) |
	       (request->shared_only ? LINUX_MAP_SHARED : 0);
}

void process_maps_begin(FILE *text, const struct process_maps_request *request,
                        struct process_maps *maps)
{
	*maps = (struct process_maps){ .fd = -1, .flags = flags_of(request), .text = text };
}

/* Switch to the text. Nothing has been read from the descriptor yet. */
static int begin_text(struct process_maps *maps, int fd)
{
	maps->fd = -1;
	maps->text = fdopen(fd, "r");
	if (maps->text == NULL) {
		descriptor_close(fd);
		return -1;
	}
	/* A large buffer saves reads: the kernel returns as many lines as fit. */
	setvbuf(maps->text, NULL, _IOFBF, TEXT_BUFFER);
	return 0;
}

int process_maps_open(int proc, const char *directory, const struct process_maps_request *request,
                      struct process_maps *maps)
{
	bool is_text = request->resident || atomic_load(&query_is_missing);
	int fd = open_file(proc, directory, request->resident ? "smaps" : "maps");

	memset(maps, 0, sizeof(*maps));
	maps->fd = fd;
	maps->flags = flags_of(request);
	if (fd < 0) {
		/* ENOENT: the process has exited. */
		if (errno == ENOENT)
			errno = ESRCH;
		return -1;
	}
	return is_text ? begin_text(maps, fd) : 0;
}

static int query_next(struct process_maps *maps, struct process_mapping *mapping)
{
	struct linux_map_query query = {
		.size = sizeof(query),
		.flags = maps->flags,
		.address = maps->address,
	};

	if (ioctl(maps->fd, LINUX_MAP_QUERY, &query) < 0)
		return errno == ENOENT ? 0 : -1;
	maps->address = query.end;
	mapping->start = query.start;
	mapping->end = query.end;
	mapping->offset = query.offset;
	mapping->device = makedev(query.device_major, query.device_minor);
	mapping->inode = (ino_t)query.inode;
	mapping->readable = (query.found_flags & LINUX_MAP_READABLE) != 0;
	mapping->writable = (query.found_flags & LINUX_MAP_WRITABLE) != 0;
	mapping->shared = (query.found_flags & LINUX_MAP_SHARED) != 0;
	return 1;
}

/* Parse a number and the character that follows it, and advance the text. */
static bool take_number(const char **text, enum number_base base, char behind, uint64_t *number)
{
	return number_take(text, base, number) == NUMBER_READ && *(*text)++ == behind;
}

/*
 * "7f6f2e1f5000-7f6f2e1f6000 rw-s 00000000 00:01 32769      /SYSV46010004 (deleted)". Other lines
 * of smaps begin with a word and a colon.
 */
static bool parse_mapping(char *line, struct process_mapping *mapping, const char **name)
{
	const char *rest = line;
	const char *access;
	uint64_t device_major;
	uint64_t device_minor;
	uint64_t inode;

	if (!take_number(&rest, 16, '-', &mapping->start) ||
	    !take_number(&rest, 16, ' ', &mapping->end) || strlen(rest) < 5)
		return false;
	access = rest;
	rest += 5;
	if (!take_number(&rest, 16, ' ', &mapping->offset) ||
	    !take_number(&rest, 16, ':', &device_major) ||
	    !take_number(&rest, 16, ' ', &device_minor))
		return false;
	(void)number_take(&rest, NUMBER_DECIMAL, &inode);
	mapping->device = makedev((unsigned int)device_major, (unsigned int)device_minor);
	mapping->inode = (ino_t)inode;
	mapping->readable = access[0] == 'r';
	mapping->writable = access[1] == 'w';
	mapping->shared = access[3] == 's';
	line[strcspn(line, "\n")] = '\0';
	*name = rest + strspn(rest, " ");
	return true;
}

static int text_next(struct process_maps *maps, struct process_mapping *mapping)
{
	const char *name;

	for (;;) {
		errno = 0;
		if (!maps->line_is_unread &&
		    getline(&maps->line, &maps->line_size, maps->text) < 0) {
			/* On older kernels, the file of a process without memory is empty. */
			if (errno == 0 && !maps->any_line)
				errno = ESRCH;
			return errno == 0 ? 0 : -1;
		}
		maps->line_is_unread = false;
		maps->any_line = true;
		if (!parse_mapping(maps->line, mapping, &name))
			continue;
		/* A mapping without a file has no inode. */
		if ((maps->flags & LINUX_MAP_FILE_BACKED) && mapping->inode == 0 &&
		    mapping->device == 0)
			continue;
		if ((maps->flags & LINUX_MAP_SHARED) && !mapping->shared)
			continue;
		maps->name = name;
		return 1;
	}
}

int process_maps_next(struct process_maps *maps, struct process_mapping *mapping)
{
	int result;

	if (maps->text != NULL)
		return text_next(maps, mapping);
	result = query_next(maps, mapping);
	if (result >= 0 || errno == ESRCH || maps->address != 0)
		return result;
	/* ENOTTY: an older kernel. Other failures, such as by seccomp(2), are treated alike. */
	atomic_store(&query_is_missing, true);
	return begin_text(maps, maps->fd) < 0 ? -1 : text_next(maps, mapping);
}

int process_maps_name(struct process_maps *maps, const struct process_mapping *mapping, char *name,
                      size_t size)
{
	struct linux_map_query query = {
		.size = sizeof(query),
		.flags = LINUX_MAP_FILE_BACKED,
		.address = mapping->start,
		.name_size = (uint32_t)size,
		.name_address = (uintptr_t)name,
	};

	*name = '\0';
	if (maps->text != NULL) {
		if (strlen(maps->name) < size)
			stpcpy(name, maps->name);
		return 0;
	}
	/* The name stays empty if it does not fit, or if the mapping is gone. */
	if (ioctl(maps->fd, LINUX_MAP_QUERY, &query) < 0) {
		*name = '\0';
		return errno == ENAMETOOLONG || errno == ENOENT ? 0 : -1;
	}
	if (query.inode != mapping->inode || query.name_size == 0)
		*name = '\0';
	return 0;
}

int process_maps_is_segment(struct process_maps *maps, const struct process_mapping *mapping)
{
	char name[NAME_SIZE];

	if (process_maps_name(maps, mapping, name, sizeof(name)) < 0)
		return -1;
	return process_maps_names_segment(name);
}

/* The line in field is the next mapping. Swap the buffers, since maps->name points into line. */
static void keep_for_next(struct process_maps *maps)
{
	char *line = maps->field;
	size_t size = maps->field_size;

	maps->field = maps->line;
	maps->field_size = maps->line_size;
	maps->line = line;
	maps->line_size = size;
	maps->line_is_unread = true;
}

/* Add a line of statistics of smaps to a sum. */
static void add_field(const char *line, struct process_maps_memory *memory)
{
	const struct {
		const char *word;
		uint64_t *sum;
	} fields[] = {
		{ "Rss:", &memory->resident },
		{ "Pss:", &memory->proportional },
		{ "Shared_Hugetlb:", &memory->huge },
		{ "Private_Hugetlb:", &memory->huge },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const size_t length = strlen(fields[i].word);
		const char *number = line + length;
		uint64_t kilobytes;

		if (strncmp(line, fields[i].word, length) != 0)
			continue;
		(void)number_take_signed(&number, NUMBER_DECIMAL, &kilobytes, NULL);
		*fields[i].sum += kilobytes * 1024;
	}
}

struct process_maps_memory process_maps_memory(struct process_maps *maps)
{
	struct process_maps_memory memory = { .resident = 0 };

	while (maps->text != NULL && getline(&maps->field, &maps->field_size, maps->text) > 0) {
		/* Fields begin with a capital letter, mappings with the hexadecimal address. */
		if (!isupper((unsigned char)*maps->field)) {
			keep_for_next(maps);
			break;
		}
		add_field(maps->field, &memory);
	}
	memory.resident += memory.huge;
	return memory;
}

void process_maps_close(struct process_maps *maps)
{
	if (maps->text != NULL)
		(void)fclose(maps->text);
	else
		descriptor_close(maps->fd);
	free(maps->line);
	free(maps->field);
	maps->text = NULL;
	maps->line = NULL;
	maps->field = NULL;
	maps->fd = -1;
}
