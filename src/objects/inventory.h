/*
 * The inventory: all existing objects, or those that the user named.
 */
#ifndef SHMTOOL_OBJECTS_INVENTORY_H
#define SHMTOOL_OBJECTS_INVENTORY_H

#include "error.h"
#include "objects/filter.h"
#include "objects/object.h"
#include "objects/ref.h"

/**
 * List the objects that match a filter, except for its conditions on use, see usage/choose.h. It
 * attaches nothing, takes no lease and updates no access time.
 *
 * @param filter  selects the objects
 * @param list    receives the objects, kind by kind; must be freed also on failure
 * @param error   describes what could not be listed
 * @return 0; or -1 if a kind could not be listed: the list holds the others, and names the kind
 */
int inventory_list(const struct object_filter *filter, struct object_list *list,
                   struct error *error);

/**
 * Add the object that a REF names to a list.
 *
 * @param ref    from ref_parse() with REF_OBJECT
 * @param list   the object is appended to it
 * @param error  set on failure
 * @return 0, or -1 with error set; error->number is ENOENT if there is no such object
 */
int inventory_find(const struct ref *ref, struct object_list *list, struct error *error);

/**
 * Collect the values that cost extra system calls for all objects of a list. Values that are not
 * available stay unknown.
 *
 * @param needs  for each kind: bits of enum object_need; NEED_USERS is ignored
 * @param error  describes the shortage
 * @return 0, or -1 if a temporary shortage, errno_is_passing(), made values unknown
 */
int inventory_collect(struct object_list *list, const unsigned int needs[KIND_COUNT],
                      struct error *error);

#endif
