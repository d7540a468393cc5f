/*
 * A picture of probed pages, as wide as the terminal.
 */
#ifndef SHMTOOL_COMMANDS_PROBE_PAGES_PICTURE_H
#define SHMTOOL_COMMANDS_PROBE_PAGES_PICTURE_H

#include "memory/probe.h"

#include <stdint.h>

/**
 * Draw pages on standard output, one character for one or several pages, with a legend.
 *
 * @param offset      of the first page in the object, in bytes
 * @param page_bytes  size of a page
 */
void page_map_print(const struct probe *probe, uint64_t offset, uint64_t page_bytes);

#endif
