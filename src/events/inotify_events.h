/*
 * Reading inotify(7): what is done to the names in a directory and to their files, reported to any
 * user, without the process.
 */
#ifndef SHMTOOL_EVENTS_INOTIFY_EVENTS_H
#define SHMTOOL_EVENTS_INOTIFY_EVENTS_H

#include <stdint.h>
#include <sys/inotify.h>

/** Process an event, which is valid until the function returns. */
typedef void inotify_handler(void *closure, const struct inotify_event *event);

/**
 * Start to listen to what happens in a directory.
 *
 * @param path  of the directory
 * @param mask  IN_CREATE and so on
 * @return a descriptor for poll(2), which must be closed; or -1 with errno: EMFILE or ENOSPC if a
 *         limit in /proc/sys/fs/inotify is reached
 */
int inotify_events_open(const char *path, uint32_t mask);

/**
 * Read all that has happened.
 *
 * @return 0, or -1 with errno of read(2)
 */
int inotify_events_read(int inotify, inotify_handler *handler, void *closure);

#endif
