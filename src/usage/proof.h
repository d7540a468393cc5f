/*
 * Proof that nobody uses an object, and removal under that proof.
 *
 * A file in POSIX_DIRECTORY is proven unused by a write lease, F_SETLEASE of fcntl(2): the kernel
 * grants it only while nobody else, in any namespace, has the file open or mapped, for reading or
 * for writing. While it is held, others that open the file wait. A segment is proven unused by
 * nattch 0, which counts everybody.
 *
 * The consequence for others: a process whose open(2) of an object has returned, and whose fstat(2)
 * then says that it has a name, st_nlink 1, keeps its object and its name. There are two limits to
 * that. The kernel lets in who has waited for lease-break-time seconds, proc_sys_fs(5): if this
 * process is stopped for so long between its last look and the removal, the name goes. And a name
 * that was given to another object in the very moment of the removal is missing until it is put
 * back; if a third one takes it meanwhile, the second stays under the name to which it was moved,
 * and PROOF_FAILED says so.
 *
 * Where a lease proves nothing, since there are none or since they do not count readers, nothing is
 * removed: that is tried out first, on a file without a name.
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

/**
 * Begin to prove. Signals that the kernel sends to who holds a lease are ignored until
 * proof_end().
 *
 * @param filter  must still choose an object when it is removed: its times, its owner and its size;
 *                what it says of use is not looked at; used until proof_end(); NULL for none
 * @param error   receives why not
 * @return to be ended with proof_end(), or NULL
 */
struct proof *proof_begin(const struct object_filter *filter, struct error *error);

/** End it. */
void proof_end(struct proof *proof);

/**
 * Prove that nobody uses an object, and remove it.
 *
 * @param object  as listed: a segment, a POSIX object or a named semaphore; other kinds are
 *                PROOF_UNKNOWN
 * @param remove  false: only prove, and let go
 * @param freed   receives the bytes of memory that a file gives back; 0 if it has another name, and
 *                for a segment, of which that is not known
 * @param why     receives a sentence for PROOF_MARKED, PROOF_UNKNOWN and PROOF_FAILED
 */
enum proof_result proof_remove(struct proof *proof, const struct shm_object *object, bool remove,
                               uint64_t *freed, struct error *why);

/** One of several objects that are removed together. */
struct proof_member {
	const struct shm_object *object; /* as proof_remove() wants it */
	enum proof_result result;
	uint64_t freed;   /* bytes, as of proof_remove() */
	struct error why; /* a sentence for PROOF_MARKED, PROOF_UNKNOWN and PROOF_FAILED */
};

/**
 * Prove of several objects that no process uses any of them, and remove all, or none: all leases are
 * held at once. What is used is found before anything is removed, but for a segment that is attached
 * in the moment between the last look and its removal: segments removed before it stay removed.
 *
 * @param members  at least one; receives the result of each: one that was kept only for the sake of
 *                 another one is PROOF_COMPANION
 * @param remove   false: only prove, and let go
 */
void proof_remove_together(struct proof *proof, struct proof_member *members, size_t count,
                           bool remove);

/** The fate of a file that a killed run had moved aside. */
enum leftover_result {
	LEFTOVER_REMOVED,  /* nobody uses it: the removal is finished */
	LEFTOVER_PUT_BACK, /* it has the name that it had */
	LEFTOVER_OTHERS,   /* none of ours: a run is at work on it, it is gone, or others own it */
	LEFTOVER_STAYS,    /* neither can be done */
};

/**
 * Finish what a killed run has begun. A file is removed only if its name says that this is the file
 * that was proven unused, and it is proven again; else it is put back. A file is never put in the
 * place of another, so whoever makes files of such names gains nothing.
 *
 * @param leases       that are held, by lease_read(): a file that a run is at work on has one
 * @param may_remove   false: only put it back
 * @param act          false: do nothing, only tell what would be done
 * @param why          receives a sentence for LEFTOVER_STAYS
 */
enum leftover_result proof_finish(struct proof *proof, const struct aside *aside,
                                  const struct lease_list *leases, bool may_remove, bool act,
                                  struct error *why);

#endif
