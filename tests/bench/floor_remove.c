/*
 * floor_remove shm: the minimum work to remove System V segments that are not attached: one query
 * for each entry of the kernel's table, one removal.
 * floor_remove pshm: the minimum work to remove POSIX objects that are proven unused: the directory
 * in the kernel's order, and for each file open, write lease, unlink and close.
 *
 * It prints nothing, selects nothing and inspects no object twice. It removes everything: run it in
 * its own namespaces.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

static int remove_segments(void)
{
	struct shm_info info;
	int highest = shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&info);

	for (int index = 0; index <= highest; index++) {
		struct shmid_ds segment;
		int id = shmctl(index, SHM_STAT, &segment);

		if (id != -1 && segment.shm_nattch == 0)
			shmctl(id, IPC_RMID, NULL);
	}
	return highest == -1 ? -1 : 0;
}

static int remove_objects(void)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	DIR *directory = opendir("/dev/shm");
	const struct dirent *entry;

	if (directory == NULL)
		return -1;
	while ((entry = readdir(directory)) != NULL) {
		int fd;

		if (entry->d_type != DT_REG)
			continue;
		fd = openat(dirfd(directory), entry->d_name, flags);
		if (fd == -1)
			continue;
		if (fcntl(fd, F_SETLEASE, F_WRLCK) == 0)
			unlinkat(dirfd(directory), entry->d_name, 0);
		close(fd);
	}
	return closedir(directory);
}

int main(int argc, char **argv)
{
	int result = -1;

	if (argc == 2 && strcmp(argv[1], "shm") == 0)
		result = remove_segments();
	else if (argc == 2 && strcmp(argv[1], "pshm") == 0)
		result = remove_objects();
	else
		fprintf(stderr, "usage: floor_remove shm|pshm\n");
	return result == 0 ? 0 : 1;
}
