/*
 * The line of a mounted file system.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_ACCOUNTING_PLACE_LINE_H
#define SHMTOOL_COMMANDS_SHARED_ACCOUNTING_PLACE_LINE_H

#include "commands/shared/accounting/lines.h"
#include "system/tmpfs_list.h"

/**
 * Add the line of a file system, without its memory.
 *
 * @param kind  kept, not copied
 * @return the line; valid until the next one is added
 */
struct usage_line *usage_place_line_add(struct usage_lines *lines, const struct tmpfs *tmpfs,
                                        const char *kind);

/**
 * Word the reason why a file system can't be looked into.
 *
 * @param number  errno of tmpfs_open()
 * @return a text, to be freed
 */
char *usage_place_reason(int number);

#endif
