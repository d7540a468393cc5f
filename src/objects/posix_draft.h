/*
 * A POSIX object in the making.
 *
 * It gets its name when all else is done, so that a failure, a signal or a crash on the way
 * leaves nothing behind: open(2) with O_TMPFILE, then linkat(2). Where the file system can't do
 * that, it is made under its name and unlinked again if it is given up.
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
	int directory;
	int fd;                     /* of the object, for writing */
	bool named;                 /* has its name already: a signal would leave it behind */
	char file[POSIX_FILE_SIZE]; /* its name to be */
};

/**
 * Begin an object of no bytes.
 *
 * @param draft  to be ended with posix_draft_publish() or posix_draft_discard()
 * @param file   of posix_file_name()
 * @return 0, or -1 with error set; its number is EEXIST if the name is taken
 */
int posix_draft_begin(struct posix_draft *draft, const char *file, struct error *error);

/**
 * Give it its size.
 *
 * @param bytes   size
 * @param sparse  only set the size; otherwise all of its memory is taken now, fallocate(2)
 * @return 0, or -1 with error set
 */
int posix_draft_resize(struct posix_draft *draft, uint64_t bytes, bool sparse, struct error *error);

/**
 * Give it its owner, its mode (exactly, whatever the umask) and its name.
 *
 * @return 0, or -1 with error set, and the draft still to be discarded; the error's number is
 *         EEXIST if the name is taken. Needs /proc, as linkat(2) says
 */
int posix_draft_publish(struct posix_draft *draft, mode_t mode, const struct owner *owner,
                        struct error *error);

/** Give up: nothing is left of it. After posix_draft_publish() only descriptors are closed. */
void posix_draft_discard(struct posix_draft *draft);

#endif
