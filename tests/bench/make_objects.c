/*
 * make_objects shm COUNT: creates System V segments until there are COUNT.
 * make_objects pshm COUNT: creates COUNT POSIX objects.
 * make_objects give UID: makes UID the owner of all System V segments.
 *
 * Keys and sizes vary, as on a real machine, but no page is allocated. It removes nothing: run it
 * in its own namespaces.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

enum { FIRST_KEY = 0x46010000, PAGE = 4096 };

/* From one byte to a page: sizes of one to four digits. */
static size_t size_of(long number)
{
	return (size_t)(number * 31 % PAGE) + 1;
}

static int make_segments(long count)
{
	struct shm_info info;

	if (shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&info) == -1)
		return -1;
	for (long i = info.used_ids; i < count; i++) {
		if (shmget((key_t)(FIRST_KEY + i), size_of(i), IPC_CREAT | IPC_EXCL | 0600) == -1)
			return -1;
	}
	return 0;
}

static int give_segments(uid_t owner)
{
	struct shmid_ds segment;
	struct shm_info info;
	int highest = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&info);

	for (int index = 0; index <= highest; index++) {
		int id = shmctl(index, SHM_STAT, &segment);

		if (id == -1)
			continue;
		segment.shm_perm.uid = owner;
		if (shmctl(id, IPC_SET, &segment) == -1)
			return -1;
	}
	return highest == -1 ? -1 : 0;
}

static int make_posix(long count)
{
	for (long i = 0; i < count; i++) {
		char name[64];
		int fd;

		snprintf(name, sizeof(name), "/bench-%06ld", i);
		fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd == -1)
			return -1;
		if (ftruncate(fd, (off_t)size_of(i)) == -1)
			return -1;
		close(fd);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc == 3 ? argv[1] : "";
	long number = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
	int result = -1;

	errno = EINVAL;
	if (strcmp(what, "shm") == 0)
		result = make_segments(number);
	else if (strcmp(what, "pshm") == 0)
		result = make_posix(number);
	else if (strcmp(what, "give") == 0)
		result = give_segments((uid_t)number);
	if (result == -1) {
		fprintf(stderr, "make_objects: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}
