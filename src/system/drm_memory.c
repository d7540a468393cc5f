#include "system/drm_memory.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "system/process_files.h"
#include "system/process_list.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Major numbers of /dev/dri and /dev/accel. */
enum { MAJOR_DRM = 226, MAJOR_ACCEL = 261 };

/* The size of /proc/PID/fdinfo/N that is read. */
enum { TEXT_SIZE = 8192, PATH_SIZE = 64 };

struct search {
	struct drm_client *clients;
	size_t count;
	int proc;
};

static bool is_number_and_unit(const char *text, uint64_t *bytes)
{
	char unit[4] = "";

	if (sscanf(text, "%" SCNu64 " %3s", bytes, unit) < 1)
		return false;
	*bytes <<= strcmp(unit, "KiB") == 0 ? 10 : strcmp(unit, "MiB") == 0 ? 20 : 0;
	return true;
}

static bool is_shared_memory(const struct drm_client *client, const char *region)
{
	return strcmp(region, "memory") == 0 ||
	       (strcmp(client->driver, "i915") == 0 && strncmp(region, "system", 6) == 0);
}

/* Returns the rest of a text that begins with a prefix, or NULL. */
static const char *after(const char *text, const char *prefix)
{
	const size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

bool drm_client_parse(char *text, struct drm_client *client)
{
	uint64_t resident = 0;
	uint64_t memory = 0;
	bool has_id = false;
	char *line;

	*client = (struct drm_client){ .id = 0 };
	/* drm-resident-memory: 1024 KiB. The driver comes first. */
	while ((line = strsep(&text, "\n")) != NULL) {
		const char *key = strsep(&line, ":");
		const char *region;
		uint64_t bytes;

		if (line == NULL)
			continue;
		line += strspn(line, " \t");
		if (strcmp(key, "drm-driver") == 0)
			snprintf(client->driver, DRM_NAME_SIZE, "%s", line);
		else if (strcmp(key, "drm-pdev") == 0)
			snprintf(client->device, DRM_NAME_SIZE, "%s", line);
		else if (strcmp(key, "drm-client-id") == 0)
			has_id = sscanf(line, "%" SCNu64, &client->id) == 1;
		else if ((region = after(key, "drm-resident-")) != NULL &&
		         is_shared_memory(client, region) && is_number_and_unit(line, &bytes))
			resident += bytes;
		else if ((region = after(key, "drm-memory-")) != NULL &&
		         is_shared_memory(client, region) && is_number_and_unit(line, &bytes))
			memory += bytes;
	}
	/* The older key for the same number. */
	client->bytes = resident > 0 ? resident : memory;
	return has_id;
}

static void take_client(struct search *search, const char *process, const char *fd)
{
	struct drm_client *clients;
	char path[PATH_SIZE];
	char text[TEXT_SIZE];
	ssize_t length = -1;
	int file;

	snprintf(path, sizeof(path), "%s/fdinfo/%.16s", process, fd);
	file = openat(search->proc, path, O_RDONLY | O_CLOEXEC);
	if (file >= 0)
		length = read(file, text, sizeof(text) - 1);
	descriptor_close(file);
	if (length < 0)
		return;
	text[length] = '\0';
	search->clients = vector_grow(search->clients, search->count, sizeof(*search->clients));
	clients = search->clients;
	search->count += drm_client_parse(text, &clients[search->count]);
}

static void look_at_process(struct search *search, pid_t pid)
{
	struct process_files files;
	char process[16];
	const char *name;
	struct statx found;

	snprintf(process, sizeof(process), "%d", (int)pid);
	if (process_files_open(search->proc, process, &files) < 0)
		return;
	while (process_files_next(&files, &name) > 0) {
		if (process_files_look(files.directory, name, STATX_TYPE, &found) > 0 &&
		    (found.stx_mask & STATX_TYPE) && S_ISCHR(found.stx_mode) &&
		    (found.stx_rdev_major == MAJOR_DRM || found.stx_rdev_major == MAJOR_ACCEL))
			take_client(search, process, name);
	}
	process_files_close(&files);
}

static int compare(const void *left, const void *right)
{
	const struct drm_client *a = left;
	const struct drm_client *b = right;
	int order = strcmp(a->driver, b->driver);

	if (order == 0)
		order = strcmp(a->device, b->device);
	return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

/* Check /proc/devices: "226 drm". */
static bool has_devices(void)
{
	FILE *stream = fopen("/proc/devices", "re");
	char *line = NULL;
	size_t size = 0;
	bool result = false;

	while (stream != NULL && !result && getline(&line, &size, stream) > 0)
		result = strstr(line, " drm\n") != NULL || strstr(line, " accel\n") != NULL;
	free(line);
	if (stream != NULL)
		(void)fclose(stream);
	return result;
}

void drm_memory_find(struct drm_memory *memory)
{
	struct search search = { .count = 0 };
	struct pid_list pids = { .count = 0 };

	*memory = (struct drm_memory){ .clients = 0 };
	if (!has_devices())
		return;
	search.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (search.proc >= 0)
		(void)pid_list_all(&pids);
	for (size_t i = 0; i < pids.count; i++)
		look_at_process(&search, pids.pids[i]);
	if (search.count > 0)
		qsort(search.clients, search.count, sizeof(*search.clients), compare);
	for (size_t i = 0; i < search.count; i++) {
		if (i > 0 && compare(&search.clients[i], &search.clients[i - 1]) == 0)
			continue;
		memory->clients++;
		memory->bytes += search.clients[i].bytes;
	}
	free(search.clients);
	pid_list_free(&pids);
	descriptor_close(search.proc);
}
