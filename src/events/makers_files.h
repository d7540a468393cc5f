/*
 * The files of recorded calls in a directory of POSIX objects.
 *
 * A call is recorded while its thread waits in front of it. At that time its name is not in use. To
 * root, the kernel then reports the new file with the process that made it, fanotify(7): this is
 * exact. To others, it reports only the name, inotify(7): the next file of this name, with the
 * caller's uid, is that of the call, unless another process of the same user makes it in the moment
 * until the call has returned: this is no proof, but makers_behalf.h is. Either way, the file is known
 * by its handle from then on, whatever happens to its name: a link, as sem_open(3) makes it, and a
 * renamed file keep their maker.
 *
 * A file that appears later belongs to no earlier call: a call is forgotten when its thread exits,
 * waits in another call or makes another one of these calls, and in any case after a second.
 */
#ifndef SHMTOOL_EVENTS_MAKERS_FILES_H
#define SHMTOOL_EVENTS_MAKERS_FILES_H

#include "events/file_map.h"
#include "events/makers_made.h"
#include "events/makers_process.h"

/** The files of one directory. All zero but for the descriptors, which are -1, if it is not watched. */
struct file_makes {
	const char *path;
	struct maker_list *makers;
	int directory;            /* O_PATH; -1: there is none */
	int reports;              /* of inotify(7) or fanotify(7); -1: not reported */
	bool has_pids;            /* it is fanotify(7) */
	bool keeps_created;       /* file_makes_take() will be called */
	struct made_list waiting; /* calls whose file was not reported yet, or is not known */
	struct made_list created; /* copies of those whose file was reported, for a moment */
	struct file_map files;    /* struct made by their files */
	size_t sweep;             /* number of files at which those that are gone are forgotten */
};

/**
 * Start to watch.
 *
 * @param path  of the directory, must stay valid; NULL: there is none
 */
void file_makes_begin(struct file_makes *makes, const char *path, struct maker_list *makers);

/** Check before a call whether it can make a file: there is none with its name. */
bool file_makes_can(struct file_makes *makes, const char *name);

/**
 * Record a call that can make a file, before it continues.
 *
 * @param made  with its name; this function takes ownership
 */
void file_makes_add(struct file_makes *makes, struct made *made);

/**
 * Record a call with the file that it has certainly made.
 *
 * @param made  this function takes ownership
 * @param fd    of the file
 * @return 0, or -1 if the file can't be recognized; then made is freed
 */
int file_makes_put(struct file_makes *makes, struct made *made, int fd);

/** Read what is reported so far, and find the files of recorded calls. */
void file_makes_look(struct file_makes *makes);

/**
 * Record a call that gives a file another name, so that file_makes_take() finds the call that made the
 * file by this name, too.
 *
 * @param name  of the file
 * @param link  that is to be made
 */
void file_makes_link(struct file_makes *makes, const char *name, const char *link);

/**
 * Find the call that a report of a new file belongs to, even if the file is gone: the first one that
 * made a file of this name and has not been taken. This is no proof.
 *
 * @param uid  owner of the file; (uid_t)-1: unknown
 * @return with its maker, its user and its time only, valid until the next file_makes_look(); NULL:
 *         unknown, or the kernel reports makers
 */
const struct make *file_makes_take(struct file_makes *makes, const char *name, uid_t uid);

/** Returns the call that made a file; NULL: unknown. */
const struct make *file_makes_find(const struct file_makes *makes, const char *name);

void file_makes_free(struct file_makes *makes);

#endif
