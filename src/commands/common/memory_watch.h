/*
 * A transfer of unknown length into memory, which ends before the machine has none left.
 */
#ifndef SHMTOOL_COMMANDS_COMMON_MEMORY_WATCH_H
#define SHMTOOL_COMMANDS_COMMON_MEMORY_WATCH_H

#include "data/transfer.h"
#include "ipc/shortage.h"

/**
 * Make a watch whose check fails with ENOMEM when memory gets short.
 *
 * @param stream  zero at first; used as long as the watch is
 */
struct transfer_watch memory_watch(struct shortage_stream *stream);

#endif
