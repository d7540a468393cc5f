/*
 * The member of a record that is stored last, so that whoever sees it sees the rest.
 */
#ifndef SHMTOOL_COMMANDS_WRITE_LAST_MEMBER_H
#define SHMTOOL_COMMANDS_WRITE_LAST_MEMBER_H

#include "error.h"
#include "memory/memory.h"
#include "records/encoder.h"
#include "records/layout.h"

#include <stdint.h>

/**
 * Find the member, which the processor must be able to store at once: it has 1, 2, 4 or 8 bytes and
 * lies at a multiple of that.
 *
 * @param name    as "read --record" prints it
 * @param offset  of the first record in the object, in bytes
 * @param member  receives the member, which belongs to the record
 * @return 0, or -1 with a usage error in error
 */
int last_member_find(const struct record *record, const char *name, uint64_t offset,
                     const struct record_member **member, struct error *error);

/**
 * Store all members but that one of all records, and then that member of each record, one after
 * another, each in one store with release order.
 *
 * @param offset  of the first record in the object, in bytes
 * @param rows    records that fit in
 * @param done    receives how many bytes were stored; a record counts when its last member is
 * @return 0, or -1 with error set
 */
int last_member_write(struct memory *memory, uint64_t offset, const struct record *record,
                      const struct record_member *member, const struct record_rows *rows,
                      uint64_t *done, struct error *error);

#endif
