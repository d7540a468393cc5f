#include "usage/memory_devices.h"

#include "system/linux.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_device(struct memory_devices *devices, unsigned int memfd_flags)
{
	int fd = memfd_create("shmtool", MFD_CLOEXEC | memfd_flags);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0) {
		devices->page_bytes[devices->count] =
		    (memfd_flags & MFD_HUGETLB) != 0 ? (uint64_t)st.st_blksize : 0;
		devices->devices[devices->count++] = st.st_dev;
	}
	close(fd);
}

void memory_devices_find(struct memory_devices *devices)
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	const size_t count = hugepages_read(pools);

	devices->count = 0;
	add_device(devices, 0);
	devices->unknown = devices->count == 0;
	for (size_t i = 0; i < count; i++)
		add_device(devices, MFD_HUGETLB | (unsigned int)__builtin_ctzll(pools[i].page_bytes)
		                                      << MFD_HUGE_SHIFT);
}

bool memory_devices_have(const struct memory_devices *devices, dev_t device)
{
	if (devices->unknown)
		return true;
	for (size_t i = 0; i < devices->count; i++) {
		if (devices->devices[i] == device)
			return true;
	}
	return false;
}
