/*
 * The objects that a command operates on: the inventory, also filtered by use.
 */
#ifndef SHMTOOL_USAGE_CHOOSE_H
#define SHMTOOL_USAGE_CHOOSE_H

#include "error.h"
#include "objects/filter.h"
#include "objects/object.h"
#include "objects/ref.h"

/**
 * List the objects that match a filter. It attaches nothing, takes no lease and updates no access
 * time.
 *
 * @param filter  selects the objects
 * @param needs   values to collect for each kind: bits of enum object_need
 * @param list    receives the objects, kind by kind; must be freed also on failure
 * @param error   describes what could not be listed
 * @return 0; or -1 if a kind could not be listed: the list holds the others
 */
int choose_list(const struct object_filter *filter, const unsigned int needs[KIND_COUNT],
                struct object_list *list, struct error *error);

/**
 * Find the object that a REF names: inventory_find() or held_find().
 *
 * @param ref   from ref_parse() with REF_OBJECT, REF_USED or REF_SHOWN
 * @param list  the object is appended to it
 * @return 0, or -1 with error set
 */
int choose_find(const struct ref *ref, struct object_list *list, struct error *error);

/**
 * Collect the values that cost extra system calls for all objects of a list: inventory_collect(),
 * and their users.
 *
 * @param needs  for each kind: bits of enum object_need
 * @param error  describes why a value is unknown
 * @return 0; or -1 if users were needed and could not be determined, or if a resource shortage
 *         prevented other values from being read. Values that are not available stay unknown.
 */
int choose_collect(struct object_list *list, const unsigned int needs[KIND_COUNT],
                   struct error *error);

#endif
