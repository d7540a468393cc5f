/*
 * The origins of leaks: the processes that made them, and where in their programs.
 */
#ifndef SHMTOOL_COMMANDS_GUARD_ORIGIN_H
#define SHMTOOL_COMMANDS_GUARD_ORIGIN_H

#include "events/makers.h"
#include "output/buffer.h"
#include "system/process.h"

#include <stdio.h>

struct leak_list;

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

/** Print the known origins of leaks, each with the REFs of its objects. */
void origins_print(const struct leak_list *leaks, FILE *stream);

#endif
