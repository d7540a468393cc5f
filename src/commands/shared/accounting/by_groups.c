#include "commands/shared/accounting/by_groups.h"

#include "base/memory.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* The groups of an item: a span of the indexes. */
struct span {
	size_t first;
	size_t count;
};

/* The state while items are added up. Groups have their first index until they are sorted. */
struct adder {
	struct by_groups *groups;
	const struct by_list *by;
	void *keys; /* tsearch(3): struct numbered_group */
	size_t *indexes;
	size_t index_count;
	struct span *spans; /* of the items */
};

struct numbered_group {
	struct by_group group;
	size_t number;
	size_t rank;    /* in the order of size */
	size_t *shared; /* items of several groups, one of those with the same groups */
	size_t shared_count;
};

bool by_has(const struct by_list *by, enum by_word word)
{
	for (size_t i = 0; i < by->count; i++) {
		if (by->words[i] == word)
			return true;
	}
	return false;
}

bool by_needs_users(const struct by_list *by)
{
	return by_has(by, BY_COMMAND) || by_has(by, BY_PID) || by_has(by, BY_CGROUP);
}

bool by_needs_objects(const struct by_list *by)
{
	return by_has(by, BY_OWNER) || by_has(by, BY_FAMILY) || by_needs_users(by);
}

/*
 * Keys
 */

static int compare_texts(const void *left, const void *right)
{
	return strcmp(left, right);
}

/* The only copy of a text; NULL for NULL and for an empty one. */
static const char *unique_text(struct by_groups *groups, const char *text)
{
	char *const *found;

	if (text == NULL || *text == '\0')
		return NULL;
	found = tfind(text, &groups->texts, compare_texts);
	if (found == NULL)
		found = needed(tsearch(needed(strdup(text)), &groups->texts, compare_texts));
	return *found;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int order_texts(const char *a, const char *b)
{
	if (a == b)
		return 0;
	/* Unknown ones come last. */
	if (a == NULL || b == NULL)
		return a == NULL ? 1 : -1;
	return strcmp(a, b);
}

static int compare_keys(const void *left, const void *right)
{
	const struct by_key *a = left;
	const struct by_key *b = right;
	int order = 0;

	for (size_t i = 0; order == 0 && i < BY_WORDS; i++)
		order = order_texts(a->texts[i], b->texts[i]);
	if (order == 0)
		order = ORDER(b->has_owner, a->has_owner);
	if (order == 0)
		order = ORDER(a->owner, b->owner);
	if (order == 0)
		order = ORDER(a->pid, b->pid);
	return order != 0 ? order : ORDER(a->namespace, b->namespace);
}

/* The part of the key that does not depend on a process. */
static struct by_key key_of(struct adder *adder, const struct by_item *item)
{
	const struct by_list *by = adder->by;
	struct by_key key = { .pid = 0 };

	if (by_has(by, BY_KIND))
		key.texts[BY_KIND] = unique_text(adder->groups, item->kind);
	if (by_has(by, BY_FAMILY))
		key.texts[BY_FAMILY] = unique_text(adder->groups, item->family);
	if (by_has(by, BY_PLACE))
		key.texts[BY_PLACE] = unique_text(adder->groups, item->place);
	if (by_has(by, BY_NAMESPACE))
		key.namespace = item->namespace;
	if (by_has(by, BY_OWNER) && item->has_owner) {
		key.has_owner = true;
		key.owner = item->object->uid;
	}
	return key;
}

static void add_process(struct adder *adder, const struct object_user *user, struct by_key *key)
{
	if (by_has(adder->by, BY_PID))
		key->pid = user->pid;
	if (by_has(adder->by, BY_COMMAND))
		key->texts[BY_COMMAND] = unique_text(adder->groups, user->command);
	if (by_has(adder->by, BY_CGROUP))
		key->texts[BY_CGROUP] = unique_text(
		    adder->groups, cgroup_cache_find(&adder->groups->cgroups, user->pid).unit);
}

/*
 * Groups
 */

static size_t find_group(struct adder *adder, const struct by_key *key)
{
	struct by_groups *groups = adder->groups;
	struct numbered_group *group;
	struct numbered_group *const *found = tfind(key, &adder->keys, compare_keys);

	if (found != NULL)
		return (*found)->number;
	group = needed_array(1, sizeof(*group));
	group->group.key = *key;
	group->number = groups->count;
	needed(tsearch(group, &adder->keys, compare_keys));
	groups->groups = vector_grow(groups->groups, groups->count, sizeof(*groups->groups));
	groups->groups[groups->count++] = &group->group;
	return group->number;
}

/* Add a group to the span, which is the last one, unless it has it already. */
static void add_to_span(struct adder *adder, struct span *span, size_t group)
{
	for (size_t i = span->first; i < adder->index_count; i++) {
		if (adder->indexes[i] == group)
			return;
	}
	adder->indexes = vector_grow(adder->indexes, adder->index_count, sizeof(*adder->indexes));
	adder->indexes[adder->index_count++] = group;
	span->count++;
}

/* Whether two items have the same processes and the same key. */
static bool are_alike(const struct by_item *a, const struct by_item *b)
{
	if (a->user_count != b->user_count || a->kind != b->kind || a->place != b->place ||
	    a->family != b->family || a->namespace != b->namespace || a->has_owner != b->has_owner)
		return false;
	if (a->has_owner && a->object->uid != b->object->uid)
		return false;
	for (uint32_t i = 0; i < a->user_count; i++) {
		if (a->users[i].pid != b->users[i].pid)
			return false;
	}
	return true;
}

/*
 * Find the groups of an item. Processes often share many objects, so the groups of an item are often
 * those of the item before.
 */
static struct span find_groups(struct adder *adder, const struct by_items *items, size_t index)
{
	const struct by_item *item = &items->items[index];
	struct span span = { .first = adder->index_count };
	struct by_key key;

	if (index > 0 && are_alike(item, item - 1))
		return adder->spans[index - 1];
	key = key_of(adder, item);
	if (item->user_count == 0 || !by_needs_users(adder->by))
		add_to_span(adder, &span, find_group(adder, &key));
	for (uint32_t i = 0; i < item->user_count && by_needs_users(adder->by); i++) {
		struct by_key with_process = key;

		add_process(adder, &item->users[i], &with_process);
		add_to_span(adder, &span, find_group(adder, &with_process));
	}
	return span;
}

/*
 * Totals
 */

static void add_item(struct by_total *total, const struct by_item *item, bool is_shared)
{
	total->count += item->count;
	total->bytes += item->bytes;
	total->by_use[item->use].count += item->count;
	total->by_use[item->use].bytes += item->bytes;
	if (USE_BIT(item->use) & USES_UNUSED)
		total->unused += item->bytes;
	if (is_shared)
		total->shared += item->bytes;
	if (item->time != 0 && (total->oldest == 0 || item->time < total->oldest))
		total->oldest = item->time;
}

/* Remember that a group has an item of several groups. */
static void add_shared(struct numbered_group *group, size_t item)
{
	group->shared = vector_grow(group->shared, group->shared_count, sizeof(*group->shared));
	group->shared[group->shared_count++] = item;
}

/* Count the other groups of a group's shared items, each once. SEEN: by group, zeroed at first. */
static size_t count_others(const struct adder *adder, const struct numbered_group *group,
                           size_t *seen)
{
	size_t others = 0;

	for (size_t i = 0; i < group->shared_count; i++) {
		const struct span *span = &adder->spans[group->shared[i]];

		for (size_t k = 0; k < span->count; k++) {
			const size_t other = adder->indexes[span->first + k];

			if (other == group->number || seen[other] == group->number + 1)
				continue;
			seen[other] = group->number + 1;
			others++;
		}
	}
	return others;
}

static void count_all_others(struct adder *adder)
{
	const size_t count = adder->groups->count;
	size_t *seen = needed_array(count, sizeof(*seen));

	for (size_t i = 0; i < count; i++) {
		struct numbered_group *group = (struct numbered_group *)adder->groups->groups[i];

		group->group.others = count_others(adder, group, seen);
		free(group->shared);
		group->shared = NULL;
	}
	free(seen);
}

static void add_items(struct adder *adder, const struct by_items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		const struct span span = find_groups(adder, items, i);
		const bool is_new = i == 0 || adder->spans[i - 1].first != span.first;

		adder->spans[i] = span;
		for (size_t k = 0; k < span.count; k++) {
			struct by_group *group =
			    adder->groups->groups[adder->indexes[span.first + k]];

			add_item(&group->total, &items->items[i], span.count > 1);
			if (is_new && span.count > 1)
				add_shared((struct numbered_group *)group, i);
		}
		add_item(&adder->groups->sum, &items->items[i], false);
	}
	count_all_others(adder);
}

