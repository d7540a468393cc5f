/*
 * The families of listed objects, for their columns.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_OBJECT_FAMILY_H
#define SHMTOOL_COMMANDS_SHARED_OBJECT_FAMILY_H

#include "error.h"
#include "objects/object.h"
#include "output/column.h"
#include "usage/family.h"
#include "usage/living_makers.h"

#include <stdbool.h>

/** All zero: no object has a family. */
struct object_families {
	const struct families *families;
	struct families *own; /* the same, unless it is families_shared() */
	struct living_makers makers;
	bool has_makers;
	/* The rules of the objects that were looked up, in their order: a table is passed twice. */
	struct known_family *known;
	size_t known_count;
	size_t next;
	/* The last object that was looked up; its columns follow each other. */
	const struct shm_object *object;
	struct family_match match;
};

/**
 * Load the catalogue, for System V objects only the part that may concern them: the rest takes longer
 * than showing one of them.
 *
 * @param kinds  of all objects: bits of KIND_BIT()
 * @return 0, or -1 with error set; then no object has a family
 */
int object_families_begin(struct object_families *families, unsigned int kinds,
                          struct error *error);

void object_families_end(struct object_families *families);

/** The values of the columns: absent if the object has no family. */
void object_family_name(struct object_families *families, const struct shm_object *object,
                        struct value *value);
void object_family_instance(struct object_families *families, const struct shm_object *object,
                            struct value *value);
void object_family_fate(struct object_families *families, const struct shm_object *object,
                        struct value *value);
void object_family_cleaner(struct object_families *families, const struct shm_object *object,
                           struct value *value);

/**
 * "4242 (python3)", "4242 (gone)", "4242" if neither is known. The PID comes from the name, from the
 * content, or of a segment from the kernel.
 */
void object_family_maker(struct object_families *families, const struct shm_object *object,
                         struct value *value);

#endif
