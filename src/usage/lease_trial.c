#include "usage/lease_trial.h"

#include "base/descriptor.h"
#include "system/lease.h"
#include "system/linux.h"
#include "system/place.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int open_again(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/*
 * Try to lease the scratch file while it is open for reading elsewhere, while it is mapped for
 * reading, and with no other user left.
 *
 * @return 0 with trial->leases set, or -1 with errno if the test itself failed
 */
static int try_leases(struct lease_trial *trial, int fd)
{
	int scratch = open_again(fd);
	int reader = scratch >= 0 ? open_again(fd) : -1;
	void *mapping = MAP_FAILED;
	int failure = errno;
	size_t length = 1;
	struct stat st;

	/* A mapping of huge pages is unmapped only as a whole, and takes none while it is not used. */
	if (fstat(fd, &st) == 0)
		length = (size_t)st.st_blksize;
	close(fd);
	if (reader < 0)
		goto done;
	trial->leases = LEASES_IGNORE_READERS;
	if (lease_take(scratch) == 0)
		goto done;
	mapping = mmap(NULL, length, PROT_READ, MAP_SHARED | MAP_NORESERVE, reader, 0);
	failure = errno;
	close(reader);
	reader = -1;
	if (mapping == MAP_FAILED)
		trial->leases = LEASES_NOT_TRIED;
	if (mapping == MAP_FAILED || lease_take(scratch) == 0)
		goto done;
	munmap(mapping, length);
	mapping = MAP_FAILED;
	trial->leases = LEASES_COUNT_READERS;
	if (lease_take(scratch) == 0)
		goto done;
	failure = errno;
	trial->leases = errno_is_passing(failure) ? LEASES_NOT_TRIED : LEASES_MISSING;
done:
	if (mapping != MAP_FAILED)
		munmap(mapping, length);
	descriptor_close(reader);
	descriptor_close(scratch);
	errno = failure;
	return trial->leases == LEASES_NOT_TRIED ? -1 : 0;
}

/* Open a file without a name in the directory. On tmpfs and hugetlbfs a memfd serves as well. */
static int open_scratch(int directory)
{
	struct statfs fs = { .f_type = 0 };
	int failure;
	int fd;

	place_begin_naming();
	fd = openat(directory, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, S_IRUSR | S_IWUSR);
	place_end_naming();
	failure = errno;
	/* The directory may be full, which is when it most needs to be cleaned. */
	if (fd < 0 && fstatfs(directory, &fs) == 0 && fs.f_type == TMPFS_MAGIC)
		return memfd_create("shmtool-rm", MFD_CLOEXEC);
	if (fd < 0 && fs.f_type == HUGETLBFS_MAGIC)
		return memfd_create("shmtool-rm", MFD_CLOEXEC | MFD_HUGETLB);
	errno = failure;
	return fd;
}

void lease_trial_run(struct lease_trial *trial, int directory)
{
	int fd;

	if (trial->leases != LEASES_NOT_TRIED || directory < 0)
		return;
	trial->failure = 0;
	fd = open_scratch(directory);
	if (fd < 0 || try_leases(trial, fd) < 0 || trial->leases == LEASES_MISSING)
		trial->failure = errno;
}

bool lease_trial_proves(const struct lease_trial *trial, const char *where, struct error *why)
{
	if (trial->leases == LEASES_COUNT_READERS)
		return true;
	if (trial->leases == LEASES_IGNORE_READERS)
		error_set(why, STATUS_FAILED,
		          "the kernel grants leases in %s on files that are being read, so nothing "
		          "can be proven (to remove it anyway, name it as an operand)",
		          where);
	else if (trial->failure == ENOENT && !process_proc_is_mounted())
		error_set(why, STATUS_FAILED,
		          "/proc is not mounted, so leases in %s can't be tested and nothing "
		          "can be proven",
		          where);
	else
		error_set_errno(why, trial->failure,
		                "leases in %s can't be tested, so nothing can be proven", where);
	return false;
}
