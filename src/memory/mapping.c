#include "memory/mapping.h"

#include "memory/fault.h"
#include "objects/shortage.h"
#include "system/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

uint64_t mapping_round_up(uint64_t bytes, uint64_t page_bytes)
{
	uint64_t rest = bytes % page_bytes;

	return rest == 0 ? bytes : bytes + (page_bytes - rest);
}

static int no_address_space(uint64_t length, struct error *error)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		return error_set(error, STATUS_FAILED,
		                 "not enough address space for %" PRIu64
		                 " bytes: it is limited to %" PRIu64
		                 " (ulimit -v unlimited, or map less)",
		                 length, (uint64_t)limit.rlim_cur);
	return error_set(error, STATUS_FAILED,
	                 "not enough memory or address space for %" PRIu64 " bytes (map less)",
	                 length);
}

/* EPERM for an address that the kernel keeps free. */
static int below_minimum(const struct mapping_request *request, struct error *error)
{
	return error_set(error, STATUS_FAILED,
	                 "the kernel does not permit a mapping at 0x%" PRIxPTR
	                 " (vm.mmap_min_addr)",
	                 request->at);
}

static int not_permitted(int fd, const struct mapping_request *request, struct error *error)
{
	struct statvfs fs;

	if ((request->protection & PROT_EXEC) && fstatvfs(fd, &fs) == 0 &&
	    (fs.f_flag & ST_NOEXEC) != 0)
		return error_set(error, STATUS_FAILED,
		                 "can't be mapped for executing: its file system is mounted with "
		                 "noexec");
	if ((request->protection & PROT_WRITE) && !request->is_private &&
	    (fcntl(fd, F_GET_SEALS) & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) > 0)
		return error_set(error, STATUS_FAILED,
		                 "can't be mapped for writing: a seal forbids it, "
		                 "fcntl(2) F_SEAL_WRITE (map it --private, or read-only)");
	if (request->at_given)
		return below_minimum(request, error);
	return error_set(error, STATUS_FAILED, "the kernel does not permit this mapping");
}

static int no_mapping_of(int fd, int number, struct error *error)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return error_set(error, STATUS_FAILED, "is a directory: only files can be mapped");
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		return error_set(error, STATUS_FAILED, "is a device that can't be mapped");
	if (number == EACCES)
		error_set(
		    error, STATUS_FAILED,
		    "can't be mapped in this mode: it is append-only, or was not opened for it");
	else
		error_set(error, STATUS_FAILED,
		          "can't be mapped: its file system does not support it (copy the file "
		          "elsewhere)");
	error->number = number;
	return -1;
}

static int map_failed(int fd, int number, const struct mapping_request *request,
                      struct error *error)
{
	switch (number) {
	case EACCES:
	case EIO: /* files of /proc */
	case ENODEV:
		return no_mapping_of(fd, number, error);
	case EAGAIN:
		return error_set(error, STATUS_FAILED,
		                 "can't be mapped now: it is locked, or too much memory is locked "
		                 "(ulimit -l)");
	case EBADF:
		return error_set(error, STATUS_FAILED,
		                 "can't be mapped: the kernel reports it as not open");
	case EEXIST:
		return error_set(error, STATUS_FAILED,
		                 "something else is mapped at 0x%" PRIxPTR
		                 " already (choose another address, or leave it to the kernel)",
		                 request->at);
	case EINVAL:
		return error_set(error, STATUS_FAILED,
		                 "%" PRIu64 " byte%s at offset %" PRIu64
		                 " can't be mapped: beyond its end, too long, or not page-aligned",
		                 request->length, plural_s(request->length), request->offset);
	case ENFILE:
		return error_set(
		    error, STATUS_FAILED,
		    "the machine has too many open files (as root: sysctl fs.file-max)");
	case ENOMEM:
		return no_address_space(request->length, error);
	case EOVERFLOW:
		return error_set(error, STATUS_FAILED,
		                 "offset %" PRIu64 " and length %" PRIu64
		                 " together exceed the maximum size of a file",
		                 request->offset, request->length);
	case EPERM:
		return not_permitted(fd, request, error);
	case ETXTBSY:
		return error_set(error, STATUS_FAILED,
		                 "is a running program or swap space in use (map it --private or, "
		                 "for a program, read-only)");
	default:
		return error_set_errno(error, number, "can't be mapped");
	}
}

