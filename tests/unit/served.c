#include "unit.h"

#include "system/served.h"

#include <stdint.h>
#include <stdio.h>

/* A local disk, a tmpfs, FUSE at a point with a comma and on the tmpfs, an overlay. */
static const char mounts[] = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
			     "2 1 0:9 / /tmp rw - tmpfs none rw\n"
			     "3 1 0:10 / /mnt/a,b rw - fuse.sshfs none rw\n"
			     "4 2 0:11 / /tmp/fuse rw - fuse none rw\n"
			     "5 1 0:12 / /merged rw - overlay none rw,lowerdir=/x\n";

static const struct {
	const char *options;
	bool is_served;
} overlays[] = {
	{ "rw,lowerdir=/tmp/a,upperdir=/tmp/b,workdir=/tmp/c", false },
	{ "rw,lowerdir=/tmp/a:/usr::/b", false },
	{ "rw,lowerdir=/", false },
	{ "rw,lowerdir=/tmp/.a:/tmp/..a:/tmp/a.:/tmp/...", false },
	{ "rw,lowerdir+=/tmp/a,datadir+=/tmp/b", false },
	{ "rw,lowerdir=/tmp/fuse", true },
	{ "rw,lowerdir=/tmp/a:/tmp/fuse/a", true },
	{ "rw,lowerdir=/tmp/a,upperdir=/tmp/fuse/a", true },
	{ "rw,lowerdir+=/tmp/a,datadir+=/tmp/fuse", true },
	/* An overlay on an overlay, and none that is known. */
	{ "rw,lowerdir=/merged/a", true },
	{ "rw", true },
	{ "rw,lowerdir=", true },
	/* Not as mount points are shown. */
	{ "rw,lowerdir=a", true },
	{ "rw,lowerdir=/tmp//fuse", true },
	{ "rw,lowerdir=/usr/../tmp/fuse", true },
	{ "rw,lowerdir=/tmp/./fuse", true },
	{ "rw,lowerdir=/tmp/fuse/..", true },
	{ "rw,lowerdir=/tmp/fuse/.", true },
	/* Linux escapes a comma of a value, and the backslash that mount(8) needs before it. */
	{ "rw,lowerdir=/mnt/a\\134\\054b", true },
	{ "rw,lowerdir=/tmp/a\\134\\054b:/tmp/fuse", true },
};

static void knows_layers_of_overlays(void)
{
	for (size_t i = 0; i < UNIT_ROWS(overlays); i++) {
		struct mount_table table;
		char text[1024];
		FILE *stream;
		int length = snprintf(text, sizeof(text), "%s6 1 0:13 / /o rw - overlay none %s\n",
		                      mounts, overlays[i].options);

		stream = fmemopen(text, (size_t)length, "r");
		if (!unit_check(mount_table_parse(stream, &table) == 0 && table.count == 6,
		                "'%s' is no mount", overlays[i].options))
			return;
		unit_check_number(overlays[i].options,
		                  mount_is_served(&table, &table.mounts[5], true),
		                  overlays[i].is_served);
		unit_check(mount_is_served(&table, &table.mounts[5], false),
		           "others may have disguised '%s'", overlays[i].options);
		mount_table_free(&table);
		(void)fclose(stream);
	}
}

static void knows_types(void)
{
	static const struct {
		const char *type;
		bool is_served;
	} rows[] = {
		{ "ext4", false },      { "tmpfs", false }, { "fuse", true }, { "fuseblk", true },
		{ "fuse.sshfs", true }, { "nfs4", true },   { "9p", true },   { "", false },
	};
	const struct mount_table table = { .count = 0 };

	for (size_t i = 0; i < UNIT_ROWS(rows); i++) {
		struct mount mount = { .type = (char *)(uintptr_t)rows[i].type };

		unit_check_number(rows[i].type, mount_is_served(&table, &mount, true),
		                  rows[i].is_served);
	}
}

static const struct unit_test tests[] = {
	{ "an overlay is local if all of its layers are known to be", knows_layers_of_overlays },
	{ "file systems are known to be served by their types", knows_types },
};

UNIT_SUITE(served_suite, "served", tests);
