/*
 * System V shared memory segments, sysvipc(7).
 */
#ifndef SHMTOOL_OBJECTS_SEGMENT_H
#define SHMTOOL_OBJECTS_SEGMENT_H

#include "error.h"
#include "objects/change.h"
#include "objects/object.h"
#include "objects/sysv_table.h"
#include "system/hugepages.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/shm.h>
#include <sys/types.h>

/** The kernel's array of segments. */
extern const struct sysv_table segment_table;

/**
 * Add all segments of this IPC namespace to a list, in the kernel's order: by SHM_STAT_ANY of
 * shmctl(2), since Linux 4.17, which needs no permission and attaches nothing; if it is denied,
 * from
 * /proc/sysvipc/shm, see sysv_table.h.
 *
 * @return 0, or -1 with errno if some could not be read: the list holds the others
 */
int sysv_list(struct object_list *list);

/** Visit all segments of this IPC namespace, see sysv_table_walk(). */
int sysv_walk(sysv_visit_fn *visit, void *state);

/**
 * Add one segment to a list.
 *
 * @return 0, or -1 with errno: ENOENT if it does not exist
 */
int sysv_find(int id, struct object_list *list);

/**
 * Read one segment by a single system call.
 *
 * @param object  receives the segment
 * @return 0, or -1 with errno: ENOENT if it does not exist
 */
int sysv_look(int id, struct shm_object *object);

/**
 * Find the segment with a key, shmget(2).
 *
 * @param key  not IPC_PRIVATE
 * @param id   receives the segment's id
 * @return 0, or -1 with errno: ENOENT if no segment has the key
 */
int sysv_find_key(key_t key, int *id);

/**
 * Collect the bytes in memory and in swap of the listed segments from /proc/sysvipc/shm,
 * proc_sysvipc(5), which takes longer than the listing. They stay unknown if huge pages make the
 * values ambiguous, see hugepages_resident().
 *
 * @return 0, or -1 with errno of errno_is_passing() if a shortage made values unknown
 */
int sysv_collect_residency(struct object_list *list);

/** The memory of segments in huge pages of one size. */
struct sysv_huge_memory {
	uint64_t segments;
	uint64_t resident; /* bytes */
};

/** The memory of all segments of an IPC namespace. */
struct sysv_memory {
	uint64_t segments;
	uint64_t resident; /* bytes in memory, in base pages */
	uint64_t swapped;  /* bytes in swap */
	struct {
		uint64_t segments;
		uint64_t resident;  /* bytes */
	} huge[HUGEPAGE_POOLS_MAX]; /* in the pools of hugepages_read() */
	uint64_t unclear; /* segments that may be in huge pages or not; in none of the sums */
};

/**
 * Add up the memory of all segments of this IPC namespace: by SHM_INFO of shmctl(2) or, if that is
 * denied or huge pages are in use on the machine, from /proc/sysvipc/shm.
 *
 * @return 0, or -1 with errno
 */
int sysv_read_memory(struct sysv_memory *memory);

/**
 * Check whether the caller may read a segment: IPC_STAT of shmctl(2).
 *
 * @return false also if it does not exist
 */
bool sysv_is_readable(int id);

/** The limits of segments, struct shminfo of shmctl(2). */
struct sysv_limits {
	uint64_t shmmax; /* bytes of a segment */
	uint64_t shmmin;
	uint64_t shmall; /* pages of all segments */
	uint64_t shmmni; /* segments */
};

/**
 * Read the limits of segments: IPC_INFO of shmctl(2); /proc/sys/kernel if it is denied, or if this
 * is a 32-bit program, for which the call reports at most 2^31 - 1.
 *
 * @return 0, or -1 with errno
 */
int sysv_read_limits(struct sysv_limits *limits);

/**
 * Read the totals of all segments: SHM_INFO of shmctl(2), which takes as long as listing them.
 *
 * @return 0, or -1 with errno
 */
int sysv_read_use(struct shm_info *use);

/**
 * Check whether the kernel removes an unattached segment as soon as its creator exits:
 * kernel.shm_rmid_forced, see proc_sys_kernel(5).
 */
bool sysv_goes_with_creator(void);

/**
 * Attach a segment for reading and writing, shmat(2); shmdt(2) detaches it.
 *
 * @return its address, or NULL with errno
 */
void *sysv_attach(int id);

/**
 * Remove a segment, or mark it for destruction if it is attached.
 *
 * @param removed  receives true if it is gone, false if it is marked for destruction
 * @param nattch   receives the remaining attaches
 * @return 0, or -1 with errno: ENOENT, EIDRM if it is being removed, EPERM
 */
int sysv_remove(int id, bool *removed, uint64_t *nattch);

/**
 * Check whether the caller may remove a segment, by asking the kernel without changing anything.
 *
 * @return false with errno: EPERM, or the error with which the call itself is denied
 */
bool sysv_may_remove(int id);

/**
 * Change a segment. Owner and mode are set by one IPC_SET right after the status that it is based
 * on has been read; the kernel provides no atomic way.
 *
 * @param change  resize must not be set
 * @return 0, or -1 with error set
 */
int sysv_change(int id, const struct object_change *change, struct error *error);

/** The process that created an unused segment, if it still runs; 0 for any other object. */
pid_t sysv_living_creator(const struct shm_object *object);

#endif
