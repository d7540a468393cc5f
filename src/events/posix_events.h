/*
 * The events of one directory of POSIX objects: the reports of fanotify(7) or inotify(7) about its
 * names and files become events of objects. Neither reports sizes or owners: they are read when
 * the report is, so that several changes in quick succession may be one event.
 */
#ifndef SHMTOOL_EVENTS_POSIX_EVENTS_H
#define SHMTOOL_EVENTS_POSIX_EVENTS_H

#include "error.h"
#include "events/file_key.h"
#include "events/source.h"
#include "objects/posix_files.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * The kinds of report. Those of one file may be merged, and happened in this order, as far as is
 * known; a rename is not merged.
 */
enum posix_what {
	POSIX_LOST = 1 << 0,    /* reports were lost; nothing else is known */
	POSIX_CREATED = 1 << 1, /* or linked */
	POSIX_RENAMED = 1 << 2,
	POSIX_OPENED = 1 << 3,
	POSIX_WRITTEN = 1 << 4, /* or truncated */
	POSIX_CHANGED = 1 << 5,
	POSIX_CLOSED = 1 << 6,
	POSIX_REMOVED = 1 << 7,
};

struct posix_report {
	unsigned int what;           /* bits of enum posix_what */
	uint64_t time;               /* nanoseconds since 1970 */
	const struct file_key *file; /* NULL if the keys are names */
	const char *name;            /* POSIX_RENAMED: the new one; NULL: in another directory */
	const char *old_name;        /* POSIX_RENAMED: NULL: in another directory */
	pid_t pid;                   /* 0: unknown */
	bool exited;                 /* see process_facts_find() */
};

struct posix_events;
struct process_facts;

/**
 * Prepare for reports.
 *
 * @param path     of the directory; must stay valid
 * @param kinds    of the events to pass on, bits of KIND_BIT()
 * @param by_name  the reports have no handles
 * @param facts    of the processes; owned by the caller
 * @return free with posix_events_free(); NULL with errno
 */
struct posix_events *posix_events_new(const char *path, object_file_kind_fn *kind_of,
                                      unsigned int kinds, bool by_name,
                                      struct process_facts *facts);

void posix_events_free(struct posix_events *events);

/** The directory: a descriptor. */
int posix_events_directory(const struct posix_events *events);

/**
 * Take note of the existing objects. What happens from before this call on must be reported.
 *
 * @return 0, or -1 with error set if not all can be listed
 */
int posix_events_list(struct posix_events *events, struct error *error);

/** Process a report. */
void posix_events_take(struct posix_events *events, const struct posix_report *report,
                       struct event_sink *sink);

/** Events that are held back; UINT64_MAX if there are none. */
struct posix_held {
	uint64_t since; /* nanoseconds since 1970, like due */
	uint64_t due;   /* when posix_events_settle() is due again, without another report */
};

/**
 * Pass on what was held back, after all reports so far were processed.
 *
 * @param now     nanoseconds since 1970
 * @param finish  hold back nothing
 * @return what is still held back
 */
struct posix_held posix_events_settle(struct posix_events *events, uint64_t now, bool finish,
                                      struct event_sink *sink);

#endif
