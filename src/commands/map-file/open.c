#include "commands/map-file/open.h"

#include "base/descriptor.h"
#include "objects/ref_file.h"
#include "system/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int open_failed(int number, bool is_path, bool for_writing, struct error *error)
{
	switch (number) {
	case ENOENT:
		return error_set(error, STATUS_FAILED,
		                 is_path ? "no such file (--create --size creates it)"
		                         : "no such process, or it has no such descriptor");
	case EACCES:
	case EPERM:
		return error_set(error, STATUS_FAILED,
		                 for_writing
		                     ? "no write permission, which a shared writable mapping "
		                       "needs (use --private or --prot r)"
		                     : "no read permission");
	case EISDIR:
		return error_set(error, STATUS_FAILED, "is a directory: only files can be mapped");
	case ETXTBSY:
		return error_set(error, STATUS_FAILED,
		                 "is a running program or active swap space, which can't be "
		                 "written (use --private or --prot r)");
	case EROFS:
		return error_set(error, STATUS_FAILED,
		                 "is on a read-only file system (use --private or --prot r)");
	case ENXIO:
		return error_set(error, STATUS_FAILED, "is a device that does not exist");
	default:
		return error_set_errno(error, number, "can't be opened");
	}
}

/* The file is open: what is to be known of it. */
static int look(struct mapped_file *file, struct error *error)
{
	struct statfs fs;
	struct stat st;

	if (fstat(file->fd, &st) < 0 || fstatfs(file->fd, &fs) < 0)
		return error_set_errno(error, errno, "can't be inspected");
	file->has_end = S_ISREG(st.st_mode) || S_ISBLK(st.st_mode);
	file->bytes = (uint64_t)st.st_size;
	/* stat(2) does not report the size of a block device. */
	if (S_ISBLK(st.st_mode)) {
		off_t end = lseek(file->fd, 0, SEEK_END);

		file->bytes = end > 0 ? (uint64_t)end : 0;
	}
	if (fs.f_type == HUGETLBFS_MAGIC)
		file->mapping.page_bytes = (uint64_t)fs.f_bsize;
	return 0;
}

int mapped_file_open(const struct ref *ref, struct mapped_file *file, struct error *error)
{
	const bool for_writing = (file->protection & PROT_WRITE) && !file->is_private;
	const int flags = for_writing ? O_RDWR : O_RDONLY;
	int number;
	int found;
	char path[PATH_MAX];
	struct stat st;

	if (ref->kind == REF_FD)
		ref_file_descriptor_path(ref, path);
	else
		snprintf(path, sizeof(path), "%s", ref->path);
	/* Opening a FIFO would wake a process at its other end. */
	found = open(path, O_PATH | O_CLOEXEC);
	if (found >= 0 && fstat(found, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))) {
		close(found);
		return error_set(error, STATUS_FAILED, "is a %s: only files can be mapped",
		                 S_ISFIFO(st.st_mode) ? "FIFO" : "socket");
	}
	file->fd = found < 0 ? -1 : beneath_reopen(found, path, flags);
	number = errno;
	descriptor_close(found);
	if (file->fd < 0)
		return open_failed(number, ref->kind == REF_FILE, for_writing, error);
	return look(file, error);
}

int mapped_file_create(const struct ref *ref, uint64_t bytes, struct mapped_file *file,
                       struct memory_made *made, struct error *error)
{
	struct memory memory;
	const int result = memory_make(ref, bytes, NULL, &memory, made, error);

	if (result <= 0)
		return result < 0 ? -1 : mapped_file_open(ref, file, error);
	/* The command makes a mapping of its own. */
	file->fd = memory.fd;
	memory.fd = -1;
	memory_close(&memory);
	return look(file, error);
}
