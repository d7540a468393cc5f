#include "unit.h"

#include "events/file_map.h"
#include "events/new_semaphores.h"

#include <limits.h>
#include <stdio.h>

enum { MILLISECONDS = 1000 * 1000, FILES = 1000 };

static void recognizes_temporary_names(void)
{
	static const struct {
		const char *file;
		bool is_temporary;
	} rows[] = {
		{ "sem.aZ09bc", true },  { "sem.abcde", false }, { "sem.abcdefg", false },
		{ "sem.ab-def", false }, { "abcdef", false },    { "tmp-1", true },
		{ "tmp-", false },       { "tmp-1x", false },    { "sem.tmp-12", false },
		{ "", false },
	};

	for (size_t i = 0; i < UNIT_ROWS(rows); i++)
		unit_check_number(rows[i].file, new_semaphore_is_temporary(rows[i].file),
		                  rows[i].is_temporary);
}

/* The semaphore of an inode, or "none". */
static const char *take(struct new_semaphores *semaphores, ino_t inode, uint64_t time)
{
	static char text[NAME_MAX + 1];
	struct file_key name;

	if (!new_semaphores_take(semaphores, inode, time, &name))
		return "none";
	snprintf(text, sizeof(text), "%.*s", (int)name.length, (const char *)name.bytes);
	return text;
}

static void add(struct new_semaphores *semaphores, const char *name, ino_t inode, uint64_t time)
{
	struct file_key key;

	file_key_of_name(&key, name);
	new_semaphores_add(semaphores, &key, inode, time);
}

static void finds_semaphores_by_inode(void)
{
	static struct new_semaphores semaphores;

	unit_check_number("open", new_semaphore_end(0, 50 * MILLISECONDS, true),
	                  1000 * MILLISECONDS);
	unit_check_number("closed", new_semaphore_end(0, 50 * MILLISECONDS, false),
	                  150 * MILLISECONDS);
	unit_check_text("empty", take(&semaphores, 1, 0), "none");
	add(&semaphores, "a", 1, 0);
	add(&semaphores, "b", 2, 0);
	add(&semaphores, "c", 0, 0);
	add(&semaphores, "d", 4, 0);
	unit_check_text("its inode", take(&semaphores, 2, 0), "b");
	unit_check_text("another inode", take(&semaphores, 5, 0), "c");
	unit_check_text("no inode", take(&semaphores, 0, 0), "a");
	unit_check_text("no other inode", take(&semaphores, 5, 0), "none");
	unit_check_text("late", take(&semaphores, 4, 1000 * MILLISECONDS), "d");
	add(&semaphores, "e", 5, 0);
	unit_check_text("too late", take(&semaphores, 5, 1001 * MILLISECONDS), "none");
	for (int i = 0; i <= NEW_SEMAPHORES_MAX; i++)
		add(&semaphores, i == 0 ? "first" : "other", 0, 0);
	unit_check_text("too many", take(&semaphores, 0, 0), "other");
	unit_check_number("left", semaphores.count, NEW_SEMAPHORES_MAX - 1);
}

static bool keep_even(void *value, void *state)
{
	(void)state;
	return *(const int *)value % 2 == 0;
}

static void maps_files(void)
{
	static int values[FILES];
	struct file_map map = { .count = 0 };
	struct file_key key;
	char name[NAME_MAX + 1];

	file_key_of_name(&key, "0");
	unit_check(file_map_find(&map, &key) == NULL, "found in an empty map");
	for (int i = 0; i < FILES; i++) {
		values[i] = i;
		snprintf(name, sizeof(name), "%d", i);
		file_key_of_name(&key, name);
		*file_map_add(&map, &key) = &values[i];
	}
	unit_check_number("count", map.count, FILES);
	unit_check(*file_map_add(&map, &key) == &values[FILES - 1], "added twice");
	file_map_remove(&map, &key);
	unit_check(file_map_find(&map, &key) == NULL, "found after it was removed");
	file_map_visit(&map, keep_even, NULL);
	unit_check_number("count of even ones", map.count, FILES / 2);
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "%d", i);
		file_key_of_name(&key, name);
		unit_check((file_map_find(&map, &key) != NULL) == (i % 2 == 0), "%d", i);
	}
	file_map_free(&map);
	unit_check_number("count when freed", map.count, 0);
}

static const struct unit_test tests[] = {
	{ "temporary names of semaphores", recognizes_temporary_names },
	{ "a semaphore and its temporary name belong together by their inode",
	  finds_semaphores_by_inode },
	{ "a map of files", maps_files },
};

UNIT_SUITE(posix_names_suite, "posix_names", tests);
