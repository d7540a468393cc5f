#include "commands/shared/accounting/collect.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "commands/shared/accounting/held_lines.h"
#include "commands/shared/accounting/huge_lines.h"
#include "commands/shared/accounting/place_line.h"
#include "objects/posix.h"
#include "objects/segment.h"
#include "objects/sum.h"
#include "system/drm_memory.h"
#include "system/namespace_list.h"
#include "system/number_file.h"
#include "system/place.h"
#include "system/process.h"
#include "system/process_list.h"
#include "system/tmpfs_list.h"
#include "system/tmpfs_sum.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The state while lines are added. */
struct collector {
	struct usage_lines *lines;
	bool is_swapping; /* something is in swap, so that it matters what is */
	ino_t ipc;        /* our IPC namespace */
	struct tmpfs_list mounts;
	struct held_groups held;
	dev_t posix; /* device of POSIX_DIRECTORY, if it is a tmpfs; 0: it is not */
	struct tmpfs_sum posix_known; /* objects there, which have lines of their own */
	struct sysv_huge_memory huge_segments[HUGEPAGE_POOLS_MAX];
	struct error *error;
	int result;
};

/* Set the memory of a line whose part in swap is unknown, unless nothing at all is in swap. */
static void set_used(const struct collector *collector, struct usage_line *line, uint64_t count,
                     uint64_t used)
{
	usage_line_set(line, count, used, 0);
	if (collector->is_swapping)
		line->known &= ~(unsigned int)USAGE_SPLIT;
}

bool usage_is_swapping(void)
{
	uint64_t total = 0;
	uint64_t available = 0;

	return number_file_find("/proc/meminfo", "SwapTotal:", &total) == 0 &&
	       number_file_find("/proc/meminfo", "SwapFree:", &available) == 0 &&
	       total != available;
}

/* Add the segments of the IPC namespace that the program is in. */
static void add_segments(struct collector *collector, struct usage_line *line)
{
	struct sysv_memory memory;

	if (sysv_read_memory(&memory) < 0) {
		line->reason = needed_text("/proc/sysvipc/shm can't be read: %s", strerror(errno));
		return;
	}
	usage_line_set(line, memory.segments, memory.resident, memory.swapped);
	for (size_t i = 0; i < HUGEPAGE_POOLS_MAX; i++) {
		collector->huge_segments[i].segments += memory.huge[i].segments;
		collector->huge_segments[i].resident += memory.huge[i].resident;
	}
	if (memory.unclear > 0)
		line->reason =
		    needed_text("without %" PRIu64 " segments that may be in huge pages or not",
		                memory.unclear);
}

/* Enter each other IPC namespace, never to return. */
static void add_other_segments(struct collector *collector)
{
	struct ipc_namespace_list list;
	struct error one;

	if (ipc_namespaces_list(&list, &one) < 0)
		collector->result = error_join(collector->error, collector->result, &one);
	for (size_t i = 0; i < list.count; i++) {
		const struct ipc_namespace *namespace = &list.namespaces[i];
		struct usage_line *line;

		if (namespace->is_repeated || namespace->inode == collector->ipc)
			continue;
		line = usage_line_add(
		    collector->lines, "shm", "System V segments of process %d (%s)",
		    (int)namespace->holder, process_command_text(namespace->command));
		line->is_place = true;
		line->namespace = namespace->inode;
		line->pid = namespace->holder;
		memcpy(line->command, namespace->command, sizeof(line->command));
		if (place_enter_ipc(namespace->holder, namespace->inode) == 0)
			add_segments(collector, line);
		else if (errno == ESRCH || errno == ENOENT)
			usage_line_set(line, 0, 0, 0);
		else
			line->reason =
			    needed_text("the IPC namespace can't be entered: %s", strerror(errno));
	}
	ipc_namespaces_free(&list);
}

