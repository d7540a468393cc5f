#include "system/process_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_SIZE = 64 };

int process_files_open(int proc, const char *directory, struct process_files *files)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/fd", directory);
	files->length = 0;
	files->at = 0;
	files->directory = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (files->directory >= 0)
		return 0;
	if (errno == ENOENT)
		errno = ESRCH;
	return -1;
}

/*
 * opendir(3) would ask for what is known and take a buffer for each process, a quarter of the time
 * that its few descriptors need.
 */
int process_files_next(struct process_files *files, const char **name)
{
	const struct dirent *entry;

	do {
		if (files->at >= files->length) {
			files->at = 0;
			files->length = syscall(SYS_getdents64, files->directory, files->entries,
			                        sizeof(files->entries));
		}
		if (files->length <= 0) {
			if (files->length < 0 && errno == ENOENT)
				errno = ESRCH;
			return files->length < 0 ? -1 : 0;
		}
		entry = (const struct dirent *)(const void *)(files->entries + files->at);
		files->at += entry->d_reclen;
	} while (*entry->d_name == '.');
	*name = entry->d_name;
	return 1;
}

/*
 * FUSE hears of no question of this kind since Linux 4.20, so it can't let us wait. It refuses
 * everybody but the user who has mounted it, but for the device if nothing else is wanted.
 */
int process_files_look(int directory, const char *name, unsigned int wanted, struct statx *found)
{
	const int flags = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT;

	if (statx(directory, name, flags, wanted, found) == 0)
		return 1;
	if (errno == EACCES || errno == EPERM) {
		if (statx(directory, name, flags, 0, found) < 0)
			return errno == ENOENT ? 0 : -1;
		found->stx_mask = 0;
		return 1;
	}
	/* Closed meanwhile, or of a file system that fails, which none in memory does. */
	return errno == ENOMEM || errno == ENOSYS ? -1 : 0;
}

void process_files_close(struct process_files *files)
{
	int saved = errno;

	close(files->directory);
	errno = saved;
}
