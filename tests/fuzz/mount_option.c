/*
 * Options of mounts in other mount namespaces: "rw,size=1024k,nr_inodes=100". An amount that is found
 * is the one that the text has; one that does not fit into 64 bits is not found.
 */
#include "fuzz.h"

#include "system/tmpfs_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = { "size", "nr_inodes", "pagesize" };

/* The text behind "NAME=", of the first option of this name; empty if there is none. */
static const char *find(const char *options, const char *name)
{
	const size_t length = strlen(name);
	const char *at = options;

	while ((at = strstr(at, name)) != NULL) {
		if ((at == options || at[-1] == ',') && at[length] == '=')
			return at + length + 1;
		at++;
	}
	return "";
}

/* Bytes in a unit; 1: none. */
static uint64_t unit_of(char letter)
{
	switch (letter) {
	case 'k':
	case 'K':
		return UINT64_C(1) << 10;
	case 'm':
	case 'M':
		return UINT64_C(1) << 20;
	case 'g':
	case 'G':
		return UINT64_C(1) << 30;
	default:
		return 1;
	}
}

static void check_option(const char *options, const char *name)
{
	const uint64_t before = 0xabcdef;
	const char *text = find(options, name);
	uint64_t amount = before;
	char again[64];

	if (!tmpfs_find_option(options, name, &amount)) {
		fuzz_check(amount == before, "%s of '%s' is set", name, options);
		return;
	}
	fuzz_check(*text != '\0', "'%s' has no %s", options, name);
	fuzz_check(amount / unit_of(text[strspn(text, "0123456789")]) == strtoull(text, NULL, 10),
	           "%s of '%s' is %" PRIu64, name, options, amount);
	snprintf(again, sizeof(again), "rw,%s=%" PRIu64 ",mode=755", name, amount);
	fuzz_check(tmpfs_find_option(again, name, &amount) &&
	               amount == strtoull(find(again, name), NULL, 10),
	           "'%s' is not taken back", again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *options = fuzz_text(data, size);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_option(options, names[i]);
	free(options);
	return 0;
}
