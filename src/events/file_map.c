#include "events/file_map.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64 };

struct file_node {
	struct file_node *next;
	void *value;
	struct file_key key; /* allocated only up to its last byte in use */
};

static struct file_node **chain_of(const struct file_map *map, const struct file_key *key)
{
	return &map->chains[file_key_hash(key) & (map->size - 1)];
}

/* The link to a node, or the end of its chain. */
static struct file_node **link_of(const struct file_map *map, const struct file_key *key)
{
	struct file_node **link = chain_of(map, key);

	while (*link != NULL && !file_key_equals(&(*link)->key, key))
		link = &(*link)->next;
	return link;
}

void **file_map_find(const struct file_map *map, const struct file_key *key)
{
	struct file_node *node = map->count > 0 ? *link_of(map, key) : NULL;

	return node != NULL ? &node->value : NULL;
}

/* Keep the chains short. */
static void make_room(struct file_map *map)
{
	struct file_map larger = {
		.size = map->size > 0 ? 2 * map->size : FIRST_SIZE,
		.count = map->count,
	};

	if (map->count < map->size)
		return;
	larger.chains = needed_array(larger.size, sizeof(*larger.chains));
	for (size_t i = 0; i < map->size; i++) {
		struct file_node *node = map->chains[i];

		while (node != NULL) {
			struct file_node *next = node->next;
			struct file_node **chain = chain_of(&larger, &node->key);

			node->next = *chain;
			*chain = node;
			node = next;
		}
	}
	free(map->chains);
	*map = larger;
}

void **file_map_add(struct file_map *map, const struct file_key *key)
{
	struct file_node **link;

	make_room(map);
	link = link_of(map, key);
	if (*link == NULL) {
		struct file_node *node =
		    needed_array(1, offsetof(struct file_node, key) + file_key_size(key));

		memcpy(&node->key, key, file_key_size(key));
		*link = node;
		map->count++;
	}
	return &(*link)->value;
}

static void remove_at(struct file_map *map, struct file_node **link)
{
	struct file_node *node = *link;

	*link = node->next;
	free(node);
	map->count--;
}

void file_map_remove(struct file_map *map, const struct file_key *key)
{
	struct file_node **link;

	if (map->count == 0)
		return;
	link = link_of(map, key);
	if (*link != NULL)
		remove_at(map, link);
}

void file_map_visit(struct file_map *map, file_map_visit_fn *visit, void *state)
{
	for (size_t i = 0; i < map->size; i++) {
		struct file_node **link = &map->chains[i];

		while (*link != NULL) {
			if (visit((*link)->value, state))
				link = &(*link)->next;
			else
				remove_at(map, link);
		}
	}
}

static bool drop(void *value, void *state)
{
	(void)value;
	(void)state;
	return false;
}

void file_map_free(struct file_map *map)
{
	file_map_visit(map, drop, NULL);
	free(map->chains);
	*map = (struct file_map){ .chains = NULL };
}
