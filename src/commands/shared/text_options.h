/*
 * The options of send and recv for the protocols of other programs: texts, and whose turn it is.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_TEXT_OPTIONS_H
#define SHMTOOL_COMMANDS_SHARED_TEXT_OPTIONS_H

#include "channel/protocol.h"
#include "cli/option.h"
#include "error.h"
#include "memory/semaphore.h"

#include <stdbool.h>

struct text_options {
	const char *protocol;
	const char *layout;
	bool packed;
	const char *flag;
	const char *text;
	const char *until;
	const char *fifo;
	const char *semaphores;
};

enum { TEXT_OPTION_COUNT = 8 };
extern const struct option_spec text_option_specs[TEXT_OPTION_COUNT];

/** The semaphores that --semaphore names. */
struct text_semaphores {
	struct semaphore sender;
	struct semaphore receiver;
	bool has_sender;
	bool has_receiver;
};

/**
 * Choose the protocol, and check that the options fit each other.
 *
 * @param transmission  receives the place of the text, if there is a layout
 * @param protocol      receives it
 * @return 0, or -1 with error set
 */
int text_options_resolve(const struct text_options *options, struct transmission *transmission,
                         const struct protocol **protocol, struct error *error);

/**
 * Open the semaphores.
 *
 * @param semaphores    receives them; close with text_semaphores_close(), also on failure
 * @param transmission  receives pointers to them
 * @return 0, or -1 with error set
 */
int text_semaphores_open(const struct text_options *options, struct text_semaphores *semaphores,
                         struct transmission *transmission, struct error *error);

void text_semaphores_close(struct text_semaphores *semaphores);

#endif
