/*
 * A POSIX object that is being created.
 *
 * It gets its name last, so that a failure, a signal or a crash leaves nothing behind: open(2) with
 * O_TMPFILE, then linkat(2). If the file system does not support that, it is created under its name
 * and unlinked again on failure.
 */
#ifndef SHMTOOL_OBJECTS_POSIX_DRAFT_H
#define SHMTOOL_OBJECTS_POSIX_DRAFT_H

#include "error.h"
#include "objects/posix.h"
#include "system/account.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct posix_draft {
	struct beneath beneath;     /* POSIX_DIRECTORY */
	int fd;                     /* the object, open for writing */
	bool named;                 /* it already has its name: a signal would leave it behind */
	char file[POSIX_FILE_SIZE]; /* its future name */
};

/**
 * Create an empty object.
 *
 * @param draft  receives the draft; release with posix_draft_discard()
 * @param file   from posix_file_name()
 * @return 0, or -1 with error set; error->number is EEXIST if the name is in use
 */
int posix_draft_begin(struct posix_draft *draft, const char *file, struct error *error);

/**
 * Set its size.
 *
 * @param bytes   size
 * @param sparse  only set the size; otherwise all of its memory is allocated, fallocate(2)
 * @return 0, or -1 with error set
 */
int posix_draft_resize(struct posix_draft *draft, uint64_t bytes, bool sparse, struct error *error);

/**
 * Set its owner and mode (regardless of the umask) and link it to its name. Requires /proc, see
 * linkat(2).
 *
 * @return 0, or -1 with error set; error->number is EEXIST if the name is in use
 */
int posix_draft_publish(struct posix_draft *draft, mode_t mode, const struct owner *owner,
                        struct error *error);

/**
 * Remove the object again after posix_draft_publish(), but no other one that has been given its name.
 *
 * @return 0, or -1 with errno of object_files_withdraw()
 */
int posix_draft_withdraw(const struct posix_draft *draft);

/** Release the draft, and remove the object unless posix_draft_publish() has succeeded. */
void posix_draft_discard(struct posix_draft *draft);

#endif
