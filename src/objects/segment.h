/*
 * System V shared memory segments, sysvipc(7).
 */
#ifndef SHMTOOL_OBJECTS_SEGMENT_H
#define SHMTOOL_OBJECTS_SEGMENT_H

#include "error.h"
#include "objects/change.h"
#include "objects/object.h"
#include "objects/sysv_table.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/shm.h>
#include <sys/types.h>

/**
 * Add all segments of this IPC namespace to a list, in the kernel's order. Uses SHM_STAT_ANY of
 * shmctl(2), since Linux 4.17: it needs no permission on the segment and attaches nothing. Where it is
 * refused, /proc/sysvipc/shm is read, see sysv_table.h.
 *
 * @return 0, or -1 with errno if some could not be looked at: the others are in the list
 */
int sysv_list(struct object_list *list);

/** Look at all segments of this IPC namespace without keeping them, as sysv_table_walk(). */
int sysv_walk(sysv_visit_fn *visit, void *state);

/**
 * Add one segment to a list.
 *
 * @param id  of the segment
 * @return 0, or -1 with errno: ENOENT if there is none, ENOMEM
 */
int sysv_find(int id, struct object_list *list);

/**
 * Look at one segment, as sysv_find(), with one system call and nothing else.
 *
 * @param object  receives it
 * @return 0, or -1 with errno: ENOENT if there is none
 */
int sysv_look(int id, struct shm_object *object);

/**
 * Find the segment of a key, shmget(2).
 *
 * @param key  not IPC_PRIVATE
 * @param id   receives the segment's id
 * @return 0, or -1 with errno: ENOENT if no segment has the key
 */
int sysv_find_key(key_t key, int *id);

/**
 * Collect the bytes in memory and in swap of the listed segments from /proc/sysvipc/shm,
 * proc_sysvipc(5), which costs more than the listing. They stay unknown where huge pages make more than
 * one number possible, see hugepages_resident().
 *
 * @return 0, or -1 with errno of errno_is_passing() if a shortage kept it from looking at some
 */
int sysv_collect_residency(struct object_list *list);

/**
 * Tell whether you may read a segment: IPC_STAT of shmctl(2).
 *
 * @return false also if there is none
 */
bool sysv_is_readable(int id);

/**
 * Read the limits of segments: IPC_INFO of shmctl(2), or /proc/sys/kernel where that is refused.
 *
 * @return 0, or -1 with errno
 */
int sysv_read_limits(struct shminfo *limits);

/**
 * Read what all segments use together: SHM_INFO of shmctl(2), which takes as long as listing
 * them.
 *
 * @return 0, or -1 with errno
 */
int sysv_read_use(struct shm_info *use);

/**
 * Tell whether the kernel removes a segment that nobody attaches as soon as its creator ends:
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
 * @param id       of the segment
 * @param removed  receives true if it is gone, false if it waits for its last detach
 * @param nattch   receives the attaches that it waits for
 * @return 0, or -1 with errno: ENOENT, EIDRM if it goes away right now, EPERM
 */
int sysv_remove(int id, bool *removed, uint64_t *nattch);

/**
 * Tell whether we may remove a segment: the kernel's word, which changes nothing.
 *
 * @return false with errno: EPERM, or how the call is refused as such
 */
bool sysv_may_remove(int id);

/**
 * Change a segment. Owner and mode go into one IPC_SET right behind the IPC_STAT that it is
 * based on: the kernel offers nothing that would close the gap.
 *
 * @param id      of the segment
 * @param change  resize must not be set
 * @return 0, or -1 with error set
 */
int sysv_change(int id, const struct object_change *change, struct error *error);

#endif
