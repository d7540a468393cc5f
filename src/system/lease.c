#include "system/lease.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

void lease_parse(FILE *stream, dev_t device, struct lease_list *leases)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stream) > 0) {
		unsigned int device_major;
		unsigned int device_minor;
		unsigned long long inode;

		/* 1: LEASE  ACTIVE    WRITE 4242 00:1a:17 0 EOF */
		if (sscanf(line, "%*d: LEASE %*s %*s %*d %x:%x:%llu", &device_major, &device_minor,
		           &inode) == 3 &&
		    device_major == major(device) && device_minor == minor(device)) {
			leases->inodes =
			    vector_grow(leases->inodes, leases->count, sizeof(*leases->inodes));
			leases->inodes[leases->count++] = (ino_t)inode;
		}
	}
	free(line);
}

int lease_read(int fd, struct lease_list *leases)
{
	FILE *stream;
	struct stat st;

	leases->inodes = NULL;
	leases->count = 0;
	if (fstat(fd, &st) < 0)
		return -1;
	stream = fopen("/proc/locks", "re");
	if (stream == NULL)
		return -1;
	lease_parse(stream, st.st_dev, leases);
	fclose(stream);
	return 0;
}

int lease_take(int fd)
{
	struct stat st;
	int result = fcntl(fd, F_SETLEASE, F_WRLCK);
	uid_t before;
	int saved;

	if (result == 0 || errno != EACCES || fstat(fd, &st) < 0)
		return result;
	before = (uid_t)setfsuid(st.st_uid);
	result = fcntl(fd, F_SETLEASE, F_WRLCK);
	saved = errno;
	setfsuid(before);
	errno = saved;
	return result;
}

bool lease_is_held(const struct lease_list *leases, ino_t inode)
{
	for (size_t i = 0; i < leases->count; i++) {
		if (leases->inodes[i] == inode)
			return true;
	}
	return false;
}

void lease_free(struct lease_list *leases)
{
	free(leases->inodes);
	leases->inodes = NULL;
	leases->count = 0;
}
