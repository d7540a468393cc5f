/*
 * Probed pages as a picture of the terminal's width.
 */
#ifndef SHMTOOL_COMMANDS_PROBE_PAGES_PICTURE_H
#define SHMTOOL_COMMANDS_PROBE_PAGES_PICTURE_H

#include "memory/probe.h"

#include <stdint.h>

/**
 * Draw pages on standard output, a character for each or for several, and say what the characters
 * mean.
 *
 * @param offset      of the first page in the object, in bytes
 * @param page_bytes  size of a page
 */
void page_map_print(const struct probe *probe, uint64_t offset, uint64_t page_bytes);

#endif
