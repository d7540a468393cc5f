/*
 * The default presentation of objects: tables and details.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_OBJECT_SECTIONS_H
#define SHMTOOL_COMMANDS_SHARED_OBJECT_SECTIONS_H

#include "cli/command.h"
#include "error.h"
#include "objects/filter.h"
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

/** Appended to the columns of tables when objects of several namespaces are listed. */
#define NAMESPACE_COLUMNS ",ns,nspid,nscommand"

/** Room for the default columns of a table. */
enum { SECTION_COLUMNS_SIZE = 128 };

/**
 * The default columns of a kind's table. On a terminal, objects without a number of attaches have
 * their use, unless all namespaces are listed: looking for users would take long there. If files in
 * directories may be among the objects, they show REFs rather than names.
 *
 * @param filter           of the list
 * @param with_namespaces  append the columns about namespaces
 * @param columns          receives them, "a,b"
 */
void object_section_columns(const struct report *report, const struct object_filter *filter,
                            enum object_kind kind, bool with_namespaces,
                            char columns[SECTION_COLUMNS_SIZE]);

/**
 * The values that the columns of a list of objects need.
 *
 * @param with_namespaces  the columns about namespaces are among them
 * @param needs            receives bits of enum object_need for each kind of the filter
 */
void object_sections_needs(const struct report *report, const struct object_filter *filter,
                           bool with_namespaces, unsigned int needs[KIND_COUNT]);

/**
 * Print the sections of a list that have rows, kind by kind; if none has, print an empty table of
 * the first kind of the filter.
 *
 * @param list             sorted by kind
 * @param with_namespaces  append the columns about namespaces
 * @return 0, or -1 with error set
 */
int object_sections_print(struct report *report, const struct object_list *list,
                          const struct object_filter *filter, bool with_namespaces,
                          struct error *error);

/**
 * Collect all values of objects, and print their details. By default, only values that can be read
 * without side effects; others must be named. Prints errors.
 *
 * @return STATUS_DONE or STATUS_FAILED
 */
enum exit_status object_details_print(const struct command_context *context, struct report *report,
                                      struct object_list *list);

/** The title of an object's details: "Shared Memory Segment id:123". */
report_title_fn object_block_title;

#endif
