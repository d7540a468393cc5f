/*
 * The note about a segment that is on its way out.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_MARKED_H
#define SHMTOOL_COMMANDS_SHARED_MARKED_H

#include "memory/memory.h"
#include "output/message.h"

/** Say that a segment goes with its last detach, if it is marked for destruction: shmctl(2). */
void note_if_marked(const struct message_context *context, const struct memory *memory);

#endif
