/*
 * Recording of events in a file, for --replay: an object of JSON on each line.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_RECORD_H
#define SHMTOOL_COMMANDS_WATCH_RECORD_H

#include "error.h"
#include "events/event.h"
#include "output/buffer.h"

#include <sys/stat.h>

struct recorder;

/**
 * Open a file to append to, and make it if there is none, readable only to its owner. A line that
 * an earlier program left unfinished is ended.
 *
 * @param path   kept, not copied
 * @param error  receives the failure
 * @return close with recorder_close(); NULL with error set
 */
struct recorder *recorder_open(const char *path, struct error *error);

/** Whether a recorder writes to this file. */
bool recorder_is_file(const struct recorder *recorder, const struct stat *file);

/**
 * Append an event as a line.
 *
 * @param source  how it became known, NULL: unknown
 * @param host    name of the machine, NULL: unknown
 */
void recorder_append(struct buffer *buffer, const struct event *event, const char *source,
                     const char *host);

/** Add an event, as recorder_append(). */
void recorder_add(struct recorder *recorder, const struct event *event, const char *source,
                  const char *host);

/**
 * Write whole lines to the file. After a failure, nothing more is written.
 *
 * @return 0, or -1 with error set
 */
int recorder_flush(struct recorder *recorder, struct error *error);

/** NULL is permitted. Events that were not flushed are lost. */
void recorder_close(struct recorder *recorder);

#endif