/* Sum up the POSIX objects of one kind. */
static void add_posix(struct collector *collector, const struct object_list *list,
                      enum object_kind kind, const char *what)
{
	struct object_sum sum = { .files = 0 };
	struct object_sum resident = { .files = 0 };
	bool is_split = true;
	struct usage_line *line;

	for (size_t i = 0; i < list->count; i++) {
		struct shm_object object = list->objects[i];

		if (object.kind != kind)
			continue;
		object_sum_add(&sum, &object);
		is_split &= object.used == 0 || (object.known & KNOWN_RESIDENCY);
		object.used = object.resident;
		object_sum_add(&resident, &object);
	}
	object_sum_end(&sum);
	object_sum_end(&resident);
	line = usage_line_add(collector->lines, kind == KIND_PSHM ? "pshm" : "psem", "%s in %s",
	                      what, POSIX_DIRECTORY);
	line->where = needed(strdup(POSIX_DIRECTORY));
	if (collector->is_swapping && is_split)
		usage_line_set(line, sum.files, resident.used,
		               number_minus(sum.used, resident.used));
	else
		set_used(collector, line, sum.files, sum.used);
	collector->posix_known.files += sum.files;
	collector->posix_known.used += line->bytes;
	collector->posix_known.resident += line->resident;
}

static void add_posix_objects(struct collector *collector)
{
	struct object_list list = { .count = 0 };
	struct error one;

	if (posix_list(KINDS_DEVSHM, &list, &one) < 0)
		collector->result = error_join(collector->error, collector->result, &one);
	for (enum object_kind kind = KIND_PSHM; collector->is_swapping && kind <= KIND_PSEM; kind++)
		(void)posix_collect(&list, kind, NEED_RESIDENCY);
	add_posix(collector, &list, KIND_PSHM, "POSIX objects");
	add_posix(collector, &list, KIND_PSEM, "named semaphores");
	object_list_free(&list);
}

/*
 * Find the device of POSIX_DIRECTORY, if it is a tmpfs whose memory is known; otherwise the reason
 * why not.
 */
static dev_t find_posix(const struct tmpfs_list *mounts, bool is_complete, char **reason)
{
	const struct tmpfs *tmpfs;
	struct stat st;

	if (stat(POSIX_DIRECTORY, &st) < 0) {
		*reason = needed_text("%s", strerror(errno));
		return 0;
	}
	tmpfs = tmpfs_list_find(mounts, st.st_dev);
	if (tmpfs != NULL && tmpfs->type != TMPFS_HUGE)
		return st.st_dev;
	*reason = needed_text("%s", tmpfs != NULL || is_complete
	                                ? "it is not a tmpfs, so they are not shared memory"
	                                : "the mounts can't be read");
	return 0;
}

/*
 * Set the memory of a line: that of the file system without what has other lines. The files are
 * added up only if the kernel does not count them, or to find out what is in swap.
 */
static void set_mount(const struct collector *collector, const struct tmpfs *tmpfs,
                      const struct tmpfs_sum *other, struct usage_line *line)
{
	const struct held_group removed = held_groups_on(&collector->held, tmpfs->device);
	struct tmpfs_sum sum = { .is_unsplit = true };
	int directory;

	set_used(collector, line, number_minus(tmpfs->files, removed.files + other->files),
	         number_minus(tmpfs->used, removed.resident + removed.swapped + other->used));
	if (tmpfs->has_use && (!collector->is_swapping || line->bytes == 0))
		return;
	directory = tmpfs_open(tmpfs);
	if (directory >= 0)
		tmpfs_sum_read(directory, collector->is_swapping, NULL, &sum);
	if (!tmpfs->has_use) {
		line->known = 0;
		if (directory < 0)
			line->reason = usage_place_reason(errno);
		else if (sum.is_partial)
			line->reason = needed_text("some directories can't be read");
		if (directory >= 0)
			set_used(collector, line, number_minus(sum.files, other->files),
			         number_minus(sum.used, other->used));
	}
	descriptor_close(directory);
	if (collector->is_swapping && !sum.is_unsplit && !sum.is_partial &&
	    (line->known & USAGE_BYTES)) {
		const uint64_t resident = number_minus(sum.resident, other->resident);

		usage_line_set(line, line->count, line->bytes - number_minus(line->bytes, resident),
		               number_minus(line->bytes, resident));
	}
}

