#include "memory/memory.h"

#include "memory/window.h"
#include "objects/inventory.h"
#include "objects/posix.h"
#include "objects/segment.h"
#include "system/account.h"
#include "system/place.h"
#include "system/user_map.h"
#include "system/vma.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bsd/string.h>

static uint64_t base_page(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static int fail(struct error *error, int number, const char *sentence)
{
	error_set(error, STATUS_FAILED, "%s", sentence);
	errno = number;
	return -1;
}

static const char *access_word(enum memory_access access)
{
	return access == MEMORY_WRITE ? "writing" : "reading";
}

/*
 * Before anything is opened: to open a FIFO or a device would do something. Who waits for what is
 * told is for messages.
 */
static int check_file(const struct stat *st, const struct ref *ref, struct error *error)
{
	if (S_ISREG(st->st_mode))
		return 0;
	if (S_ISDIR(st->st_mode))
		return fail(error, EISDIR, "is a directory, not memory");
	if (S_ISLNK(st->st_mode))
		return fail(error, ELOOP, "is a symbolic link, so no POSIX object");
	if (ref->kind == REF_FD)
		return fail(error, ENOTSUP, "is no memory and no file: a pipe, a socket, a device");
	return fail(error, ENOTSUP, "is no regular file");
}

static int no_such_file(const struct ref *ref, struct error *error)
{
	char directory[32];

	if (ref->kind == REF_POSIX)
		return fail(error, ENOENT,
		            posix_file_kind(ref->file) == KIND_PSEM ? "no such semaphore"
		                                                    : "no such object");
	if (ref->kind == REF_FILE)
		return fail(error, ENOENT, "no such file");
	snprintf(directory, sizeof(directory), "/proc/%d", ref->pid);
	if (ref->pid != 0 && access(directory, F_OK) < 0)
		return fail(error, ENOENT, "no such process");
	return fail(error, ENOENT, "the process has no such descriptor");
}

static int open_failed(int number, const struct ref *ref, const struct stat *st,
                       enum memory_access access, struct error *error)
{
	switch (number) {
	case ENOENT:
		return no_such_file(ref, error);
	case EACCES:
	case EPERM:
		if (ref->kind == REF_FD && st == NULL)
			error_set(error, STATUS_FAILED,
			          "you may not look into that process: only its user and root may");
		else if (st != NULL)
			error_set(error, STATUS_FAILED,
			          "you may not open it for %s: mode %o, owner %s",
			          access_word(access), (unsigned int)st->st_mode & 07777U,
			          account_user(user_map_user(st->st_uid)));
		else
			error_set(error, STATUS_FAILED, "you may not go to its directory");
		break;
	case ETXTBSY:
		error_set(error, STATUS_FAILED,
		          "is a program that is running, or swap space in use: it can't be "
		          "written (read it, or map it --private)");
		break;
	case EROFS:
		error_set(error, STATUS_FAILED, "is on a file system that is mounted read-only");
		break;
	case EWOULDBLOCK:
		error_set(error, STATUS_FAILED,
		          "somebody holds a lease on it, fcntl(2) (try again)");
		break;
	default:
		error_set_errno(error, number, "can't be opened for %s", access_word(access));
	}
	errno = number;
	return -1;
}

/* Look at a file that shall be memory, and open nothing. */
static int look_checked(int directory, const char *path, const struct ref *ref,
                        enum memory_access access, struct stat *st, struct error *error)
{
	if (fstatat(directory, path, st, ref->kind == REF_POSIX ? AT_SYMLINK_NOFOLLOW : 0) < 0)
		return open_failed(errno, ref, NULL, access, error);
	return check_file(st, ref, error);
}

/* Open a file by a path, relative to a directory; kinds of REF differ in what they follow. */
static int open_checked(int directory, const char *path, const struct ref *ref,
                        enum memory_access access, struct error *error)
{
	const bool follow = ref->kind != REF_POSIX;
	int flags = (access == MEMORY_WRITE ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_CLOEXEC;
	struct stat st;
	int fd;

	if (look_checked(directory, path, ref, access, &st, error) < 0)
		return -1;
	fd = openat(directory, path, flags | (follow ? 0 : O_NOFOLLOW));
	if (fd < 0)
		return open_failed(errno, ref, &st, access, error);
	if (!follow && place_is_mounted_over(directory, fd)) {
		close(fd);
		return fail(error, EXDEV, "is hidden by something that is mounted there");
	}
	/* It may have been replaced meanwhile. */
	if (fstat(fd, &st) < 0 || check_file(&st, ref, error) < 0) {
		close(fd);
		return fail(error, ENOTSUP, "was replaced by something else just now");
	}
	return fd;
}

static int open_posix(const struct ref *ref, enum memory_access access, struct error *error)
{
	int directory = posix_open_directory();
	int saved;
	int fd;

	if (directory < 0)
		return open_failed(errno, ref, NULL, access, error);
	fd = open_checked(directory, ref->file, ref, access, error);
	saved = errno;
	close(directory);
	errno = saved;
	return fd;
}

/*
 * What "shmtool create --anonymous" made is inherited under the number that its REF has, and
 * outlives the process that the REF names. It is known by its name.
 */
static bool is_inherited_from(const struct ref *ref)
{
	char path[64];
	char target[64];
	char expected[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", ref->fd);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	snprintf(expected, sizeof(expected), "/memfd:" MEMORY_ANONYMOUS_NAME " (deleted)",
	         (long)ref->pid);
	return strcmp(target, expected) == 0;
}

void memory_descriptor_path(const struct ref *ref, char path[MEMORY_PATH_SIZE])
{
	/* First what is our own: the process may be gone, and its number somebody else's. */
	if (ref->pid == 0 || is_inherited_from(ref))
		snprintf(path, MEMORY_PATH_SIZE, "/proc/self/fd/%d", ref->fd);
	else
		snprintf(path, MEMORY_PATH_SIZE, "/proc/%d/fd/%d", ref->pid, ref->fd);
}

static int open_descriptor(const struct ref *ref, enum memory_access access, struct error *error)
{
	char path[MEMORY_PATH_SIZE];
	int fd;

	memory_descriptor_path(ref, path);
	fd = open_checked(AT_FDCWD, path, ref, access, error);
	/* Who has become another user since may still use what he holds. */
	if (fd < 0 && errno == EACCES && is_inherited_from(ref))
		fd = fcntl(ref->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd;
}

int memory_look(const struct ref *ref, struct stat *st, struct error *error)
{
	char path[MEMORY_PATH_SIZE];

	if (ref->kind == REF_FD)
		memory_descriptor_path(ref, path);
	return look_checked(AT_FDCWD, ref->kind == REF_FD ? path : ref->path, ref, MEMORY_READ, st,
	                    error);
}

static bool is_in_memory(const struct statfs *fs)
{
	return fs->f_type == TMPFS_MAGIC || fs->f_type == HUGETLBFS_MAGIC ||
	       fs->f_type == RAMFS_MAGIC;
}

bool memory_path_is_on_disk(const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];
	struct statfs fs;

	snprintf(directory, sizeof(directory), "%.*s", slash != NULL ? (int)(slash - path) + 1 : 1,
	         slash != NULL ? path : ".");
	return statfs(directory, &fs) < 0 || !is_in_memory(&fs);
}

/* What the file system of a file says about its pages. */
static void look_at_file_system(struct memory *memory)
{
	struct statfs fs;

	memory->on_disk = true;
	memory->page_bytes = base_page();
	if (fstatfs(memory->fd, &fs) < 0)
		return;
	memory->on_disk = !is_in_memory(&fs);
	if (fs.f_type == HUGETLBFS_MAGIC)
		memory->page_bytes = (uint64_t)fs.f_bsize;
}

static int find_file(const struct ref *ref, enum memory_access access, struct memory *memory,
                     struct error *error)
{
	struct stat st;

	if (ref->kind == REF_POSIX)
		memory->fd = open_posix(ref, access, error);
	else if (ref->kind == REF_FILE)
		memory->fd = open_checked(AT_FDCWD, ref->path, ref, access, error);
	else
		memory->fd = open_descriptor(ref, access, error);
	if (memory->fd < 0)
		return -1;
	if (fstat(memory->fd, &st) < 0) {
		error_set_errno(error, errno, "can't be looked at");
		memory_close(memory);
		return -1;
	}
	memory->is_posix = ref->kind == REF_POSIX;
	memory->has_name = ref->kind != REF_FD && st.st_nlink > 0;
	memory->bytes = (uint64_t)st.st_size;
	look_at_file_system(memory);
	memory->fd_writes = memory->page_bytes == base_page();
	strlcpy(memory->text, ref->text, sizeof(memory->text));
	return 0;
}

static int find_segment(const struct ref *ref, struct memory *memory, struct error *error)
{
	struct object_list list = { .count = 0 };
	int result = inventory_find(ref, &list, error);
	int saved = errno;

	if (result == 0) {
		memory->is_segment = true;
		memory->id = list.objects[0].id;
		memory->bytes = list.objects[0].bytes;
		memory->marked = list.objects[0].marked;
		memory->page_bytes = base_page();
		strlcpy(memory->text, ref->text, sizeof(memory->text));
	}
	object_list_free(&list);
	errno = saved;
	return result;
}

int memory_find(const struct ref *ref, enum memory_access access, struct memory *memory,
                struct error *error)
{
	memset(memory, 0, sizeof(*memory));
	memory->fd = -1;
	if (ref->kind == REF_ID || ref->kind == REF_KEY)
		return find_segment(ref, memory, error);
	return find_file(ref, access, memory, error);
}

/* The descriptor of an attached segment; -1 without the right to it. */
static int open_map_file(const struct memory *memory, int flags)
{
	uintptr_t start = (uintptr_t)memory->mapping.address;
	char path[96];

	snprintf(path, sizeof(path), "/proc/self/map_files/%" PRIxPTR "-%" PRIxPTR, start,
	         (uintptr_t)(start + mapping_round_up(memory->bytes, memory->page_bytes)));
	return open(path, flags | O_CLOEXEC);
}

/* Where a segment has huge pages, its mapping may end elsewhere. */
static void look_at_pages(struct memory *memory, int flags)
{
	struct vma vma;

	memory->fd = open_map_file(memory, flags);
	if (memory->fd < 0 && vma_look(memory->mapping.address, &vma) == 0 &&
	    vma.page_bytes > memory->page_bytes) {
		memory->page_bytes = vma.page_bytes;
		memory->fd = open_map_file(memory, flags);
	}
	if (memory->fd >= 0)
		look_at_file_system(memory);
	memory->mapping.page_bytes = memory->page_bytes;
	memory->fd_writes = memory->fd >= 0 && memory->page_bytes == base_page();
}

static void forget_window(struct memory *memory)
{
	memory_window_free(memory->window);
	memory->window = NULL;
}

void memory_refresh(struct memory *memory)
{
	struct stat st;

	forget_window(memory);
	if (!memory->is_segment && fstat(memory->fd, &st) == 0)
		memory->bytes = (uint64_t)st.st_size;
}

int memory_open(const struct ref *ref, enum memory_access access, struct memory *memory,
                struct error *error)
{
	const int protection = access == MEMORY_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
	struct mapping_request request = { .protection = protection };
	int result = 0;
	int saved;

	if (memory_find(ref, access, memory, error) < 0)
		return -1;
	request.length = memory->bytes;
	request.page_bytes = memory->page_bytes;
	if (memory->is_segment) {
		result = mapping_of_segment(memory->id, &request, &memory->mapping, error);
		if (result == 0)
			look_at_pages(memory, access == MEMORY_WRITE ? O_RDWR : O_RDONLY);
	} else if (access == MEMORY_WRITE && !memory->fd_writes && memory->bytes > 0) {
		result = mapping_of_file(memory->fd, &request, &memory->mapping, error);
	}
	if (result == 0)
		return 0;
	saved = errno;
	memory_close(memory);
	errno = saved;
	return -1;
}

int memory_map(const struct memory *memory, struct mapping_request *request,
               struct mapping *mapping, char **part, struct error *error)
{
	struct mapping_request whole = *request;

	request->page_bytes = memory->page_bytes;
	if (!memory->is_segment) {
		if (mapping_of_file(memory->fd, request, mapping, error) < 0)
			return -1;
		*part = mapping->address;
		return 0;
	}
	whole.offset = 0;
	whole.length = memory->bytes;
	whole.page_bytes = memory->page_bytes;
	if (mapping_of_segment(memory->id, &whole, mapping, error) < 0)
		return -1;
	*part = mapping->address + request->offset;
	return 0;
}

bool memory_is_removed(const struct memory *memory)
{
	struct object_list list = { .count = 0 };
	struct stat st;
	bool removed;

	if (!memory->is_segment)
		return memory->has_name && fstat(memory->fd, &st) == 0 && st.st_nlink == 0;
	removed = sysv_find(memory->id, &list) < 0 ||
	          (list.objects[0].marked && list.objects[0].attaches <= 1);
	object_list_free(&list);
	return removed;
}

void memory_close(struct memory *memory)
{
	mapping_end(&memory->mapping);
	if (memory->fd >= 0)
		close(memory->fd);
	memory->fd = -1;
	forget_window(memory);
}
