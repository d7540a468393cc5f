/*
 * The inventory: every object there is, or those that a user named.
 */
#ifndef SHMTOOL_OBJECTS_INVENTORY_H
#define SHMTOOL_OBJECTS_INVENTORY_H

#include "error.h"
#include "objects/filter.h"
#include "objects/object.h"
#include "objects/ref.h"

/**
 * List the objects that pass a filter, but for its conditions on use: usage/choose.h has those.
 * Attaches nothing, takes no lease, leaves no access time behind.
 *
 * @param filter  what to list
 * @param list    receives the objects, kind by kind; to be freed also after a failure
 * @param error   receives what could not be listed
 * @return 0; or -1 if a kind could not be listed: what could be is in the list
 */
int inventory_list(const struct object_filter *filter, struct object_list *list,
                   struct error *error);

/**
 * Add the object that a REF names to a list.
 *
 * @param ref    of ref_parse() with REF_LISTED or REF_OBJECT
 * @param list   to add to
 * @param error  receives why it is not there
 * @return 0, or -1 with error set; its number is ENOENT if there is no such object
 */
int inventory_find(const struct ref *ref, struct object_list *list, struct error *error);

/**
 * Collect what costs extra system calls for all objects of a list. Values that can't be had are left
 * unknown.
 *
 * @param needs  for each kind, of enum object_need; NEED_USERS is not looked at
 * @param error  receives which shortage there was
 * @return 0, or -1 if a shortage, errno_is_passing(), is the reason that some are unknown
 */
int inventory_collect(struct object_list *list, const unsigned int needs[KIND_COUNT],
                      struct error *error);

#endif
