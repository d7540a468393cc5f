/*
 * Reading inotify(7): what is done to the names in a directory and to their files, reported to any
 * user, without the process.
 */
#ifndef SHMTOOL_EVENTS_INOTIFY_EVENTS_H
#define SHMTOOL_EVENTS_INOTIFY_EVENTS_H

#include <stddef.h>
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
 * Check the first event of several.
 *
 * @param bytes   as read from the descriptor, aligned to 4 bytes
 * @param length  of all events, in bytes
 * @return the event, in these bytes, as is its name, which ends with a NUL; or NULL if it does not fit
 */
const struct inotify_event *inotify_event_parse(const char *bytes, size_t length);

/**
 * Read all that has happened.
 *
 * @return 0, or -1 with errno of read(2), or EPROTO
 */
int inotify_events_read(int inotify, inotify_handler *handler, void *closure);

#endif
