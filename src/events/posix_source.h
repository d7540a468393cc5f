/*
 * A source of the events of POSIX objects: the directories that it watches by one of the kernel's
 * two interfaces, fanotify(7) or inotify(7).
 */
#ifndef SHMTOOL_EVENTS_POSIX_SOURCE_H
#define SHMTOOL_EVENTS_POSIX_SOURCE_H

#include "error.h"
#include "events/open_counts.h"
#include "events/posix_events.h"
#include "events/source.h"

/** A directory that is watched. */
struct posix_directory {
	struct posix_events *events;
	int watch;                  /* descriptor; -1: none */
	struct open_counts *counts; /* for fanotify; NULL: none */
};

struct posix_reading;

/** One of the interfaces. */
struct posix_interface {
	bool by_name; /* it reports no handles */
	/**
	 * Watch a directory: set watch, and perhaps counts.
	 *
	 * @param fd    of the directory
	 * @param path  of the same directory
	 * @return 0, or -1 with errno
	 */
	int (*watch)(struct posix_directory *directory, int fd, const char *path);
	/** Word why a directory is not watched. */
	void (*explain)(int number, const char *path, struct error *error);
	/** Read all reports, and pass each to posix_source_take(). Returns 0, or -1 with errno. */
	int (*read)(struct posix_directory *directory, struct posix_reading *reading);
};

/** A reading of the reports of one directory. */
struct posix_reading {
	struct posix_directory *directory;
	struct event_sink *sink;
	uint64_t *clock;
};

/** Process a report, whose time need not be set. */
void posix_source_take(struct posix_reading *reading, struct posix_report *report);

/** The functions of struct event_source, but for the interface. */
int posix_source_open(const struct posix_interface *interface, unsigned int kinds, void **state,
                      unsigned int *opened, struct error *error);
int posix_source_fd(const void *state);
uint64_t posix_source_read(void *state, bool finish, struct event_sink *sink);
void posix_source_close(void *state);

#endif
