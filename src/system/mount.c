#include "system/mount.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "system/number_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Decode blanks and backslashes, which are written as three octal digits. */
static void unescape(char *text)
{
	char *target = text;

	for (; *text != '\0'; text++, target++) {
		*target = *text;
		if (*text == '\\' && strspn(text + 1, "01234567") >= 3) {
			*target =
			    (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		}
	}
	*target = '\0';
}

static char *keep(const char *word)
{
	char *kept = needed(strdup(word != NULL ? word : ""));

	unescape(kept);
	return kept;
}

static void free_mount(struct mount *mount)
{
	free(mount->root);
	free(mount->point);
	free(mount->type);
	free(mount->options);
}

/*
 * 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 *
 * Returns false if the line has another form.
 */
static bool parse(char *line, struct mount *mount)
{
	unsigned int device_major;
	unsigned int device_minor;
	char *rest = NULL;
	char *words;
	int length = 0;

	*mount = (struct mount){ .id = 0 };
	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%" SCNu64 " %" SCNu64 " %u:%u %n", &mount->id, &mount->parent,
	           &device_major, &device_minor, &length) < 4 ||
	    length == 0)
		return false;
	mount->device = makedev(device_major, device_minor);
	words = line + length;
	rest = strstr(words, " - ");
	if (rest == NULL)
		return false;
	*rest = '\0';
	rest += strlen(" - ");
	mount->root = keep(strsep(&words, " "));
	mount->point = keep(strsep(&words, " "));
	mount->type = keep(strsep(&rest, " "));
	(void)strsep(&rest, " "); /* mount source */
	/* Still escaped, so that a comma in a value does not end it. */
	mount->options = needed(strdup(rest != NULL ? rest : ""));
	return true;
}

int mount_table_parse(FILE *stream, struct mount_table *table)
{
	char *line = NULL;
	size_t size = 0;
	int result;

	*table = (struct mount_table){ .count = 0 };
	while (errno = 0, getline(&line, &size, stream) > 0) {
		table->mounts = vector_grow(table->mounts, table->count, sizeof(*table->mounts));
		if (parse(line, &table->mounts[table->count]))
			table->count++;
	}
	result = errno != 0 ? -1 : 0;
	free(line);
	return result;
}

int mount_table_read(int process, struct mount_table *table)
{
	const int fd = process < 0 ? -1 : openat(process, "mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *stream = process < 0 ? fopen("/proc/self/mountinfo", "re")
	               : fd >= 0   ? fdopen(fd, "r")
	                           : NULL;
	int result;

	*table = (struct mount_table){ .count = 0 };
	if (stream == NULL) {
		descriptor_close(fd);
		return -1;
	}
	result = mount_table_parse(stream, table);
	(void)fclose(stream);
	return result;
}

int mount_table_read_of(int proc, const char *directory, struct mount_table *table)
{
	const int process = openat(proc, directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result = -1;

	*table = (struct mount_table){ .count = 0 };
	if (process >= 0)
		result = mount_table_read(process, table);
	descriptor_close(process);
	return result;
}

void mount_table_free(struct mount_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free_mount(&table->mounts[i]);
	free(table->mounts);
	*table = (struct mount_table){ .count = 0 };
}

const struct mount *mount_table_find(const struct mount_table *table, uint64_t id)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->mounts[i].id == id)
			return &table->mounts[i];
	}
	return NULL;
}

/* Find a mount at a path whose parent is a given mount; with any parent if below is NULL. */
static const struct mount *find_child(const struct mount_table *table, const struct mount *below,
                                      const char *path, size_t length)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct mount *mount = &table->mounts[i];

		if (mount != below && (below == NULL || mount->parent == below->id) &&
		    strlen(mount->point) == length && memcmp(mount->point, path, length) == 0)
			return mount;
	}
	return NULL;
}

const struct mount *mount_table_at(const struct mount_table *table, const char *path)
{
	const struct mount *mount = NULL;
	size_t length = 1;

	for (;;) {
		const struct mount *child;

		/* Mounts may be stacked; the table's length bounds the loop. */
		for (size_t i = 0; i < table->count; i++) {
			child = find_child(table, mount, path, length);
			if (child == NULL)
				break;
			mount = child;
		}
		if (path[length] == '\0')
			return mount;
		length += strspn(path + length, "/");
		length += strcspn(path + length, "/");
	}
}

int mount_of_descriptor(int fd, uint64_t *id)
{
	struct statx status;
	char path[48];

	/* Linux 5.8. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) == 0 &&
	    (status.stx_mask & STATX_MNT_ID)) {
		*id = status.stx_mnt_id;
		return 0;
	}
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	return number_file_find(path, "mnt_id:", id);
}

dev_t mount_device(const char *path, dev_t device)
{
	const int fd = open(path, O_PATH | O_CLOEXEC);
	struct mount_table table = { .count = 0 };
	const struct mount *mount;
	uint64_t id;

	if (fd < 0)
		return device;
	if (mount_of_descriptor(fd, &id) == 0 && mount_table_read(-1, &table) == 0 &&
	    (mount = mount_table_find(&table, id)) != NULL)
		device = mount->device;
	mount_table_free(&table);
	close(fd);
	return device;
}
