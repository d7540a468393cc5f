/*
 * The lists of ipcs: rows of objects, as util-linux prints them.
 */
#ifndef SHMTOOL_COMMANDS_CLASSIC_LIST_H
#define SHMTOOL_COMMANDS_CLASSIC_LIST_H

#include "objects/object.h"

/** In which unit sizes are printed: some are in KiB by default. */
enum classic_unit { UNIT_DEFAULT, UNIT_BYTES, UNIT_HUMAN };

/** What is shown of the objects. */
enum classic_view { VIEW_ALL, VIEW_TIMES, VIEW_PIDS, VIEW_CREATORS, VIEWS };

/**
 * Print all objects of a kind of System V on stdout, with title and headings. What can't be listed
 * is not there for these tools: without System V IPC, lists are empty.
 *
 * @param kind  one of KINDS_SYSV
 */
void classic_list(enum object_kind kind, enum classic_view view, enum classic_unit unit);

#endif
