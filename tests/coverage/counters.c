/*
 * Linked into the program by `make coverage`: keeps the counters of gcov in a file that all processes
 * map, instead of writing them at exit.
 *
 * Many processes of the tests never reach exit(3): they are killed, call _exit(2), or become another
 * program. Others run as another user, in a chroot, or with failing system calls, and could not
 * write the hundreds of files of gcov. A shared mapping needs three calls at the start, and none
 * later. The counters, gcc's variables __gcov*, are gathered by counters.ld.
 *
 * SHMTOOL_COVERAGE=begin creates the file with all counters 0; SHMTOOL_COVERAGE=end writes the
 * .gcda files. Otherwise a process that cannot map the file runs without counting.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct gcov_info;

/* Defined by counters.ld: whole pages of counters, and one pointer per source file. */
extern char coverage_counters[], coverage_counters_end[];
extern struct gcov_info *coverage_info[], *coverage_info_end[];

/* libgcov: add a source file to those to be written, and write them. */
void __gcov_init(struct gcov_info *info);
void __gcov_dump(void);

/* The linker's symbols are no parts of one array in C. */
static size_t distance(const void *begin, const void *end)
{
	return (size_t)((uintptr_t)end - (uintptr_t)begin);
}

/* The tests make openat(2) fail, which the C library calls: open(2) where the machine has it. */
static int open_file(const char *path, int flags)
{
#ifdef SYS_open
	return (int)syscall(SYS_open, path, flags | O_CLOEXEC, 0);
#else
	return openat(AT_FDCWD, path, flags | O_CLOEXEC);
#endif
}

static void create_file(const char *path, size_t size)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	/* For other users, whatever the umask. */
	if (fd < 0 || fchmod(fd, 0666) < 0 || ftruncate(fd, (off_t)size) < 0) {
		perror(path);
		_exit(EXIT_FAILURE);
	}
	close(fd);
}

static bool map_file(const char *path, size_t size)
{
	const int fd = open_file(path, O_RDWR);
	void *address;

	if (fd < 0)
		return false;
	address =
	    mmap(coverage_counters, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	close(fd);
	/* cppcheck-suppress memleak ; the counters stay mapped */
	return address != MAP_FAILED;
}

/* Before the program's own code. */
__attribute__((constructor(101))) static void begin(void)
{
	const size_t size = distance(coverage_counters, coverage_counters_end);
	const char *request = getenv("SHMTOOL_COVERAGE");
	char path[4096];

	/* The program and the unit tests differ in size. */
	(void)snprintf(path, sizeof(path), "%s/counters-%zu", COVERAGE_DIRECTORY, size);
	if (request != NULL && strcmp(request, "begin") == 0) {
		create_file(path, size);
		_exit(EXIT_SUCCESS);
	}
	if (!map_file(path, size) || request == NULL || strcmp(request, "end") != 0)
		return;
	for (size_t i = 0; i < distance(coverage_info, coverage_info_end) / sizeof(*coverage_info);
	     i++)
		__gcov_init(coverage_info[i]);
	__gcov_dump();
	_exit(EXIT_SUCCESS);
}
