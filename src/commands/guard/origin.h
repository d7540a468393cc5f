/*
 * The origins of leaks: the processes that made them, and where in their programs.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_ORIGIN_H
#define SHMTOOL_COMMANDS_GUARD_ORIGIN_H

#include "events/make.h"
#include "output/buffer.h"
#include "system/process.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * The name of the command that made an object.
 *
 * @param command  receives it, shortened as in /proc/PID/comm; empty if it is unknown
 */
void origin_command(const struct make *make, char command[COMMAND_SIZE]);

/**
 * Append the lines that name the origin of an object, with an indentation. Command lines are
 * shortened, and made visible.
 *
 * @param style  of text_visible()
 * @param width  to fold the lines at, in terminal columns; SIZE_MAX: not folded
 */
void origin_append_text(struct buffer *buffer, const struct make *make, unsigned int style,
                        size_t width);

/** Append the origin of an object as a JSON object. */
void origin_append_json(struct buffer *buffer, const struct make *make);

/** Check whether the lines for two objects are the same; the second may have no known origin. */
bool origin_is_same(const struct make *left, const struct make *right);

#endif
