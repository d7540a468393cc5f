/*
 * Temporary names, which any user can give to a file. A name that is accepted is one that
 * aside_make() makes, and what it makes is taken back, with the same inode and original name.
 *
 * An input is a number, an inode, and a name: one that may be temporary, and that of a file to rename.
 */
#include "fuzz.h"

#include "usage/aside.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Whether a file in a directory can have a name. */
static bool is_file_name(const char *name)
{
	return *name != '\0' && strlen(name) <= NAME_MAX && strchr(name, '/') == NULL &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void check_parsed(const char *text)
{
	char longest[NAME_MAX + 1];
	struct aside aside;
	struct aside again = { .inode = 0 };
	uint32_t number;

	if (!aside_parse(text, &aside))
		return;
	fuzz_check(is_file_name(text) && strcmp(aside.file, text) == 0, "'%s' is taken as '%s'",
	           text, aside.file);
	fuzz_check(aside.before[0] == '\0' || is_file_name(aside.before),
	           "'%s' was named '%s' before", text, aside.before);
	fuzz_check(aside.tree == NULL && aside.name == NULL, "'%s' is in a tree", text);
	/* No original name: it was too long. */
	memset(longest, 'a', NAME_MAX);
	longest[NAME_MAX] = '\0';
	number = (uint32_t)strtoul(text + strlen(ASIDE_PREFIX), NULL, 16);
	aside_make(&again, aside.before[0] != '\0' ? aside.before : longest, aside.inode, number);
	fuzz_check(strcmp(again.file, text) == 0, "'%s' is made as '%s'", text, again.file);
}

static void check_made(const char *name, ino_t inode, uint32_t number)
{
	struct aside made = { .inode = 0 };
	struct aside aside;

	aside_make(&made, name, inode, number);
	fuzz_check(is_file_name(made.file), "'%s' becomes '%s'", name, made.file);
	fuzz_check(made.before[0] == '\0' || strcmp(made.before, name) == 0,
	           "'%s' is recorded as '%s'", name, made.before);
	fuzz_check(aside_parse(made.file, &aside), "'%s' is no temporary name", made.file);
	fuzz_check(aside.inode == inode && strcmp(aside.file, made.file) == 0 &&
	               strcmp(aside.before, made.before) == 0,
	           "'%s' is taken back as '%s'", made.before, aside.before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t number;
	uint64_t inode;
	char *text;

	if (size < sizeof(number) + sizeof(inode))
		return 0;
	memcpy(&number, data, sizeof(number));
	memcpy(&inode, data + sizeof(number), sizeof(inode));
	text =
	    fuzz_text(data + sizeof(number) + sizeof(inode), size - sizeof(number) - sizeof(inode));
	check_parsed(text);
	if (is_file_name(text))
		check_made(text, (ino_t)inode, number);
	free(text);
	return 0;
}
