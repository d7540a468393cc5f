/*
 * The lists of ipcs: rows of objects, as util-linux prints them.
 */
#ifndef SHMTOOL_COMMANDS_CLASSIC_LIST_H
#define SHMTOOL_COMMANDS_CLASSIC_LIST_H

#include "objects/object.h"

/** In which unit sizes are printed: some are in KiB by default. */
enum classic_unit { UNIT_DEFAULT, UNIT_BYTES, UNIT_HUMAN };

/** A view of the objects. */
enum classic_view { VIEW_ALL, VIEW_TIMES, VIEW_PIDS, VIEW_CREATORS, VIEWS };

/**
 * Print all objects of a kind of System V on stdout, with title and headings.
 *
 * @param kind  one of KINDS_SYSV
 * @return 0, or -1 with errno if neither system calls nor /proc tell what there is
 */
int classic_list(enum object_kind kind, enum classic_view view, enum classic_unit unit);

#endif
