/*
 * every_second FILE: leaves every second page of a file in memory, from the first one on, and no
 * others; the file must not be dirty.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const off_t page = sysconf(_SC_PAGESIZE);
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	struct stat st;
	char byte;

	if (fd < 0 || fstat(fd, &st) < 0) {
		perror("every_second");
		return 1;
	}
	/* Random access: nothing is read ahead. */
	if (posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0 ||
	    posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) != 0)
		return 1;
	for (off_t at = 0; at < st.st_size; at += 2 * page) {
		if (pread(fd, &byte, 1, at) != 1) {
			perror("every_second");
			return 1;
		}
	}
	return 0;
}
