/*
 * Removal of a file in POSIX_DIRECTORY under a write lease, F_SETLEASE of fcntl(2), step by step:
 * take the lease, move the file aside, unlink it or put it back.
 *
 * No process can open a file while there is a lease on it, but a process can remove its name and give
 * the name to another file, and to remove that one would be wrong. So the file is first moved to a
 * name that no other process knows, usage/aside.h; then the program looks at the file that was moved,
 * and unlinks it.
 */
#ifndef SHMTOOL_USAGE_LEASED_FILE_H
#define SHMTOOL_USAGE_LEASED_FILE_H

#include "error.h"
#include "objects/object.h"
#include "objects/posix_files.h"
#include "system/beneath.h"
#include "usage/aside.h"
#include "usage/lease_trial.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/** The result of a proof. */
enum proof_result {
	PROOF_UNUSED,    /* no process uses it; removed, unless it was only to be proven */
	PROOF_USED,      /* a process uses it */
	PROOF_COMPANION, /* kept for another one, with which it was to be removed */
	PROOF_MARKED, /* failed: a segment that was attached in the moment of its removal: it is marked
	                    for destruction and goes with the last detach */
	PROOF_REPLACED, /* the name now refers to a different object */
	PROOF_CHANGED,  /* the filter no longer chooses it */
	PROOF_GONE,     /* another process removed it meanwhile */
	PROOF_UNKNOWN,  /* can't be proven */
	PROOF_FAILED,   /* it can't be removed; or the proof failed for a shortage that passes */
};

/** POSIX_DIRECTORY, for leases on its files. */
struct lease_directory {
	int directory;          /* -1 if it can't be opened */
	int failure;            /* errno of that */
	struct beneath beneath; /* of the directory */
	struct lease_trial trial;
	uint32_t number; /* of the next file that is moved aside */
};

/** A file with a lease on it, and how far its removal has come. */
struct leased_file {
	const struct shm_object *object;
	char file[POSIX_FILE_SIZE];
	struct stat st; /* under the lease */
	int fd;         /* -1 once other processes may open it again */
	bool is_aside;
	struct aside aside;
};

/** Open the directory. A failure shows with the first file. */
void lease_directory_begin(struct lease_directory *directory);

void lease_directory_end(struct lease_directory *directory);

/** The result for an object whose proof failed with an errno value. */
enum proof_result proof_not_possible(int number);

/**
 * Open a file and take a lease on it.
 *
 * @param object  as listed
 * @param leased  receives it; to be ended with leased_file_end() whatever the result
 * @param why     receives a sentence for PROOF_UNKNOWN and PROOF_FAILED
 * @return PROOF_UNUSED, or why there is no proof
 */
enum proof_result leased_file_take(struct lease_directory *directory,
                                   const struct shm_object *object, struct leased_file *leased,
                                   struct error *why);

/** Give up the lease, if there still is one, and close the file. */
void leased_file_end(struct leased_file *leased);

/**
 * Foresee a removal, and give up the lease, so that no process has to wait.
 *
 * @return PROOF_UNUSED, PROOF_USED, or PROOF_FAILED with a sentence
 */
enum proof_result leased_file_foresee(const struct lease_directory *directory,
                                      struct leased_file *leased, struct error *why);

/**
 * Move a file aside, and check that it is the right one and still unused.
 *
 * @return PROOF_UNUSED with is_aside set; else it has its name again, unless PROOF_FAILED and its
 *         sentence say where it is
 */
enum proof_result leased_file_move(struct lease_directory *directory, struct leased_file *leased,
                                   struct error *why);

/**
 * Give a file that was moved aside its name again.
 *
 * @param found  why
 * @return that, or PROOF_FAILED with a sentence that says where it is
 */
enum proof_result leased_file_put_back(const struct lease_directory *directory,
                                       const struct leased_file *leased, enum proof_result found,
                                       struct error *why);

/** Remove the name of a file that was moved aside: PROOF_UNUSED, or PROOF_FAILED with a sentence. */
enum proof_result leased_file_unlink(const struct lease_directory *directory,
                                     struct leased_file *leased, struct error *why);

/** The memory that the removal gives back, in bytes: none while the file has another name. */
uint64_t leased_file_freed(const struct leased_file *leased);

/** Rename a file in the directory unless the new name exists: 0, or -1 with errno of rename(2). */
int lease_directory_rename(const struct lease_directory *directory, const char *from,
                           const char *to);

/** Whether a name still is a file; if not, errno EXDEV: something is mounted on it. */
bool lease_directory_has(const struct lease_directory *directory, const char *file,
                         const struct stat *st);

#endif
