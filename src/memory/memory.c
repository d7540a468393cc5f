#include "memory/memory.h"

#include "base/descriptor.h"
#include "memory/window.h"
#include "objects/inventory.h"
#include "objects/segment.h"
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

/* Determine the page size and the kind of a file's file system. Returns 0, or -1 with errno. */
static int look_at_file_system(struct memory *memory)
{
	struct statfs fs;

	memory->on_disk = true;
	memory->page_bytes = base_page();
	if (fstatfs(memory->fd, &fs) < 0)
		return -1;
	memory->on_disk = !is_in_memory(&fs);
	if (fs.f_type == HUGETLBFS_MAGIC)
		memory->page_bytes = (uint64_t)fs.f_bsize;
	return 0;
}

int memory_of_file(int fd, const char *text, struct memory *memory, struct error *error)
{
	struct stat st;

	memset(memory, 0, sizeof(*memory));
	memory->fd = fd;
	if (fstat(fd, &st) < 0 || look_at_file_system(memory) < 0) {
		error_set_errno(error, errno, "can't be inspected");
		memory->fd = -1;
		return -1;
	}
	memory->has_name = st.st_nlink > 0;
	memory->bytes = (uint64_t)st.st_size;
	memory->fd_writes = memory->page_bytes == base_page();
	strlcpy(memory->text, text, sizeof(memory->text));
	return 0;
}

static int find_file(const struct ref *ref, enum ref_file_access access, struct memory *memory,
                     struct error *error)
{
	const int fd = ref_file_open(ref, access, error);

	if (fd < 0)
		return -1;
	if (memory_of_file(fd, ref->text, memory, error) < 0) {
		close(fd);
		return -1;
	}
	memory->is_posix = ref->kind == REF_POSIX;
	memory->has_name = memory->has_name && ref->kind != REF_FD;
	return 0;
}

static int find_segment(const struct ref *ref, struct memory *memory, struct error *error)
{
	struct object_list list = { .count = 0 };
	const int result = inventory_find(ref, &list, error);

	if (result == 0) {
		memory->is_segment = true;
		memory->id = list.objects[0].id;
		memory->bytes = list.objects[0].bytes;
		memory->marked = list.objects[0].marked;
		memory->page_bytes = base_page();
		strlcpy(memory->text, ref->text, sizeof(memory->text));
	}
	object_list_free(&list);
	return result;
}

int memory_find(const struct ref *ref, enum ref_file_access access, struct memory *memory,
                struct error *error)
{
	memset(memory, 0, sizeof(*memory));
	memory->fd = -1;
	if (ref->kind == REF_ID || ref->kind == REF_KEY)
		return find_segment(ref, memory, error);
	return find_file(ref, access, memory, error);
}

/* Open a descriptor of an attached segment; -1 if not permitted. */
static int open_map_file(const struct memory *memory, int flags)
{
	uintptr_t start = (uintptr_t)memory->mapping.address;
	char path[96];

	snprintf(path, sizeof(path), "/proc/self/map_files/%" PRIxPTR "-%" PRIxPTR, start,
	         (uintptr_t)(start + mapping_round_up(memory->bytes, memory->page_bytes)));
	return open(path, flags | O_CLOEXEC);
}

/* The mapping of a segment with huge pages may be longer than the segment. */
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
		(void)look_at_file_system(memory);
	memory->mapping.page_bytes = memory->page_bytes;
	memory->fd_writes = memory->fd >= 0 && memory->page_bytes == base_page();
}

static void forget_window(struct memory *memory)
{
	residency_window_free(memory->window);
	memory->window = NULL;
}

void memory_refresh(struct memory *memory)
{
	struct stat st;

	forget_window(memory);
	if (!memory->is_segment && fstat(memory->fd, &st) == 0)
		memory->bytes = (uint64_t)st.st_size;
}

int memory_enter(struct memory *memory, enum ref_file_access access, struct error *error)
{
	const struct mapping_request request = {
		.protection = access == REF_FILE_WRITE ? PROT_READ | PROT_WRITE : PROT_READ,
		.length = memory->bytes,
		.page_bytes = memory->page_bytes,
	};
	int result = 0;

	if (memory->is_segment) {
		result = mapping_of_segment(memory->id, &request, &memory->mapping, error);
		if (result == 0)
			look_at_pages(memory, access == REF_FILE_WRITE ? O_RDWR : O_RDONLY);
	} else if (access == REF_FILE_WRITE && !memory->fd_writes && memory->bytes > 0) {
		result = mapping_of_file(memory->fd, &request, &memory->mapping, error);
	}
	return result;
}

int memory_open(const struct ref *ref, enum ref_file_access access, struct memory *memory,
                struct error *error)
{
	if (memory_find(ref, access, memory, error) < 0)
		return -1;
	if (memory_enter(memory, access, error) == 0)
		return 0;
	memory_close(memory);
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

int memory_attaches(const struct memory *memory, uint64_t *attaches)
{
	struct object_list list = { .count = 0 };

	if (!memory->is_segment || sysv_find(memory->id, &list) < 0)
		return -1;
	*attaches = list.objects[0].attaches;
	object_list_free(&list);
	return 0;
}

bool memory_is_removed(const struct memory *memory)
{
	struct object_list list = { .count = 0 };
	struct stat st;
	bool removed;

	if (!memory->is_segment)
		return memory->has_name && fstat(memory->fd, &st) == 0 && st.st_nlink == 0;
	if (sysv_find(memory->id, &list) < 0)
		removed = errno == ENOENT;
	else
		removed = list.objects[0].marked && list.objects[0].attaches <= 1;
	object_list_free(&list);
	return removed;
}

void memory_close(struct memory *memory)
{
	mapping_end(&memory->mapping);
	descriptor_close(memory->fd);
	memory->fd = -1;
	forget_window(memory);
}
