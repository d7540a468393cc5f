/*
 * The default presentation of objects: tables and details.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_OBJECT_SECTIONS_H
#define SHMTOOL_COMMANDS_SHARED_OBJECT_SECTIONS_H

#include "objects/object.h"
#include "output/report.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * The default columns of JSON, raw and export: one list for all rows of a report. Add new columns
 * at the end.
 *
 * @param kinds  the requested kinds, of KIND_BIT(): queues and semaphore sets need more columns
 */
const char *object_machine_columns(unsigned int kinds);

/** The title of the table of a kind: "Shared Memory Segments". */
const char *object_section_title(enum object_kind kind);

/** Room for the default columns of a table. */
enum { SECTION_COLUMNS_SIZE = 128 };

/**
 * The default columns of a kind's table. On a terminal, objects without a number of attaches have
 * their use.
 *
 * @param for_terminal  of the report
 * @param has_trees     files in directories may be among the objects: show REFs rather than names
 * @param columns       receives them, "a,b"
 */
void object_section_columns(enum object_kind kind, bool for_terminal, bool has_trees,
                            char columns[SECTION_COLUMNS_SIZE]);

/** The title of an object's details: "Shared Memory Segment id:123". */
report_title_fn object_block_title;

#endif
