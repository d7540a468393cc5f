#include "events/new_semaphores.h"

#include "objects/posix_files.h"

#include <ctype.h>
#include <string.h>

/*
 * Nanoseconds within which the next step in making a semaphore follows, even if its process has to wait
 * for a processor; and within which it usually does.
 */
enum { LONG_BEFORE = 1000 * 1000 * 1000, USUALLY = 100 * 1000 * 1000 };

/* sem.XXXXXX of mktemp(3) in glibc, tmp-NUMBER in musl. */
bool new_semaphore_is_temporary(const char *file)
{
	enum { RANDOM = 6 };
	const size_t prefix = strlen(SEMAPHORE_PREFIX);
	const char *at = file + prefix;

	if (strncmp(file, "tmp-", 4) == 0)
		return file[4] != '\0' && file[4 + strspn(file + 4, "0123456789")] == '\0';
	if (strncmp(file, SEMAPHORE_PREFIX, prefix) != 0 || strlen(at) != RANDOM)
		return false;
	while (isalnum((unsigned char)*at))
		at++;
	return *at == '\0';
}

uint64_t new_semaphore_end(uint64_t made, uint64_t heard, bool is_open)
{
	return is_open ? made + LONG_BEFORE : heard + USUALLY;
}

static void drop(struct new_semaphores *semaphores, size_t i)
{
	semaphores->count--;
	memmove(&semaphores->all[i], &semaphores->all[i + 1],
	        (semaphores->count - i) * sizeof(semaphores->all[0]));
}

void new_semaphores_add(struct new_semaphores *semaphores, const struct file_key *name, ino_t inode,
                        uint64_t time)
{
	if (semaphores->count == NEW_SEMAPHORES_MAX)
		drop(semaphores, 0);
	semaphores->all[semaphores->count++] = (struct new_semaphore){ *name, inode, time };
}

bool new_semaphores_take(struct new_semaphores *semaphores, ino_t inode, uint64_t time,
                         struct file_key *name)
{
	size_t found;

	while (semaphores->count > 0 && time - semaphores->all[0].time > LONG_BEFORE)
		drop(semaphores, 0);
	found = semaphores->count;
	for (size_t i = semaphores->count; i-- > 0;) {
		const ino_t other = semaphores->all[i].inode;

		if (inode == 0 || other == 0 || inode == other)
			found = i;
		if (inode != 0 && inode == other)
			break;
	}
	if (found == semaphores->count)
		return false;
	*name = semaphores->all[found].name;
	drop(semaphores, found);
	return true;
}
