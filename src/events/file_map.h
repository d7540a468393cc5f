/*
 * A hash table of pointers by the key of a file.
 */
#ifndef SHMTOOL_EVENTS_FILE_MAP_H
#define SHMTOOL_EVENTS_FILE_MAP_H

#include "events/file_key.h"

struct file_node;

/** All zero is the empty map. */
struct file_map {
	struct file_node **chains;
	size_t size;  /* number of chains, a power of two, or 0 */
	size_t count; /* of files */
};

/**
 * Find the value of a file.
 *
 * @return the place of the value, valid until the file is removed; NULL if the file is not there
 */
void **file_map_find(const struct file_map *map, const struct file_key *key);

/**
 * Find the value of a file, or add the file with the value NULL.
 *
 * @return the place of the value, valid until the file is removed
 */
void **file_map_add(struct file_map *map, const struct file_key *key);

/** Remove a file, if it is there. */
void file_map_remove(struct file_map *map, const struct file_key *key);

/** Visit a value. Returns false to remove its file. */
typedef bool file_map_visit_fn(void *value, void *state);

/** Visit all values, in no particular order. */
void file_map_visit(struct file_map *map, file_map_visit_fn *visit, void *state);

/** Remove all files. */
void file_map_free(struct file_map *map);

#endif
