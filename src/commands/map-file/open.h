/*
 * Opening or creating the file of "shmtool map-file".
 */
#ifndef SHMTOOL_COMMANDS_MAP_FILE_OPEN_H
#define SHMTOOL_COMMANDS_MAP_FILE_OPEN_H

#include "commands/map-file/columns.h"
#include "error.h"
#include "memory/make.h"
#include "objects/ref.h"

#include <stdint.h>

/**
 * Open a file to map it, and determine its size and the size of its pages. Its protection and
 * is_private decide how it is opened.
 *
 * @param file  receives the file; the caller closes its descriptor, also after a failure
 * @return 0, or -1 with error set
 */
int mapped_file_open(const struct ref *ref, struct mapped_file *file, struct error *error);

/**
 * As mapped_file_open(), but create the file if it does not exist.
 *
 * @param bytes  its size then
 * @param made   receives what was created, for memory_made_remove() or memory_made_keep(), also after a
 *               failure
 * @return 0, or -1 with error set
 */
int mapped_file_create(const struct ref *ref, uint64_t bytes, struct mapped_file *file,
                       struct memory_made *made, struct error *error);

#endif