static void add_mount(struct collector *collector, const struct tmpfs *tmpfs)
{
	const bool is_posix = tmpfs->device == collector->posix;
	const struct tmpfs_sum none = { .files = 0 };
	struct usage_line *line = usage_place_line_add(collector->lines, tmpfs, "tmpfs");

	if (is_posix && strcmp(tmpfs->point, POSIX_DIRECTORY) == 0) {
		line->kind = "dir";
		free(line->what);
		line->what = needed_text("directories and other files in %s", tmpfs->point);
	}
	if (!tmpfs->has_use && tmpfs->failure != 0)
		line->reason = usage_place_reason(tmpfs->failure);
	else
		set_mount(collector, tmpfs, is_posix ? &collector->posix_known : &none, line);
}

static void add_mounts(struct collector *collector)
{
	for (size_t i = 0; i < collector->mounts.count; i++) {
		if (collector->mounts.items[i].type != TMPFS_HUGE)
			add_mount(collector, &collector->mounts.items[i]);
	}
}

/* Buffers that are mapped may be in no report, if the driver makes none. */
static void add_graphics(const struct collector *collector)
{
	const uint64_t mapped = collector->held.graphics;
	struct drm_memory memory;
	struct usage_line *line;

	drm_memory_find(&memory);
	line = usage_line_add(collector->lines, "graphics", "graphics buffers (drm-memory)");
	line->is_place = true;
	set_used(collector, line, memory.clients, memory.bytes > mapped ? memory.bytes : mapped);
}

void usage_find_blind(struct users_blind *blind)
{
	struct pid_list all;
	struct stat st;
	size_t count = 0;

	blind->no_proc = !process_proc_is_mounted();
	if (blind->no_proc)
		return;
	(void)pid_list_all(&all);
	for (size_t i = 0; i < all.count; i++) {
		if (process_ipc_namespace(all.pids[i], &st) < 0 && errno != ENOENT &&
		    errno != ESRCH && process_can_hold(all.pids[i]))
			all.pids[count++] = all.pids[i];
	}
	users_blind_fill(blind, all.pids, count);
	pid_list_free(&all);
}

int usage_collect(struct usage_lines *lines, struct users_blind *blind, struct error *error)
{
	struct collector collector = {
		.lines = lines,
		.is_swapping = usage_is_swapping(),
		.ipc = ipc_namespace_own(),
		.error = error,
	};
	struct error one;
	char *reason = NULL;
	bool is_complete;

	add_segments(&collector, usage_line_add(lines, "shm", "System V segments"));
	is_complete = tmpfs_list_read(&collector.mounts) == 0;
	if (!is_complete) {
		error_set_errno(&one, errno, "the mounts can't be read");
		collector.result = error_join(error, collector.result, &one);
	}
	if (held_groups_find(&collector.held, collector.is_swapping, &one) < 0)
		collector.result = error_join(error, collector.result, &one);
	collector.posix = find_posix(&collector.mounts, is_complete, &reason);
	if (collector.posix != 0)
		add_posix_objects(&collector);
	else
		usage_line_add(lines, "pshm", "POSIX objects in %s", POSIX_DIRECTORY)->reason =
		    reason;
	add_mounts(&collector);
	held_groups_add_lines(&collector.held, &collector.mounts, lines);
	add_graphics(&collector);
	usage_huge_lines_add(lines, &collector.mounts);
	held_groups_free(&collector.held);
	tmpfs_list_free(&collector.mounts);
	usage_find_blind(blind);
	/* Last, since this changes what the program sees. */
	add_other_segments(&collector);
	usage_huge_segments_add(lines, collector.huge_segments);
	return collector.result;
}
