/*
 * A check for transfers of unknown length, to stop before memory runs out.
 */
#ifndef SHMTOOL_COMMANDS_CREATE_MEMORY_WATCH_H
#define SHMTOOL_COMMANDS_CREATE_MEMORY_WATCH_H

#include "objects/shortage.h"
#include "stream/transfer.h"

/**
 * Return a watch whose check fails with ENOMEM when memory is short.
 *
 * @param stream  zero-initialised; must live as long as the watch
 */
struct transfer_watch memory_watch(struct shortage_stream *stream);

#endif
