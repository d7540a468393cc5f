#include "memory/memory.h"

#include "base/allocated.h"
#include "memory/fault.h"
#include "memory/window.h"
#include "objects/segment.h"
#include "objects/shortage.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes requested by one call: the kernel transfers at most 2 GiB. */
enum { STEP = 1 << 24 };

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Whether all pages of a file in memory are allocated. */
static bool is_full(const struct memory *memory)
{
	struct stat st;

	return fstat(memory->fd, &st) == 0 &&
	       allocated_bytes(&st) == mapping_round_up((uint64_t)st.st_size, memory->page_bytes);
}

static void extent_of_file(const struct memory *memory, uint64_t offset, uint64_t end,
                           struct extent *extent)
{
	struct stat st;
	off_t data;
	off_t hole;

	/* A file that has shrunk has no hole here: reading reports it. */
	if (fstat(memory->fd, &st) < 0 || (uint64_t)st.st_size <= offset)
		return;
	end = smaller(end, (uint64_t)st.st_size);
	extent->length = end - offset;
	if (memory->on_disk || memory->page_bytes != (uint64_t)sysconf(_SC_PAGESIZE) ||
	    is_full(memory))
		return;
	data = lseek(memory->fd, (off_t)offset, SEEK_DATA);
	if (data < 0) {
		/* ENXIO: the rest is a hole. */
		extent->is_hole = errno == ENXIO;
		return;
	}
	if ((uint64_t)data > offset) {
		extent->is_hole = true;
		extent->length = smaller((uint64_t)data, end) - offset;
		return;
	}
	hole = lseek(memory->fd, (off_t)offset, SEEK_HOLE);
	if (hole > (off_t)offset)
		extent->length = smaller((uint64_t)hole, end) - offset;
}

static void extent_of_mapping(struct memory *memory, uint64_t offset, uint64_t end,
                              struct extent *extent)
{
	uint64_t page = offset / memory->page_bytes;
	uint64_t last = (end - 1) / memory->page_bytes;
	uint64_t count;

	/* mincore(2) reports huge pages only if this process has touched them. */
	if (memory->page_bytes != (uint64_t)sysconf(_SC_PAGESIZE))
		return;
	count = residency_window_run(&memory->window, &memory->mapping, page, last - page + 1,
	                             &extent->is_hole);
	extent->length = smaller((page + count) * memory->page_bytes, end) - offset;
}

void memory_extent(struct memory *memory, uint64_t offset, uint64_t end, struct extent *extent)
{
	extent->length = end - offset;
	extent->is_hole = false;
	if (memory->fd >= 0)
		extent_of_file(memory, offset, end, extent);
	else
		extent_of_mapping(memory, offset, end, extent);
}

static int read_failed(uint64_t offset, int number, struct error *error)
{
	return error_set_errno(error, number, "can't be read at offset %" PRIu64, offset);
}

static int read_file(const struct memory *memory, uint64_t offset, char *buffer, uint64_t size,
                     uint64_t *done, struct error *error)
{
	while (*done < size) {
		ssize_t length = pread(memory->fd, buffer + *done, smaller(size - *done, STEP),
		                       (off_t)(offset + *done));

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return read_failed(offset + *done, errno, error);
		if (length == 0)
			break;
		*done += (uint64_t)length;
	}
	return 0;
}

static int read_mapping(struct memory *memory, uint64_t offset, char *buffer, uint64_t size,
                        uint64_t *done, struct error *error)
{
	while (*done < size) {
		uint64_t at = offset + *done;
		struct extent extent;
		int signal;

		memory_extent(memory, at, offset + size, &extent);
		if (extent.is_hole) {
			memset(buffer + *done, 0, extent.length);
			*done += extent.length;
			continue;
		}
		extent.length = smaller(extent.length, STEP);
		*done += fault_copy_from(buffer + *done, memory->mapping.address + at,
		                         extent.length, &signal);
		if (signal != 0)
			return read_failed(offset + *done, EFAULT, error);
	}
	return 0;
}

int memory_read(struct memory *memory, uint64_t offset, void *buffer, uint64_t size, uint64_t *done,
                struct error *error)
{
	*done = 0;
	if (memory->fd >= 0)
		return read_file(memory, offset, buffer, size, done, error);
	return read_mapping(memory, offset, buffer, size, done, error);
}

/*
 * Read from a mapping of the last page of a file. A hole is not touched: that would allocate
 * memory.
 */