int mapping_of_file(int fd, const struct mapping_request *request, struct mapping *mapping,
                    struct error *error)
{
	int flags = request->is_private ? MAP_PRIVATE : MAP_SHARED;
	void *wanted = NULL;
	void *address;

	mapping->address = NULL;
	mapping->length = request->length;
	mapping->page_bytes = request->page_bytes;
	mapping->is_segment = false;
	if (request->at_given) {
		wanted = (void *)request->at;
		flags |= MAP_FIXED_NOREPLACE;
	}
	if (request->offset > INT64_MAX || request->length > INT64_MAX)
		return map_failed(fd, EOVERFLOW, request, error);
	if (request->length > PTRDIFF_MAX)
		return map_failed(fd, ENOMEM, request, error);
	address =
	    mmap(wanted, request->length, request->protection, flags, fd, (off_t)request->offset);
	if (address == MAP_FAILED)
		return map_failed(fd, errno, request, error);
	/* A kernel that does not know the flag treats the address as a hint. */
	if (request->at_given && address != wanted) {
		munmap(address, request->length);
		return map_failed(fd, EEXIST, request, error);
	}
	mapping->address = address;
	return 0;
}

static int attach_failed(int number, const struct mapping_request *request, struct error *error)
{
	const uintptr_t boundary = (uintptr_t)SHMLBA;

	switch (number) {
	case EACCES:
		if (request->protection & PROT_WRITE)
			error_set(error, STATUS_FAILED,
			          "no permission to attach it for reading and writing (its owner "
			          "and mode: shmtool stat)");
		else
			error_set(error, STATUS_FAILED,
			          "no permission to attach it for reading (its owner and mode: "
			          "shmtool stat)");
		break;
	case EINVAL:
		if (request->at_given && !request->round && request->at % boundary != 0)
			error_set(error, STATUS_USAGE,
			          "0x%" PRIxPTR " is not a multiple of SHMLBA, %" PRIuPTR
			          " bytes (--at 0x%" PRIxPTR " or 0x%" PRIxPTR
			          ", or --round, which rounds down)",
			          request->at, boundary, request->at - request->at % boundary,
			          request->at - request->at % boundary + boundary);
		else if (request->at_given)
			error_set(
			    error, STATUS_FAILED,
			    "can't be attached at 0x%" PRIxPTR
			    ": something is mapped there already, or the kernel allows no "
			    "mapping there (choose another address, or leave it to the kernel)",
			    request->at);
		else
			error_set(error, STATUS_FAILED, "no such segment");
		break;
	case EPERM:
		if (request->at_given)
			below_minimum(request, error);
		else
			error_set_errno(error, number, "can't be attached");
		break;
	case EIDRM:
		error_set(error, STATUS_FAILED, "was just removed");
		break;
	case ENOMEM:
		no_address_space(request->length, error);
		break;
	default:
		error_set_errno(error, number, "can't be attached");
	}
	error->number = number;
	return -1;
}

int mapping_of_segment(int id, const struct mapping_request *request, struct mapping *mapping,
                       struct error *error)
{
	int flags = (request->protection & PROT_WRITE) ? 0 : SHM_RDONLY;
	void *wanted = NULL;
	void *address;

	mapping->address = NULL;
	mapping->length = request->length;
	mapping->page_bytes = request->page_bytes;
	mapping->is_segment = true;
	/* shmat(2) takes an address of 0 as no address. */
	if (request->at_given)
		wanted = (void *)request->at;
	if (request->round)
		flags |= SHM_RND;
	if (request->replace)
		flags |= SHM_REMAP;
	address = shmat(id, wanted, flags);
	if (address == (void *)-1)
		return attach_failed(errno, request, error);
	mapping->address = address;
	return 0;
}

uint64_t mapping_pages(const struct mapping *mapping)
{
	return mapping_round_up(mapping->length, mapping->page_bytes) / mapping->page_bytes;
}

