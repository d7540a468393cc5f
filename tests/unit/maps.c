#include "unit.h"

#include "system/process_maps.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/*
 * Lines of /proc/PID/maps. A regular file does not support PROCMAP_QUERY, so the lines are parsed.
 */
static const char text[] =
    "55d0c0a00000-55d0c0a21000 rw-p 00000000 00:00 0                          [heap]\n"
    "7f6f2e1f5000-7f6f2e1f6000 rw-s 00000000 00:01 32769                      "
    "/SYSV46010004 (deleted)\n"
    "7f6f2e1f6000-7f6f2e1f8000 r--s 00001000 00:1a 17                         /dev/shm/a b\n"
    "7f6f2e1f8000-7f6f2e1f9000 r-xp 00000000 fe:01 4242                       /usr/lib/libc.so.6\n"
    "7f6f2e1f9000-7f6f2e1fa000 -w-s 00000000 00:01 7                          "
    "/memfd:x (deleted)\n"
    "7ffd5a1c0000-7ffd5a1e1000 rw-p 00000000 00:00 0                          [stack]\n";

static const struct {
	struct process_mapping mapping;
	const char *name;
	bool is_segment;
} expected[] = {
	{ { 0x7f6f2e1f5000, 0x7f6f2e1f6000, 0, 0x001, 32769, true, true, true },
	  "/SYSV46010004 (deleted)",
	  true },
	{ { 0x7f6f2e1f6000, 0x7f6f2e1f8000, 0x1000, 0x01a, 17, true, false, true },
	  "/dev/shm/a b",
	  false },
	{ { 0x7f6f2e1f8000, 0x7f6f2e1f9000, 0, 0xfe01, 4242, true, false, false },
	  "/usr/lib/libc.so.6",
	  false },
	{ { 0x7f6f2e1f9000, 0x7f6f2e1fa000, 0, 0x001, 7, false, true, true },
	  "/memfd:x (deleted)",
	  false },
};

/* Make DIRECTORY/1/maps; returns a descriptor of DIRECTORY. */
static int make_proc(char *directory)
{
	char path[128];
	FILE *stream;

	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/1", directory);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/1/maps", directory);
	stream = fopen(path, "w");
	if (stream != NULL) {
		fputs(text, stream);
		fclose(stream);
	}
	return open(directory, O_RDONLY | O_DIRECTORY);
}

static void remove_proc(const char *directory)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/1/maps", directory);
	unlink(path);
	snprintf(path, sizeof(path), "%s/1", directory);
	rmdir(path);
	rmdir(directory);
}

static void parses_lines(void)
{
	const struct process_maps_request request = { .shared_only = false };
	char directory[] = "/tmp/shmtool-unit-XXXXXX";
	int proc = make_proc(directory);
	struct process_mapping mapping;
	struct process_maps maps;

	if (!unit_check(proc >= 0 && process_maps_open(proc, "1", &request, &maps) == 0,
	                "the file cannot be opened"))
		return;
	for (size_t i = 0; i < UNIT_ROWS(expected); i++) {
		const struct process_mapping *should = &expected[i].mapping;
		char name[64] = "";

		if (!unit_check(process_maps_next(&maps, &mapping) == 1, "%s is missing",
		                expected[i].name))
			break;
		unit_check_number(expected[i].name, mapping.start, should->start);
		unit_check_number(expected[i].name, mapping.end, should->end);
		unit_check_number(expected[i].name, mapping.offset, should->offset);
		unit_check_number(expected[i].name, mapping.inode, should->inode);
		unit_check_number(expected[i].name, mapping.readable, should->readable);
		unit_check_number(expected[i].name, mapping.writable, should->writable);
		unit_check_number(expected[i].name, mapping.shared, should->shared);
		unit_check_number(expected[i].name,
		                  major(mapping.device) << 8 | minor(mapping.device),
		                  should->device);
		unit_check(process_maps_is_segment(&maps, &mapping) == expected[i].is_segment,
		           "%s is of the wrong type", expected[i].name);
		unit_check(process_maps_name(&maps, &mapping, name, sizeof(name)) == 0,
		           "%s has no name", expected[i].name);
		unit_check_text("name", name, expected[i].name);
	}
	unit_check(process_maps_next(&maps, &mapping) == 0, "more mappings than those of files");
	process_maps_close(&maps);
	close(proc);
	remove_proc(directory);
}

static void parses_memory_on_request(void)
{
	static const char *const names[] = {
		"[heap]",
		"/SYSV46010004 (deleted)",
		"/dev/shm/a b",
		"/usr/lib/libc.so.6",
		"/memfd:x (deleted)",
		"[stack]",
	};
	const struct process_maps_request request = { .with_memory = true };
	FILE *stream = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	struct process_mapping mapping;
	struct process_maps maps;
	char name[64];

	process_maps_begin(stream, &request, &maps);
	for (size_t i = 0; i < UNIT_ROWS(names); i++) {
		if (!unit_check(process_maps_next(&maps, &mapping) == 1, "%s is missing", names[i]))
			break;
		(void)process_maps_name(&maps, &mapping, name, sizeof(name));
		unit_check_text("name", name, names[i]);
	}
	unit_check_number("start of the stack", mapping.start, 0x7ffd5a1c0000);
	unit_check_number("end of the stack", mapping.end, 0x7ffd5a1e1000);
	unit_check(process_maps_next(&maps, &mapping) == 0, "more mappings than lines");
	process_maps_close(&maps);
}

static void knows_names_of_segments(void)
{
	static const struct {
		const char *name;
		bool is_segment;
	} rows[] = {
		{ "/SYSV00000000 (deleted)", true },
		{ "/SYSV46010004 (deleted)", true },
		{ "/SYSV4601000 (deleted)", false },
		{ "/SYSV460100045 (deleted)", false },
		{ "/SYSV46010004", false },
		{ "/SYSVx6010004 (deleted)", false },
		{ "/dev/SYSV46010004 (deleted)", false },
		{ "", false },
		{ "/SYSV", false },
		{ "/SYSV46010004 (deleted) (deleted)", false },
	};

	for (size_t i = 0; i < UNIT_ROWS(rows); i++)
		unit_check(process_maps_names_segment(rows[i].name) == rows[i].is_segment, "'%s'",
		           rows[i].name);
}

static const struct unit_test tests[] = {
	{ "lines of /proc/PID/maps are parsed", parses_lines },
	{ "memory without a file is reported on request", parses_memory_on_request },
	{ "names of segments are recognised", knows_names_of_segments },
};

UNIT_SUITE(maps_suite, "maps", tests);
