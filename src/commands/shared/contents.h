/*
 * The loss that the removal of an object causes: its bytes, its messages, its semaphores and the
 * processes that wait for them.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_CONTENTS_H
#define SHMTOOL_COMMANDS_SHARED_CONTENTS_H

#include "objects/kind.h"

#include <stdint.h>

/**
 * Count the processes that wait for the semaphores of a set, which must be readable.
 *
 * @return their number; 0 for other kinds and if unknown
 */
uint64_t contents_waiters(const struct shm_object *object);

/**
 * Describe what an object holds: "4096 bytes, 1 attached", "2 messages", "3 semaphores, 1 waiting
 * process".
 *
 * @param waiters  from contents_waiters()
 * @param text     receives the description; empty if unknown
 */
void contents_text(const struct shm_object *object, uint64_t waiters, char text[CONTENTS_SIZE]);

#endif
