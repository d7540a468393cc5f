/*
 * The channels in listed objects, shmtool-channel(5), for their columns.
 *
 * Reading one leaves no trace: the access time of a file is not updated, and a segment is not
 * attached but read in the memory of a process that has attached it.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_OBJECT_CHANNEL_H
#define SHMTOOL_COMMANDS_SHARED_OBJECT_CHANNEL_H

#include "objects/object.h"
#include "output/column.h"

#include <sys/types.h>

/** The living sender, or receiver, "4242 (shmtool)"; absent if there is none, or no channel. */
void object_channel_sender(const struct shm_object *object, struct value *value);
void object_channel_receiver(const struct shm_object *object, struct value *value);

/** The bytes that were sent and not yet received; absent if there is no channel. */
void object_channel_waiting(const struct shm_object *object, struct value *value);

/**
 * Which side of a channel a process is.
 *
 * @param pid  a process that uses the object
 * @return "sender" or "receiver"; NULL: neither, or no channel
 */
const char *object_channel_role(const struct shm_object *object, pid_t pid);

#endif
