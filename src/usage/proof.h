/*
 * Prove that an object is unused, and remove it under that proof.
 *
 * A write lease proves a file in POSIX_DIRECTORY unused, see F_SETLEASE in fcntl(2): the kernel
 * grants it only while no other process, in any namespace, has the file open or mapped, for reading
 * or for writing. While the lease is held, any process that opens the file blocks. nattch 0 proves
 * a segment unused: it counts the attaches of all processes.
 *
 * The guarantee for other processes: if open(2) of an object has returned, and fstat(2) then
 * reports that it has a name (st_nlink 1), the object keeps its name. There are two exceptions. The
 * kernel lets a blocked process continue after lease-break-time seconds, proc_sys_fs(5): if this
 * process is stopped for that long between its last check and the removal, the name is removed. And
 * a name that was given to another object during the removal is missing until it is restored; if a
 * third object takes the name meanwhile, the second one stays under its temporary name, and
 * PROOF_FAILED reports that.
 *
 * Where leases prove nothing, because they are not supported or ignore readers, nothing is removed:
 * they are first tested on a file without a name.
 */
#ifndef SHMTOOL_USAGE_PROOF_H
#define SHMTOOL_USAGE_PROOF_H

#include "error.h"
#include "objects/filter.h"
#include "objects/object.h"
#include "system/lease.h"
#include "usage/aside.h"
#include "usage/leased_file.h"

#include <stdbool.h>

struct proof;
struct idle;

/**
 * Prepare for proofs. Signals that the kernel sends to the holder of a lease are ignored until
 * proof_end().
 *
 * @param filter  must still select an object when it is removed, by times, owner and size; its
 *                conditions on use are ignored; borrowed until proof_end(); NULL for none
 * @param error   set if there is no memory: the program does not end then, because another thread may
 *                hold a file that is moved aside
 * @return a handle for proof_end(), or NULL
 */
struct proof *proof_begin(const struct object_filter *filter, struct error *error);

/**
 * Let the proof remove queues and semaphore sets that are abandoned; without this they are
 * PROOF_UNKNOWN.
 *
 * @param idle  used until proof_end()
 */
void proof_use_idle(struct proof *proof, const struct idle *idle);

/** Release the handle. */
void proof_end(struct proof *proof);

/**
 * Prove that an object is unused, and remove it.
 *
 * @param object  as listed: a segment, a POSIX object or a named semaphore; for other kinds the
 *                result is PROOF_UNKNOWN
 * @param remove  false: prove only, then release the lease
 * @param freed   receives the bytes of memory that removing a file frees; 0 if the file has another
 *                name, and for segments, where the amount is unknown
 * @param why     set for PROOF_MARKED, PROOF_UNKNOWN and PROOF_FAILED
 */
enum proof_result proof_remove(struct proof *proof, const struct shm_object *object, bool remove,
                               uint64_t *freed, struct error *why);

/**
 * The words for a result that keeps an object: "in use"; NULL if the proof explains it itself, or
 * keeps nothing.
 */
const char *proof_word(enum proof_result result);

/** One of several objects that are removed together. */
struct proof_member {
	const struct shm_object *object; /* as for proof_remove() */
	enum proof_result result;
	uint64_t freed;   /* bytes, as for proof_remove() */
	struct error why; /* set for PROOF_MARKED, PROOF_UNKNOWN and PROOF_FAILED */
};

/**
 * Prove that several objects are all unused, and remove all or none of them. All leases are held at
 * the same time, so a use is found before anything is removed. The exception is a segment that is
 * attached between the last check and its removal: segments removed before it stay removed.
 *
 * @param members  at least one; receives the result of each: PROOF_COMPANION if it was kept only
 *                 because another one is
 * @param remove   false: prove only, then release the leases
 */
void proof_remove_together(struct proof *proof, struct proof_member *members, size_t count,
                           bool remove);

/** The outcome for a temporary file of a killed run. */
enum leftover_result {
	LEFTOVER_REMOVED,  /* it is unused: the removal was completed */
	LEFTOVER_PUT_BACK, /* its original name was restored */
	LEFTOVER_OTHERS, /* not ours: another run is processing it, it is gone, or others own it */
	LEFTOVER_STAYS,  /* it can neither be removed nor renamed back */
};

/**
 * Complete the removal that a killed run had begun. A file is removed only if its inode is the one
 * in its temporary name and it is proven unused again; otherwise its original name is restored. A
 * rename never replaces another file, so a user gains nothing by creating files with such names.
 *
 * @param leases       the current leases, from lease_read(): another run holds one on its file
 * @param may_remove   false: only restore the name
 * @param act          false: change nothing, only report what would be done
 * @param why          set for LEFTOVER_STAYS
 */
enum leftover_result proof_finish(struct proof *proof, const struct aside *aside,
                                  const struct lease_list *leases, bool may_remove, bool act,
                                  struct error *why);

#endif
