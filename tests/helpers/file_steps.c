/*
 * file_steps STEP...: makes, uses and removes POSIX objects, each step in a process of its own, one
 * after another. The step is the only thing that the process does before it exits.
 *
 *	create:NAME:SIZE            a POSIX object, with shm_open(3) and ftruncate(2)
 *	reopen:NAME:COUNT           opens and closes it COUNT times
 *	open:NAME, map:NAME         opens it; also maps it, and closes the descriptor before it unmaps
 *	resize:NAME:SIZE, mode:NAME     ftruncate(2), fchmod(2) to 0640
 *	link:NAME:NEW, rename:NAME:NEW  link(2), rename(2)
 *	remove:NAME                 shm_unlink(3)
 *	sem:NAME, semopen:NAME, semremove:NAME          sem_open(3), sem_unlink(3)
 *	queue:NAME, queueopen:NAME, queueremove:NAME    mq_open(3), mq_unlink(3)
 *	burst:COUNT:PREFIX          COUNT processes that create, resize and remove PREFIX0, PREFIX1, ...
 *	semburst:COUNT:PREFIX      the same with semaphores
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, AT_ONCE = 8 };

static int create(const char *name, const char *size)
{
	const int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);

	return fd < 0 || ftruncate(fd, strtol(size, NULL, 10)) < 0 ? -1 : close(fd);
}

static int reopen(const char *name, long count)
{
	int result = 0;

	while (result == 0 && count-- > 0)
		result = close(shm_open(name, O_RDONLY, 0));
	return result;
}

static int use(const char *step, const char *name, const char *size)
{
	const int fd = shm_open(name, O_RDWR, 0);
	void *memory;

	if (fd < 0)
		return -1;
	if (strcmp(step, "resize") == 0)
		return ftruncate(fd, strtol(size, NULL, 10));
	if (strcmp(step, "mode") == 0)
		return fchmod(fd, 0640);
	if (strcmp(step, "map") != 0)
		return 0;
	memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	return memory == MAP_FAILED || close(fd) < 0 ? -1 : munmap(memory, PAGE);
}

static int name_file(const char *step, const char *name, const char *other)
{
	char from[PATH_MAX];
	char to[PATH_MAX];

	snprintf(from, sizeof(from), "/dev/shm%s", name);
	snprintf(to, sizeof(to), "/dev/shm%s", other);
	return strcmp(step, "link") == 0 ? link(from, to) : rename(from, to);
}

static int use_semaphore(const char *name, int flags)
{
	sem_t *semaphore = sem_open(name, flags, 0600, 1);

	return semaphore == SEM_FAILED ? -1 : sem_close(semaphore);
}

static int use_queue(const char *name, int flags)
{
	const mqd_t queue = mq_open(name, O_RDWR | flags, 0600, NULL);

	return queue < 0 ? -1 : mq_close(queue);
}

static int run(const char *step, const char *name, const char *other)
{
	if (strcmp(step, "create") == 0)
		return create(name, other);
	if (strcmp(step, "reopen") == 0)
		return reopen(name, strtol(other, NULL, 10));
	if (strcmp(step, "link") == 0 || strcmp(step, "rename") == 0)
		return name_file(step, name, other);
	if (strcmp(step, "remove") == 0)
		return shm_unlink(name);
	if (strcmp(step, "sem") == 0)
		return use_semaphore(name, O_CREAT | O_EXCL);
	if (strcmp(step, "semopen") == 0)
		return use_semaphore(name, 0);
	if (strcmp(step, "semremove") == 0)
		return sem_unlink(name);
	if (strcmp(step, "queue") == 0)
		return use_queue(name, O_CREAT | O_EXCL);
	if (strcmp(step, "queueopen") == 0)
		return use_queue(name, 0);
	if (strcmp(step, "queueremove") == 0)
		return mq_unlink(name);
	return use(step, name, other);
}

/* Returns false if a child has failed. */
static bool wait_for(int children)
{
	bool good = true;
	int status;

	while (children-- > 0)
		good &= wait(&status) > 0 && status == 0;
	return good;
}

static int brief(const char *name, bool is_semaphore)
{
	if (is_semaphore)
		return use_semaphore(name, O_CREAT | O_EXCL) < 0 ? -1 : sem_unlink(name);
	return create(name, "4096") < 0 ? -1 : shm_unlink(name);
}

static bool burst(long count, const char *prefix, bool is_semaphore)
{
	bool good = true;

	for (long i = 0; i < count; i++) {
		if (fork() == 0) {
			char name[NAME_MAX];

			snprintf(name, sizeof(name), "%s%ld", prefix, i);
			_exit(brief(name, is_semaphore) < 0 ? 1 : 0);
		}
		if (i >= AT_ONCE)
			good &= wait_for(1);
	}
	return wait_for(count < AT_ONCE ? (int)count : AT_ONCE) && good;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *rest = argv[i];
		const char *step = strsep(&rest, ":");
		const char *name = strsep(&rest, ":");
		const char *other = strsep(&rest, ":");
		bool good;

		if (strstr(step, "burst") != NULL) {
			good = burst(strtol(name, NULL, 10), other, strncmp(step, "sem", 3) == 0);
		} else {
			if (fork() == 0) {
				const int result = run(step, name, other);

				if (result < 0)
					perror(step);
				_exit(result < 0 ? 1 : 0);
			}
			good = wait_for(1);
		}
		if (!good) {
			fprintf(stderr, "file_steps: %s %s failed\n", step, name);
			return 1;
		}
	}
	return 0;
}