static int populate_by_touching(const struct mapping *mapping, bool write, struct error *error)
{
	uint64_t pages = mapping_pages(mapping);
	int signal;
	size_t done = fault_touch(mapping->address, pages, mapping->page_bytes, write, &signal);

	if (done == pages)
		return 0;
	return error_set(error, STATUS_FAILED,
	                 "can't be populated: %s at byte %" PRIu64
	                 " (not enough memory, or the file ends there)",
	                 signal == SIGBUS ? "SIGBUS" : "SIGSEGV", done * mapping->page_bytes);
}

int mapping_populate(const struct mapping *mapping, bool write, struct error *error)
{
	uint64_t length = mapping_round_up(mapping->length, mapping->page_bytes);

	if (madvise(mapping->address, length, write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ) ==
	    0)
		return 0;
	/* The call does not report where it failed. */
	return populate_by_touching(mapping, write, error);
}

/* Bytes requested by one read(2): the kernel transfers at most 2 GiB. */
enum { CHUNK = 1 << 30 };

static int read_zeros(char *address, size_t length)
{
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int result = -1;

	if (zero < 0)
		return -1;
	while (length > 0) {
		ssize_t done = read(zero, address, length < CHUNK ? length : CHUNK);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			goto done;
		address += done;
		length -= (size_t)done;
	}
	result = 0;
done:
	close(zero);
	return result;
}

int mapping_populate_new(void *address, size_t length)
{
	if (madvise(address, length, MADV_POPULATE_WRITE) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
	return read_zeros(address, length);
}

void mapping_expect(char *address, uint64_t length, bool write)
{
	uintptr_t into_page = (uintptr_t)address & ((uintptr_t)sysconf(_SC_PAGESIZE) - 1);

	(void)madvise(address - into_page, length + into_page,
	              write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
}

/* Report the limit, or unavailable pages if the length is within the limit. */
static int not_all_locked(uint64_t length, struct error *error)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur < length && geteuid() != 0)
		return shortage_of_locked_memory(ENOMEM, length, error);
	return error_set(error, STATUS_FAILED,
	                 "not all of it can be locked in memory: some pages are not available "
	                 "(beyond the end of the file, or memory is short)");
}

int mapping_lock(const struct mapping *mapping, struct error *error)
{
	if (mlock(mapping->address, mapping->length) == 0)
		return 0;
	switch (errno) {
	case EPERM:
		return error_set(error, STATUS_FAILED,
		                 "no permission to lock memory: the limit, RLIMIT_MEMLOCK, is 0 "
		                 "(ulimit -l, or run as root)");
	case EAGAIN:
		return error_set(error, STATUS_FAILED,
		                 "not all of it can be locked in memory now: some pages are not "
		                 "available (try again, or free some memory)");
	case ENOMEM:
		return not_all_locked(mapping->length, error);
	case EINVAL:
		return error_set(error, STATUS_FAILED,
		                 "can't be locked in memory: its address range is too large");
	default:
		return error_set_errno(error, errno, "can't be locked in memory");
	}
}

int mapping_sync(const struct mapping *mapping, bool async, struct error *error)
{
	int result;

	do
		result = msync(mapping->address, mapping->length, async ? MS_ASYNC : MS_SYNC);
	while (result < 0 && errno == EINTR);
	if (result == 0)
		return 0;
	switch (errno) {
	case EBUSY:
		return error_set(error, STATUS_FAILED,
		                 "can't be written back: a page of it is locked in memory");
	case EINVAL:
		return error_set(
		    error, STATUS_FAILED,
		    "can't be written back: the kernel does not support msync(2) for it");
	case EIO:
		return error_set(error, STATUS_FAILED,
		                 "was not written back: the disk has failed, or is full (dmesg)");
	case ENOSPC:
	case EDQUOT:
		return error_set_errno(error, errno,
		                       "was not written back: no space left on its disk");
	case ENOMEM:
		return error_set(error, STATUS_FAILED,
		                 "can't be written back: part of it is no longer mapped");
	default:
		return error_set_errno(error, errno, "can't be written back");
	}
}

void mapping_end(struct mapping *mapping)
{
	if (mapping->address == NULL)
		return;
	if (mapping->is_segment)
		shmdt(mapping->address);
	else
		munmap(mapping->address, mapping_round_up(mapping->length, mapping->page_bytes));
	mapping->address = NULL;
}
