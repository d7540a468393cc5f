/*
 * Reading the events that record.h has written. Nothing in such a file is trusted.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_REPLAY_H
#define SHMTOOL_COMMANDS_WATCH_REPLAY_H

#include "commands/watch/session.h"

/**
 * Pass recorded events to a session, until its end is reached. Damaged lines are reported with their
 * numbers and skipped. Prints errors.
 *
 * @param path  of the file; "-" is standard input
 * @return STATUS_DONE, or STATUS_FAILED if the file can't be read or a line is damaged
 */
enum exit_status replay(struct session *session, const char *path);

#endif
