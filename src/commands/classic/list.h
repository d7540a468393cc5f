/*
 * The lists of ipcs: rows of objects, as util-linux prints them.
 */
#ifndef SHMTOOL_COMMANDS_CLASSIC_LIST_H
#define SHMTOOL_COMMANDS_CLASSIC_LIST_H

#include "objects/object.h"

/** The unit of sizes; some are in KiB by default. */
enum classic_unit { UNIT_DEFAULT, UNIT_BYTES, UNIT_HUMAN };

/** A view of the objects. */
enum classic_view { VIEW_ALL, VIEW_TIMES, VIEW_PIDS, VIEW_CREATORS, VIEWS };

/**
 * Print all objects of a System V kind on stdout, with title and headings.
 *
 * @param kind  one of KINDS_SYSV
 * @return 0, or -1 with errno if neither the system calls nor /proc list the objects
 */
int classic_list(enum object_kind kind, enum classic_view view, enum classic_unit unit);

#endif
