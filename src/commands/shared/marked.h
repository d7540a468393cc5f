/*
 * The note about a segment that is marked for destruction.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_MARKED_H
#define SHMTOOL_COMMANDS_SHARED_MARKED_H

#include "memory/memory.h"
#include "output/message.h"

/**
 * Print a note if a segment is marked for destruction, and so is removed at its last detach:
 * shmctl(2).
 */
void note_if_marked(const struct message_context *context, const struct memory *memory);

#endif
