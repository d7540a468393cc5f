#include "objects/segment_make.h"

#include "objects/segment.h"
#include "objects/shortage.h"
#include "objects/sysv_table.h"
#include "objects/sysv_use.h"
#include "system/hugepages.h"
#include "system/number_file.h"
#include "system/place.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static int no_hugepages(uint64_t bytes, const struct hugepage_pool *pool, struct error *error)
{
	uint64_t needed = bytes / pool->page_bytes + (bytes % pool->page_bytes > 0);
	uint64_t available = pool->free > pool->reserved ? pool->free - pool->reserved : 0;
	char cure[256];

	hugepages_cure(pool, pool->total + needed - available, cure, sizeof(cure));
	return error_set(error, STATUS_FAILED,
	                 "needs %" PRIu64 " huge page%s of %" PRIu64 " kB, %" PRIu64 " of %" PRIu64
	                 " are free (to get more, as root: %s)",
	                 needed, needed == 1 ? "" : "s", pool->page_bytes / 1024, available,
	                 pool->total, cure);
}

/* ENOSPC: shmmni or shmall. The kernel checks shmall first: newseg() in ipc/shm.c. */
static int no_room_for_segment(uint64_t bytes, struct error *error)
{
	char cure[128];
	struct sysv_limits limits;
	struct sysv_use use;
	uint64_t pages = shortage_pages(bytes);

	if (sysv_read_limits(&limits) < 0 || sysv_use_of_segments(&use) < 0)
		return error_set_errno(error, ENOSPC, "can't be created");
	if (use.amount + pages > limits.shmall)
		return error_set(
		    error, STATUS_FAILED,
		    "the limit on the total size of segments is reached: shmall is %" PRIu64
		    " pages, "
		    "in use: %" PRIu64 ", needed: %" PRIu64 " (as root: %ssysctl "
		    "kernel.shmall=%" PRIu64 ")",
		    limits.shmall, use.amount, pages, place_ipc_prefix(), (use.amount + pages) * 2);
	sysv_shmmni_cure(limits.shmmni, use.objects, cure, sizeof(cure));
	return error_set(error, STATUS_FAILED,
	                 "the limit on the number of segments is reached: shmmni is %" PRIu64
	                 ", in use: %" PRIu64 " (remove some%s%s)",
	                 limits.shmmni, use.objects, cure[0] != '\0' ? ", or as root: " : "", cure);
}

/* EINVAL of a new segment: shmmin or shmmax, or a huge page size that does not exist. */
static int bad_size(const struct sysv_request *request, struct error *error)
{
	struct hugepage_pool pool;
	struct sysv_limits limits;

	if (request->hugetlb && !hugepages_find(request->huge_page, &pool))
		return hugepages_no_such_size(request->huge_page, STATUS_FAILED, error);
	if (sysv_read_limits(&limits) < 0)
		return error_set_errno(error, EINVAL, "can't be created");
	/* Below the limit, the kernel's own arithmetic overflows. */
	if (request->bytes <= limits.shmmax)
		return error_set(error, STATUS_FAILED,
		                 "%" PRIu64
		                 " bytes exceed the maximum size of a segment on this kernel",
		                 request->bytes);
	return error_set(error, STATUS_FAILED,
	                 "%" PRIu64 " byte%s the maximum size of a segment: shmmax is %" PRIu64
	                 " bytes (as root: "
	                 "%ssysctl kernel.shmmax=%" PRIu64 ")",
	                 request->bytes, request->bytes == 1 ? " exceeds" : "s exceed",
	                 limits.shmmax, place_ipc_prefix(), request->bytes);
}

