#include "unit.h"

#include "system/memory_cgroup.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *text;
	const char *path; /* NULL: none */
	int version;
} groups[] = {
	{ "0::/user.slice\n", "/user.slice", 2 },
	{ "5:cpu,memory:/docker/a\n0::/x\n", "/docker/a", 1 },
	{ "0::/x\n5:memory:/docker/a\n", "/docker/a", 1 },
	{ "3:name=systemd:/init\n0::/a:b\n", "/a:b", 2 },
	{ "5:memory2:/a\n", NULL, 2 },
	{ "", NULL, 2 },
};

static void chooses_the_hierarchy(void)
{
	for (size_t i = 0; i < UNIT_ROWS(groups); i++) {
		char text[128];
		int version = 0;
		const char *path;

		snprintf(text, sizeof(text), "%s", groups[i].text);
		path = memory_cgroup_path(text, &version);
		unit_check_text("path", path != NULL ? path : "none",
		                groups[i].path != NULL ? groups[i].path : "none");
		unit_check(version == groups[i].version, "row %zu: version %d", i, version);
	}
}

static const struct {
	const char *path;
	const char *other;
	const char *common;
} joins[] = {
	{ "/a/b", "/a/b", "/a/b" }, { "/a/b", "/a/c", "/a" }, { "/a/bc", "/a/b", "/a" },
	{ "/a/b", "/a/bc", "/a" },  { "/a", "/a/b", "/a" },   { "/a/b", "/a", "/a" },
	{ "/a", "/b", "/" },        { "/", "/a", "/" },       { "/a", "/", "/" },
};

static void joins_paths(void)
{
	for (size_t i = 0; i < UNIT_ROWS(joins); i++) {
		char path[32];

		snprintf(path, sizeof(path), "%s", joins[i].path);
		memory_cgroup_join(path, joins[i].other);
		unit_check_text(joins[i].path, path, joins[i].common);
	}
}

static char slash[] = "/";
static char docker[] = "/docker/a";
static char unified[] = "/sys/fs/cgroup";
static char memory[] = "/sys/fs/cgroup/memory";
static char tmpfs[] = "tmpfs";
static char cgroup[] = "cgroup";
static char cgroup2[] = "cgroup2";
static char cpu_options[] = "rw,cpu";
static char memory_options[] = "rw,memory";

static const struct {
	struct mount mounts[2];
	const char *path;
	int version;
	const char *file; /* NULL: none */
} files[] = {
	{ { { .type = cgroup2, .root = slash, .point = unified, .options = cpu_options } },
	  "/a/b",
	  2,
	  "/sys/fs/cgroup/a/b/memory.stat" },
	{ { { .type = cgroup2, .root = slash, .point = unified, .options = cpu_options } },
	  "/",
	  2,
	  "/sys/fs/cgroup/memory.stat" },
	{ { { .type = cgroup, .root = docker, .point = memory, .options = memory_options },
	    { .type = cgroup, .root = docker, .point = unified, .options = cpu_options } },
	  "/docker/a",
	  1,
	  "/sys/fs/cgroup/memory/memory.stat" },
	{ { { .type = cgroup, .root = docker, .point = memory, .options = memory_options } },
	  "/docker/a/b",
	  1,
	  "/sys/fs/cgroup/memory/b/memory.stat" },
	/* The group is outside what is mounted. */
	{ { { .type = cgroup, .root = docker, .point = memory, .options = memory_options } },
	  "/docker/ab",
	  1,
	  "/sys/fs/cgroup/memory/memory.stat" },
	{ { { .type = cgroup, .root = slash, .point = memory, .options = cpu_options } },
	  "/a",
	  1,
	  NULL },
};

static void finds_the_file(void)
{
	for (size_t i = 0; i < UNIT_ROWS(files); i++) {
		struct mount root = { .type = tmpfs, .point = slash, .root = slash };
		struct mount mounts[2] = { files[i].mounts[0], files[i].mounts[1].type == NULL
			                                           ? root
			                                           : files[i].mounts[1] };
		struct mount_table table = { .mounts = mounts, .count = 2 };
		char *file;

		file = memory_cgroup_file(&table, files[i].path, files[i].version);
		unit_check_text(files[i].path, file != NULL ? file : "none",
		                files[i].file != NULL ? files[i].file : "none");
		free(file);
	}
}

static const struct unit_test tests[] = {
	{ "the group of the memory controller, of version 1 or 2", chooses_the_hierarchy },
	{ "the part that two groups have in common", joins_paths },
	{ "the file of a group, also if only a part of the hierarchy is mounted", finds_the_file },
};

UNIT_SUITE(memory_cgroup_suite, "memory_cgroup", tests);
