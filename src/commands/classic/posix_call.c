#include "commands/classic/posix_call.h"

#include "objects/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int posix_call_unlink(enum object_kind kind, const char *name)
{
	if (kind == KIND_PSEM)
		return sem_unlink(name);
	return kind == KIND_PMSG ? mq_unlink(name) : shm_unlink(name);
}

static bool is_directory(const char *name)
{
	char path[sizeof(POSIX_DIRECTORY) + NAME_MAX + 2];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", POSIX_DIRECTORY, name + strspn(name, "/"));
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int posix_call_make_object(const char *name, uint64_t bytes, mode_t mode)
{
	int result;
	int saved;
	int fd;

	if (bytes > INT64_MAX) {
		errno = EINVAL;
		return -1;
	}
	/* POSIX requires this; some releases of glibc return EINVAL. */
	if (strlen(name + strspn(name, "/")) > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, mode);
	if (fd < 0) {
		/* "." and ".." exist, but are not objects. */
		if (errno == EEXIST && is_directory(name))
			errno = EINVAL;
		return -1;
	}
	result = ftruncate(fd, (off_t)bytes);
	saved = errno;
	close(fd);
	if (result < 0)
		shm_unlink(name);
	errno = saved;
	return result;
}

int posix_call_make_semaphore(const char *name, mode_t mode)
{
	sem_t *semaphore = sem_open(name, O_CREAT, mode, 0);

	if (semaphore == SEM_FAILED)
		return -1;
	sem_close(semaphore);
	return 0;
}

int posix_call_make_queue(const char *name, mode_t mode)
{
	mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_CLOEXEC, mode, NULL);

	if (queue < 0)
		return -1;
	mq_close(queue);
	return 0;
}
