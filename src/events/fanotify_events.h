/*
 * Reading fanotify(7): what processes do to the names in a directory and to their files, reported to
 * root with the file and the process, since Linux 5.17. The reports have no time. Those of one
 * process about one file and name are merged as long as they are not read.
 */
#ifndef SHMTOOL_EVENTS_FANOTIFY_EVENTS_H
#define SHMTOOL_EVENTS_FANOTIFY_EVENTS_H

#include "events/file_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** A report; its names are valid until the handler returns. */
struct fanotify_report {
	uint64_t mask;    /* FAN_CREATE and so on; FAN_Q_OVERFLOW: reports were lost */
	pid_t pid;        /* 0: outside this pid namespace */
	int process;      /* pidfd; -1 if it is reaped. The handler may keep it: set to -1 then */
	const char *name; /* FAN_RENAME: the new one; NULL if that is in another directory */
	const char *old_name; /* FAN_RENAME: NULL if that is in another directory */
	struct file_key file; /* of length 0: unknown */
};

typedef void fanotify_handler(void *closure, struct fanotify_report *report);

/**
 * Start to listen to what happens in a directory.
 *
 * @param directory  descriptor, O_PATH suffices
 * @param mask       FAN_CREATE and so on; with FAN_EVENT_ON_CHILD, that which happens to files
 * @param options    flags of fanotify_init(2): FAN_REPORT_PIDFD for descriptors of the processes;
 *                   FAN_UNLIMITED_QUEUE to keep all reports until they are read, and not only
 *                   fs.fanotify.max_queued_events of them, 16384 by default
 * @return a descriptor for poll(2), which must be closed; or -1 with errno: EPERM; EINVAL before
 *         Linux 5.17; EOPNOTSUPP or ENODEV if the file system has no handles
 */
int fanotify_events_open(int directory, uint64_t mask, unsigned int options);

/**
 * Parse the first report of several.
 *
 * @param bytes   as read from the descriptor, aligned to 4 bytes
 * @param length  of all reports, in bytes
 * @param report  receives the report, whose names lie in these bytes and end with a NUL
 * @return the length of the report in bytes; 0 if it does not fit, or a part of it does not
 */
size_t fanotify_report_parse(const char *bytes, size_t length, struct fanotify_report *report);

/**
 * Read all that has happened.
 *
 * @return 0, or -1 with errno of read(2), or EPROTO
 */
int fanotify_events_read(int fanotify, fanotify_handler *handler, void *closure);

#endif
