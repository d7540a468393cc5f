/*
 * Changes of what a REF of a descriptor or mapping names: a memfd, an unlinked object.
 */
#ifndef SHMTOOL_COMMANDS_SET_HELD_H
#define SHMTOOL_COMMANDS_SET_HELD_H

#include "cli/command.h"
#include "error.h"
#include "objects/change.h"
#include "objects/object.h"
#include "objects/ref.h"

#include <stdbool.h>

/**
 * Check whether such an object can be changed.
 *
 * @param object  object_is_held()
 * @return 0, or -1 with error set
 */
int set_held_check(const struct shm_object *object, const struct object_change *change,
                   struct error *error);

/**
 * Change such an object. Before it is made smaller, the user is asked on the terminal, since its
 * users may be killed by SIGBUS.
 *
 * @param ref     REF_FD
 * @param object  from held_find()
 * @param force   do not ask
 * @return 0, or -1 with error set
 */
int set_held(const struct command_context *context, const struct ref *ref,
             const struct shm_object *object, const struct object_change *change, bool force,
             struct error *error);

#endif
