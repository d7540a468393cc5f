#include "unit.h"

#include "usage/aside.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

static void takes_names_that_it_makes(void)
{
	static const struct {
		const char *file;
		ino_t inode;
		const char *before;
	} rows[] = {
		{ ".shmtool-rm-0000002a-1f-a", 0x1f, "a" },
		{ ".shmtool-rm-deadbeef-0-a", 0, "a" },
		{ ".shmtool-rm-00000000-ffffffffffffffff-a", UINT64_MAX, "a" },
		{ ".shmtool-rm-0000002a-1f", 0x1f, "" },
		{ ".shmtool-rm-0000002a-1f--", 0x1f, "-" },
		{ ".shmtool-rm-0000002a-1f-...", 0x1f, "..." },
		{ ".shmtool-rm-0000002a-1f-.a", 0x1f, ".a" },
		{ ".shmtool-rm-0000002a-1f-a b\n", 0x1f, "a b\n" },
		{ ".shmtool-rm-0000002a-1f-.shmtool-rm-0000002a-1f-a", 0x1f,
		  ".shmtool-rm-0000002a-1f-a" },
	};

	for (size_t i = 0; i < UNIT_ROWS(rows); i++) {
		struct aside aside = { .inode = 0 };

		if (!unit_check(aside_parse(rows[i].file, &aside), "'%s' is rejected",
		                rows[i].file))
			continue;
		unit_check_number(rows[i].file, aside.inode, rows[i].inode);
		unit_check_text(rows[i].file, aside.before, rows[i].before);
		unit_check_text(rows[i].file, aside.file, rows[i].file);
	}
}

static void rejects_other_names(void)
{
	static const char *const rows[] = {
		"",
		"a",
		".shmtool-rm-",
		".shmtool-rm-0000002a",
		".shmtool-rm-0000002a-",
		".shmtool-rm-0000002a-a-",
		".shmtool-rm-0000002a-1f-.",
		".shmtool-rm-0000002a-1f-..",
		".shmtool-rm-0000002a-1f-a/b",
		".shmtool-rm-0000002a-1f-../a",
		".shmtool-rm-0000002a-1f/a",
		".shmtool-rm-0000002a-1fz",
		".shmtool-rm-0000002a-01f-a",
		".shmtool-rm-0000002a-0x1f-a",
		".shmtool-rm-0000002a-1F-a",
		".shmtool-rm-0000002A-1f-a",
		".shmtool-rm-2a-1f-a",
		".shmtool-rm-00000002a-1f-a",
		".shmtool-rm-0x00002a-1f-a",
		".shmtool-rm- 000002a-1f-a",
		".shmtool-rm-+000002a-1f-a",
		".shmtool-rm--000002a-1f-a",
		".shmtool-rm-0000002a- 1f-a",
		".shmtool-rm-0000002a--1f-a",
		".shmtool-rm-0000002a-1ffffffffffffffff-a",
		" .shmtool-rm-0000002a-1f-a",
		"a.shmtool-rm-0000002a-1f-a",
	};

	for (size_t i = 0; i < UNIT_ROWS(rows); i++) {
		struct aside aside;

		unit_check(!aside_parse(rows[i], &aside), "'%s' is accepted", rows[i]);
	}
}

/* NAME_MAX bytes fit. What is longer cannot be cut: it would be the name of another file. */
static void keeps_to_the_longest_name(void)
{
	const char start[] = ".shmtool-rm-0000002a-1f-";
	char file[NAME_MAX + 2];
	struct aside aside;

	memset(file, 'a', sizeof(file));
	memcpy(file, start, strlen(start));
	file[NAME_MAX + 1] = '\0';
	unit_check(!aside_parse(file, &aside), "a name of NAME_MAX + 1 bytes is accepted");
	file[NAME_MAX] = '\0';
	unit_check(aside_parse(file, &aside), "a name of NAME_MAX bytes is rejected");
	unit_check_text("its file", aside.file, file);
	unit_check_text("its original name", aside.before, file + strlen(start));

	aside_make(&aside, file + strlen(start), 0x1f, 0x2a);
	unit_check_text("the longest that is recorded", aside.file, file);
	file[NAME_MAX] = 'a';
	aside_make(&aside, file + strlen(start), 0x1f, 0x2a);
	unit_check_text("one that is too long", aside.file, ".shmtool-rm-0000002a-1f");
	unit_check_text("is not recorded", aside.before, "");
}

static const struct unit_test tests[] = {
	{ "a temporary name has the inode and the original name", takes_names_that_it_makes },
	{ "a name that rm does not make is no temporary name", rejects_other_names },
	{ "temporary names have at most NAME_MAX bytes", keeps_to_the_longest_name },
};
UNIT_SUITE(aside_suite, "aside", tests);
