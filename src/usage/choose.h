/*
 * The objects that a command works on: the inventory, filtered also by use.
 */
#ifndef SHMTOOL_USAGE_CHOOSE_H
#define SHMTOOL_USAGE_CHOOSE_H

#include "error.h"
#include "objects/filter.h"
#include "objects/object.h"
#include "objects/ref.h"

/**
 * List the objects that pass a filter. Attaches nothing, takes no lease, leaves no access time
 * behind.
 *
 * @param filter  what to list
 * @param needs   what to collect for each kind, of enum object_need
 * @param list    receives the objects, kind by kind; to be freed also after a failure
 * @param error   receives what could not be listed
 * @return 0; or -1 if a kind could not be listed: what could be is in the list
 */
int choose_list(const struct object_filter *filter, const unsigned int needs[KIND_COUNT],
                struct object_list *list, struct error *error);

/**
 * Find the object that a REF names: inventory_find() or held_find().
 *
 * @param ref   of ref_parse() with REF_LISTED, REF_OBJECT or REF_SHOWN
 * @param list  it is added to it
 * @return 0, or -1 with error set
 */
int choose_find(const struct ref *ref, struct object_list *list, struct error *error);

/**
 * Collect what costs extra system calls for all objects of a list: inventory_collect(), and their
 * users.
 *
 * @param needs  for each kind, of enum object_need
 * @param error  receives why something is not known
 * @return 0; or -1 if users were needed and can't be found out, or if a shortage kept other values
 *         from being read. What can't be had is left unknown.
 */
int choose_collect(struct object_list *list, const unsigned int needs[KIND_COUNT],
                   struct error *error);

#endif
