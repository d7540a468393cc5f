/*
 * floor_posix: the minimum work to list POSIX objects: the directory in the kernel's order, one
 * system call and one printf per object, without looking up names, computing widths or sorting.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

int main(void)
{
	DIR *directory = opendir("/dev/shm");
	const struct dirent *entry;

	if (directory == NULL) {
		perror("floor_posix: /dev/shm");
		return 1;
	}
	while ((entry = readdir(directory)) != NULL) {
		struct stat status;

		if (fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == -1 ||
		    !S_ISREG(status.st_mode))
			continue;
		printf("%s %u %o %jd\n", entry->d_name, status.st_uid, status.st_mode & 0777U,
		       (intmax_t)status.st_size);
	}
	closedir(directory);
	return fflush(stdout) == 0 ? 0 : 1;
}