static int read_last_page(struct memory *memory, uint64_t offset, void *buffer, uint64_t size,
                          struct error *error)
{
	uint64_t page = (memory->bytes - 1) / memory->page_bytes * memory->page_bytes;
	struct mapping_request request = {
		.offset = page,
		.length = memory->page_bytes,
		.page_bytes = memory->page_bytes,
		.protection = PROT_READ,
	};
	struct mapping mapping;
	struct extent extent;
	int signal;

	memory_extent(memory, page, memory->bytes, &extent);
	memset(buffer, 0, size);
	if (extent.is_hole)
		return 0;
	if (mapping_of_file(memory->fd, &request, &mapping, error) < 0)
		return -1;
	fault_copy_from(buffer, mapping.address + (offset - page), size, &signal);
	mapping_end(&mapping);
	if (signal != 0)
		return error_set(error, STATUS_FAILED, "has been truncated meanwhile");
	return 0;
}

int memory_read_beyond(struct memory *memory, uint64_t offset, void *buffer, uint64_t size,
                       struct error *error)
{
	struct extent extent;
	int signal;

	if (!memory->is_segment)
		return read_last_page(memory, offset, buffer, size, error);
	memory_extent(memory, memory->bytes - 1, memory->bytes, &extent);
	memset(buffer, 0, size);
	if (!extent.is_hole)
		fault_copy_from(buffer, memory->mapping.address + offset, size, &signal);
	return 0;
}

/* Stores into a mapping end in EFAULT if there is no memory for the page. */
static int no_memory_for_page(const struct memory *memory, struct error *error)
{
	if (memory->page_bytes != (uint64_t)sysconf(_SC_PAGESIZE))
		return error_set(error, STATUS_FAILED, "no huge page is free (shmtool limits)");
	if (memory->is_segment)
		return error_set(error, STATUS_FAILED, "not enough memory (free some)");
	return error_set(error, STATUS_FAILED, "the file has been truncated meanwhile");
}

int memory_store_failed(const struct memory *memory, uint64_t offset, int number,
                        struct error *error)
{
	struct error cause;

	if (number == EFAULT)
		no_memory_for_page(memory, &cause);
	else if (number == EPERM)
		error_set(&cause, STATUS_FAILED, "a seal forbids it, fcntl(2) F_SEAL_WRITE");
	else if (memory->is_segment && (number == ENOSPC || number == ENOMEM))
		error_set(&cause, STATUS_FAILED, "not enough memory (free some)");
	else if (memory->is_posix || number == EFBIG)
		shortage_of_space(number, 0, &cause);
	else if (number == ENOSPC || number == EDQUOT)
		error_set_errno(&cause, number, "no space left on its file system");
	else
		error_set_errno(&cause, number, "the kernel refuses it");
	return error_set(error, STATUS_FAILED, "can't be written at offset %" PRIu64 ": %s", offset,
	                 cause.text);
}

/* Bytes of memory and swap that an object already uses. */
static uint64_t bytes_taken(const struct memory *memory)
{
	struct object_list list = { .count = 0 };
	uint64_t taken = 0;
	struct stat st;

	if (!memory->is_segment)
		return fstat(memory->fd, &st) == 0 ? allocated_bytes(&st) : 0;
	if (sysv_find(memory->id, &list) == 0) {
		(void)sysv_collect_residency(&list);
		taken = list.objects[0].used;
	}
	object_list_free(&list);
	return taken;
}

int memory_check_room(const struct memory *memory, uint64_t length, struct error *error)
{
	uint64_t taken;

	/* Disks and pools of huge pages have limits of their own. */
	if (memory->on_disk || memory->page_bytes != (uint64_t)sysconf(_SC_PAGESIZE) ||
	    shortage_check_memory(length, error) == 0)
		return 0;
	taken = bytes_taken(memory);
	return length > taken ? shortage_check_memory(length - taken, error) : 0;
}

int memory_check_size(const struct memory *memory)
{
	struct stat st;

	if (!memory->fd_writes || fstat(memory->fd, &st) < 0 ||
	    (uint64_t)st.st_size >= memory->bytes)
		return 0;
	errno = EFAULT;
	return -1;
}

