#include "objects/filter.h"
#include "objects/kind.h"

static uint64_t since(time_t when, time_t now)
{
	return when < now ? (uint64_t)now - (uint64_t)when : 0;
}

static time_t later(time_t a, time_t b)
{
	return a > b ? a : b;
}

uint64_t object_age(const struct shm_object *object, time_t now)
{
	return since(object->change_time, now);
}

uint64_t object_idle(const struct shm_object *object, time_t now)
{
	return since(later(object->change_time, object_kinds[object->kind].last_use(object)), now);
}

bool filter_takes_all(const struct object_filter *filter)
{
	return filter->owner.count == 0 && !filter->mine.given && filter->creator.count == 0 &&
	       filter->key.count == 0 && filter->name.count == 0 && filter->family.count == 0 &&
	       !filter->min_size.given && !filter->max_size.given && !filter->older_than.given &&
	       !filter->idle_for.given && !filter->used_by.given && filter->uses == 0;
}

void filter_free(struct object_filter *filter)
{
	filter_list_free(&filter->owner);
	filter_list_free(&filter->creator);
	filter_list_free(&filter->key);
	filter_list_free(&filter->name);
	filter_list_free(&filter->family);
}

/* Memory named by a REF of a descriptor may also have no name. */
static bool name_matches(const struct filter_list *names, const struct shm_object *object)
{
	if (kind_is_sysv(object->kind) || object->name == NULL)
		return filter_list_passes_none(names);
	return filter_list_passes_name(names, object->name);
}

static bool key_matches(const struct filter_list *keys, const struct shm_object *object)
{
	if (!kind_is_sysv(object->kind))
		return filter_list_passes_none(keys);
	return filter_list_passes_number(keys, (uint32_t)object->key);
}

/* An unknown creator might be an excluded one, so it never matches. */
static bool creator_matches(const struct filter_list *creators, const struct shm_object *object)
{
	return creators->count == 0 || (kind_is_sysv(object->kind) &&
	                                filter_list_passes_number(creators, object->creator_uid));
}

/* An object whose size is unknown matches no size condition. */
static bool size_matches(const struct object_filter *filter, const struct shm_object *object)
{
	if (!filter->min_size.given && !filter->max_size.given)
		return true;
	if (!object_size_is_known(object))
		return false;
	return (!filter->min_size.given || object->bytes >= filter->min_size.limit) &&
	       (!filter->max_size.given || object->bytes <= filter->max_size.limit);
}

/* Check an object that is known by name only: its unknown values may match. */
static bool may_match(const struct object_filter *filter, const struct shm_object *object)
{
	return creator_matches(&filter->creator, object) && key_matches(&filter->key, object) &&
	       name_matches(&filter->name, object);
}

bool filter_match(const struct object_filter *filter, const struct shm_object *object, time_t now)
{
	if (!(filter->kinds & KIND_BIT(object->kind)))
		return false;
	if (object->known & KNOWN_COVERED)
		return may_match(filter, object);
	if (!may_match(filter, object) || !filter_list_passes_number(&filter->owner, object->uid))
		return false;
	if (filter->mine.given && object->uid != filter->mine.id)
		return false;
	if (!size_matches(filter, object))
		return false;
	if (filter->older_than.given && object_age(object, now) < filter->older_than.limit)
		return false;
	if (filter->idle_for.given && object_idle(object, now) < filter->idle_for.limit)
		return false;
	return true;
}
