/*
 * The options of shmtool set that raise or lower a semaphore.
 */
#ifndef SHMTOOL_COMMANDS_SET_SEMAPHORE_H
#define SHMTOOL_COMMANDS_SET_SEMAPHORE_H

#include "cli/option.h"
#include "error.h"
#include "objects/object.h"
#include "objects/ref.h"

#include <stdbool.h>

struct semaphore_options {
	struct optional_amount {
		bool given;
		int number;
	} add;
	struct optional_number element;
	bool wait;
	struct optional_number timeout; /* seconds */
};

enum { SEMAPHORE_OPTION_COUNT = 4 };
extern const struct option_spec semaphore_option_specs[SEMAPHORE_OPTION_COUNT];

/** Check that the options fit each other: 0, or -1 with a usage error. */
int semaphore_options_check(const struct semaphore_options *options, struct error *error);

/**
 * Check that they fit the kind of an object.
 *
 * @param ref  an object, not a file or descriptor
 * @return 0, or -1 with a usage error
 */
int semaphore_options_check_kind(const struct semaphore_options *options, const struct ref *ref,
                                 struct error *error);

/**
 * Raise or lower a semaphore.
 *
 * @param object  KIND_SEM or KIND_PSEM
 * @return 0, or -1 with error set: STATUS_TIMEOUT after --timeout
 */
int semaphore_options_apply(const struct semaphore_options *options,
                            const struct shm_object *object, struct error *error);

#endif