static int write_file(const struct memory *memory, uint64_t offset, const char *buffer,
                      uint64_t size, uint64_t *done, struct error *error)
{
	*done = 0;
	while (*done < size) {
		ssize_t length;

		if (memory_check_size(memory) < 0)
			return memory_store_failed(memory, offset + *done, errno, error);
		length = pwrite(memory->fd, buffer + *done, smaller(size - *done, STEP),
		                (off_t)(offset + *done));

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return memory_store_failed(memory, offset + *done, errno, error);
		*done += (uint64_t)length;
	}
	return 0;
}

int memory_write(struct memory *memory, uint64_t offset, const void *buffer, uint64_t size,
                 uint64_t *done, struct error *error)
{
	int result = 0;
	int signal = 0;

	*done = 0;
	if (memory->fd_writes)
		result = write_file(memory, offset, buffer, size, done, error);
	while (!memory->fd_writes && *done < size && signal == 0)
		*done += fault_copy_to(memory->mapping.address + offset + *done,
		                       (const char *)buffer + *done, smaller(size - *done, STEP),
		                       &signal);
	memory->stored |= *done > 0;
	return signal == 0 ? result : memory_store_failed(memory, offset + *done, EFAULT, error);
}

static int fill_file(struct memory *memory, uint64_t offset, int byte, uint64_t size,
                     uint64_t *done, struct error *error)
{
	char chunk[1 << 16];

	memset(chunk, byte, sizeof(chunk));
	while (*done < size) {
		uint64_t written;
		int result = write_file(memory, offset + *done, chunk,
		                        smaller(size - *done, sizeof(chunk)), &written, error);

		*done += written;
		if (result < 0)
			return -1;
	}
	return 0;
}

int memory_fill(struct memory *memory, uint64_t offset, int byte, uint64_t size, uint64_t *done,
                struct error *error)
{
	int result = 0;
	int signal = 0;

	*done = 0;
	if (memory->fd_writes)
		result = fill_file(memory, offset, byte, size, done, error);
	while (!memory->fd_writes && *done < size && signal == 0)
		*done += fault_fill(memory->mapping.address + offset + *done, byte,
		                    smaller(size - *done, STEP), &signal);
	memory->stored |= *done > 0;
	return signal == 0 ? result : memory_store_failed(memory, offset + *done, EFAULT, error);
}

bool memory_store_is_atomic(uint64_t size)
{
	return size == 1 || size == 2 || size == 4 ||
	       (size == 8 && __atomic_always_lock_free(sizeof(uint64_t), 0));
}

/*
 * Map pages of a file for writing, unless the object is mapped already.
 *
 * Returns the address of the offset, or NULL with error set; the caller ends the mapping.
 */
static char *map_part(const struct memory *memory, uint64_t offset, uint64_t size,
                      struct mapping *mapping, struct error *error)
{
	const uint64_t begin = offset - offset % memory->page_bytes;
	const struct mapping_request request = {
		.offset = begin,
		.length = offset - begin + size,
		.page_bytes = memory->page_bytes,
		.protection = PROT_READ | PROT_WRITE,
	};

	*mapping = (struct mapping){ .address = NULL };
	if (memory->mapping.address != NULL)
		return memory->mapping.address + offset;
	if (mapping_of_file(memory->fd, &request, mapping, error) < 0)
		return NULL;
	return mapping->address + (offset - begin);
}

int memory_store_release(struct memory *memory, const struct memory_store *store, uint64_t *done,
                         struct error *error)
{
	struct fault_stores stores = {
		.from = store->values,
		.size = (size_t)store->size,
		.stride = (size_t)store->stride,
		.count = (size_t)store->count,
	};
	struct mapping mapping;
	int signal;

	*done = 0;
	if (store->count == 0)
		return 0;
	stores.to = map_part(memory, store->offset,
	                     (store->count - 1) * store->stride + store->size, &mapping, error);
	if (stores.to == NULL)
		return -1;
	*done = fault_store_release(&stores, &signal);
	memory->stored |= *done > 0;
	mapping_end(&mapping);
	if (signal == 0)
		return 0;
	return memory_store_failed(memory, store->offset + *done * store->stride, EFAULT, error);
}

int memory_write_beyond(struct memory *memory, uint64_t offset, const void *buffer, uint64_t size,
                        struct error *error)
{
	struct mapping mapping;
	char *target = map_part(memory, offset, size, &mapping, error);
	int signal;

	if (target == NULL)
		return -1;
	memory->stored |= fault_copy_to(target, buffer, size, &signal) > 0;
	mapping_end(&mapping);
	return signal == 0 ? 0 : memory_store_failed(memory, offset, EFAULT, error);
}