/* ENOMEM: too few huge pages, or more memory than the overcommit policy allows. */
static int no_memory(const struct sysv_request *request, struct error *error)
{
	struct hugepage_pool pool;
	struct sysinfo info;
	uint64_t policy = 0;

	if (request->hugetlb && hugepages_find(request->huge_page, &pool))
		return no_hugepages(request->bytes, &pool, error);
	if (sysinfo(&info) < 0)
		return error_set_errno(error, ENOMEM, "can't be created");
	number_file_read("/proc/sys/vm/overcommit_memory", &policy);
	return error_set(
	    error, STATUS_FAILED,
	    "the kernel does not commit %" PRIu64 " byte%s of memory: the machine has %" PRIu64
	    " and %" PRIu64 " of swap, vm.overcommit_memory is %" PRIu64
	    " (request less, use --noreserve, or as root: sysctl vm.overcommit_memory=1)",
	    request->bytes, plural_s(request->bytes), (uint64_t)info.totalram * info.mem_unit,
	    (uint64_t)info.totalswap * info.mem_unit, policy);
}

/* The cause is neither a limit nor the caller's permissions. */
static int refused(int number, struct error *error)
{
	return error_set(error, STATUS_FAILED,
	                 "can't be created: System V IPC is %s (%s) (try a POSIX object instead)",
	                 number == ENOSYS ? "missing from this kernel or blocked here"
	                                  : "blocked here, by seccomp(2) or a security module",
	                 strerror(number));
}

static int no_permission(int number, const struct sysv_request *request, struct error *error)
{
	uint64_t group = 0;

	/* The kernel itself requires permission only for huge pages. */
	if (!request->hugetlb || !sysv_answers(KIND_SHM))
		return refused(number, error);
	number_file_read("/proc/sys/vm/hugetlb_shm_group", &group);
	return error_set(error, STATUS_FAILED,
	                 "huge pages are reserved for root and members of group %" PRIu64
	                 ", set by vm.hugetlb_shm_group (as root: sysctl vm.hugetlb_shm_group=%lu)",
	                 group, (unsigned long)getegid());
}

static int explain_failure(int number, const struct sysv_request *request, struct error *error)
{
	switch (number) {
	case EEXIST:
		return error_set(error, STATUS_FAILED, "a segment with this key already exists");
	case ENOSPC:
		return no_room_for_segment(request->bytes, error);
	case EINVAL:
		return bad_size(request, error);
	case ENOMEM:
		return no_memory(request, error);
	case EPERM:
		return no_permission(number, request, error);
	case EACCES:
	case ENOSYS:
		return refused(number, error);
	default:
		return error_set_errno(error, number, "can't be created");
	}
}

void sysv_shmmni_cure(uint64_t shmmni, uint64_t used, char *target, size_t size)
{
	/* IPCMNI of the kernel, without and with the kernel parameter ipcmni_extend. */
	static const uint64_t most[] = { 32768, 1 << 24 };
	const uint64_t more = shmmni > used ? shmmni : used;
	uint64_t wanted = more > 0 ? more * 2 : 4096;

	target[0] = '\0';
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		/* A limit above the first maximum shows that ipcmni_extend is set. */
		if (more > most[i])
			continue;
		if (wanted > most[i])
			wanted = most[i];
		if (wanted > more)
			snprintf(target, size, "%ssysctl kernel.shmmni=%llu", place_ipc_prefix(),
			         (unsigned long long)wanted);
		return;
	}
}

int sysv_create(const struct sysv_request *request, int *id, struct error *error)
{
	int flags = IPC_CREAT | IPC_EXCL | (int)request->mode;
	int number;

	if (request->noreserve)
		flags |= SHM_NORESERVE;
	if (request->hugetlb)
		flags |= SHM_HUGETLB | hugepages_shmget_flag(request->huge_page);
	/* The call would take the size modulo 4 GiB. */
	if ((size_t)request->bytes != request->bytes) {
		error_set(error, STATUS_FAILED,
		          "%" PRIu64 " bytes exceed the address space of a 32-bit program",
		          request->bytes);
		error->number = EINVAL;
		return -1;
	}
	*id = shmget(request->key, (size_t)request->bytes, flags);
	if (*id >= 0)
		return 0;
	number = errno;
	explain_failure(number, request, error);
	error->number = number;
	return -1;
}

int sysv_check_access(key_t key, mode_t mode)
{
	return shmget(key, 0, (int)mode) < 0 ? -1 : 0;
}