/* The largest group first. */
static int compare_groups(const void *left, const void *right)
{
	const struct by_group *a = *(const struct by_group *const *)left;
	const struct by_group *b = *(const struct by_group *const *)right;

	if (a->total.bytes != b->total.bytes)
		return a->total.bytes > b->total.bytes ? -1 : 1;
	if (a->total.count != b->total.count)
		return a->total.count > b->total.count ? -1 : 1;
	return compare_keys(&a->key, &b->key);
}

/* Add up the items of the groups from TOP on, each item once. BY_NUMBER: the groups as indexed. */
static void cut(struct adder *adder, const struct by_items *items,
                struct by_group *const *by_number, size_t top)
{
	struct by_groups *groups = adder->groups;

	for (size_t i = 0; i < groups->count; i++)
		((struct numbered_group *)groups->groups[i])->rank = i;
	for (size_t i = 0; i < items->count; i++) {
		const size_t *indexes = &adder->indexes[adder->spans[i].first];
		size_t in_rest = 0;

		for (size_t k = 0; k < adder->spans[i].count; k++)
			in_rest +=
			    ((const struct numbered_group *)by_number[indexes[k]])->rank >= top;
		if (in_rest > 0)
			add_item(&groups->rest, &items->items[i], in_rest < adder->spans[i].count);
	}
	groups->rest_count = groups->count - top;
}

static void keep(void *node)
{
	(void)node;
}

void by_groups_make(const struct by_items *items, const struct by_list *by, uint64_t top,
                    struct by_groups *groups)
{
	struct adder adder = {
		.groups = groups,
		.by = by,
		.indexes = needed_array(1, sizeof(*adder.indexes)),
		.spans = needed_array(items->count, sizeof(*adder.spans)),
	};
	struct by_group **by_number;

	memset(groups, 0, sizeof(*groups));
	add_items(&adder, items);
	by_number = needed_array(groups->count, sizeof(*by_number));
	if (groups->count > 0) {
		memcpy(by_number, groups->groups, groups->count * sizeof(*by_number));
		qsort(groups->groups, groups->count, sizeof(*groups->groups), compare_groups);
	}
	if (top > 0 && top < groups->count)
		cut(&adder, items, by_number, (size_t)top);
	free(by_number);
	free(adder.spans);
	free(adder.indexes);
	tdestroy(adder.keys, keep);
}

void by_groups_free(struct by_groups *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		free(groups->groups[i]);
	free(groups->groups);
	tdestroy(groups->texts, free);
	cgroup_cache_free(&groups->cgroups);
	memset(groups, 0, sizeof(*groups));
}
