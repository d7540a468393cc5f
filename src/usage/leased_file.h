/*
 * Removal of a file in memory under a write lease, F_SETLEASE in fcntl(2), step by step:
 * take the lease, move the file aside, unlink it or restore its name.
 *
 * While a file is leased no process can open it, but a process can remove its name and give the
 * name to another file, which must not be removed. So the file is first renamed to an unpredictable
 * name, usage/aside.h; then the renamed file is checked, and unlinked.
 */
#ifndef SHMTOOL_USAGE_LEASED_FILE_H
#define SHMTOOL_USAGE_LEASED_FILE_H

#include "error.h"
#include "objects/object.h"
#include "objects/posix_files.h"
#include "objects/tree.h"
#include "system/beneath.h"
#include "usage/aside.h"
#include "usage/lease_trial.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/** The result of a proof. */
enum proof_result {
	PROOF_UNUSED,    /* unused; removed, unless only the proof was requested */
	PROOF_USED,      /* in use */
	PROOF_COMPANION, /* kept because an object that was to be removed with it is kept */
	PROOF_MARKED,    /* failed: a segment was attached during its removal, so it is marked for
	                      destruction and destroyed with the last detach */
	PROOF_REPLACED,  /* the name now refers to a different object */
	PROOF_CHANGED,   /* the filter no longer selects it */
	PROOF_GONE,      /* another process has removed it */
	PROOF_UNKNOWN,   /* can't be proven */
	PROOF_FAILED,    /* can't be removed; or a temporary shortage prevented the proof */
};

/** A directory, for leases on its files. */
struct lease_directory {
	const struct object_tree *tree; /* NULL: POSIX_DIRECTORY */
	char *below;               /* path below the tree, with a slash before each name; or NULL */
	int directory;             /* -1 if it can't be opened */
	int failure;               /* errno of the open */
	struct beneath beneath;    /* of the directory */
	struct lease_trial *trial; /* of its file system */
	uint32_t number;           /* for the next temporary name */
	size_t uses;               /* by leased files, and as the latest directory */
};

/** The directories of all files that are leased. */
struct lease_directories {
	struct lease_directory posix;
	struct lease_directory *latest; /* of the last file in a tree; NULL: none */
	struct lease_device {
		dev_t device;
		struct lease_trial *trial;
	} * devices; /* file systems of trees */
	size_t device_count;
	struct lease_trial trial; /* of POSIX_DIRECTORY */
	int links;                /* /proc/self/fd */
};

/** A leased file, and the state of its removal. */
struct leased_file {
	const struct shm_object *object;
	struct lease_directory *directory; /* NULL: none yet */
	char file[POSIX_FILE_SIZE];
	struct stat st; /* taken under the lease */
	int fd;         /* -1 once the lease has been released */
	bool is_aside;
	struct aside aside;
};

/** Open POSIX_DIRECTORY. A failure is reported for the first file. */
void lease_directories_begin(struct lease_directories *directories);

void lease_directories_end(struct lease_directories *directories);

/**
 * The directory of an object, also of one that is in no tree.
 *
 * @return it, for lease_directory_release(); NULL if there is no memory
 */
struct lease_directory *lease_directory_of(struct lease_directories *directories,
                                           const struct shm_object *object);

void lease_directory_release(struct lease_directory *directory);

/** Format the path of a directory. */
void lease_directory_path(const struct lease_directory *directory, char path[PATH_MAX]);

/** The result for an object whose proof failed with an errno value. */
enum proof_result proof_not_possible(int number);

/**
 * Open a file and take a lease on it.
 *
 * @param object  as listed
 * @param leased  receives the file; release with leased_file_end() whatever the result
 * @param why     set for PROOF_UNKNOWN and PROOF_FAILED
 * @return PROOF_UNUSED, or the result that prevents a removal
 */
enum proof_result leased_file_take(struct lease_directories *directories,
                                   const struct shm_object *object, struct leased_file *leased,
                                   struct error *why);

/** Close the file, which releases the lease. Nothing is done if it is all zero but for an fd of -1. */
void leased_file_end(struct leased_file *leased);

/**
 * Predict whether a removal would succeed. The lease is released first, so that other processes are
 * not blocked.
 *
 * @return PROOF_UNUSED, PROOF_USED, or PROOF_FAILED with why set
 */
enum proof_result leased_file_foresee(struct leased_file *leased, struct error *why);

/**
 * Move a file aside, and check that it is the right one and still unused.
 *
 * @return PROOF_UNUSED with is_aside set; otherwise the name has been restored, or the result is
 *         PROOF_FAILED and why names the file
 */
enum proof_result leased_file_move(struct leased_file *leased, struct error *why);

/**
 * Restore the name of a file that was moved aside.
 *
 * @param found  the result if that succeeds
 * @return found, or PROOF_FAILED with the file's present name in why
 */
enum proof_result leased_file_put_back(const struct leased_file *leased, enum proof_result found,
                                       struct error *why);

/** Unlink a file that was moved aside: PROOF_UNUSED, or PROOF_FAILED with why set. */
enum proof_result leased_file_unlink(struct leased_file *leased, struct error *why);

/** The memory that the removal frees, in bytes: 0 if the file has another hard link. */
uint64_t leased_file_freed(const struct leased_file *leased);

/** Rename a file in the directory, never replacing one: 0, or -1 with errno of rename(2). */
int lease_directory_rename(const struct lease_directory *directory, const char *from,
                           const char *to);

/** Whether a name still refers to a file. If not, errno is EXDEV if it is a mount point. */
bool lease_directory_has(const struct lease_directory *directory, const char *file,
                         const struct stat *st);

#endif
