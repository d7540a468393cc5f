/*
 * A transfer of unknown length into memory, which ends before the machine has none left.
 */
#ifndef SHMTOOL_COMMANDS_CREATE_MEMORY_WATCH_H
#define SHMTOOL_COMMANDS_CREATE_MEMORY_WATCH_H

#include "objects/shortage.h"
#include "stream/transfer.h"

/**
 * Make a watch whose check fails with ENOMEM when memory gets short.
 *
 * @param stream  zero at first; used as long as the watch is
 */
struct transfer_watch memory_watch(struct shortage_stream *stream);

#endif
