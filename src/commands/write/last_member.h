/*
 * The member of a record that is stored last, so that a process that sees it sees the rest.
 */
#ifndef SHMTOOL_COMMANDS_WRITE_LAST_MEMBER_H
#define SHMTOOL_COMMANDS_WRITE_LAST_MEMBER_H

#include "error.h"
#include "memory/memory.h"
#include "records/encoder.h"
#include "records/layout.h"

#include <stdint.h>

/**
 * Find the member, which must be atomically storable: 1, 2, 4 or 8 bytes, aligned to its size.
 *
 * @param name    as printed by "read --record"
 * @param offset  of the first record in the object, in bytes
 * @param member  receives the member, which the record owns
 * @return 0, or -1 with a usage error in error
 */
int last_member_find(const struct record *record, const char *name, uint64_t offset,
                     const struct record_member **member, struct error *error);

/**
 * Store all other members of all records, then this member of each record in order, each with one
 * atomic store with release order.
 *
 * @param offset  of the first record in the object, in bytes
 * @param rows    the records, which must fit
 * @param done    receives the number of bytes stored; a record counts once its last member is
 *                stored
 * @return 0, or -1 with error set
 */
int last_member_write(struct memory *memory, uint64_t offset, const struct record *record,
                      const struct record_member *member, const struct record_rows *rows,
                      uint64_t *done, struct error *error);

#endif
