/*
 * The objects whose users are asked for, of REFs or filters.
 */
#ifndef SHMTOOL_COMMANDS_USERS_ASKED_H
#define SHMTOOL_COMMANDS_USERS_ASKED_H

#include "commands/users/columns.h"
#include "error.h"
#include "objects/filter.h"
#include "objects/object.h"
#include "objects/ref.h"
#include "usage/target.h"
#include "usage/unnamed.h"

#include <stdbool.h>
#include <stddef.h>

/** The objects, and the targets of the scan with the same indexes. Free with asked_free(). */
struct asked {
	struct object_list objects;
	struct unnamed_list unnamed;
	struct used *used;
	struct users_target *targets;
	size_t count;
	bool is_list;       /* from filters, not from REFs */
	unsigned int kinds; /* of the objects that are looked for: bits of KIND_BIT() */
};

/**
 * Ask for the users of what a REF names.
 *
 * @return 0, or -1 with error set
 */
int ask_ref(struct asked *asked, const struct ref *ref, struct error *error);

/**
 * Ask for the users of the listed objects that match a filter.
 *
 * @return 0, or -1 with error set; objects that could be listed are asked for all the same
 */
int ask_listed(const struct object_filter *filter, struct asked *asked, struct error *error);

/**
 * Ask for the users of the memory without a name that matches a filter.
 *
 * @param kinds  bits of UNNAMED_BIT()
 * @return 0, or -1 with error set
 */
int ask_all_unnamed(const struct object_filter *filter, unsigned int kinds, struct asked *asked,
                    struct error *error);

/** Add the users of file systems that no process has mounted, which are not in the scan. */
void asked_add_holders(const struct asked *asked, struct users_list *users);

/**
 * Fill in the details of the listed objects.
 *
 * @param wants_used  also collect the memory in use of segments
 */
void asked_describe(struct asked *asked, bool wants_used);

/** Fill in the SELinux labels of the objects. */
void asked_label(struct asked *asked);

void asked_free(struct asked *asked);

#endif
