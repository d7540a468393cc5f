#include "objects/filter.h"
#include "objects/kind.h"

#include <fnmatch.h>

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
	return !filter->owner.given && !filter->creator.given && !filter->key.given &&
	       filter->name == NULL && !filter->min_size.given && !filter->max_size.given &&
	       !filter->older_than.given && !filter->idle_for.given && !filter->used_by.given &&
	       filter->uses == 0;
}

static bool name_matches(const char *pattern, const struct shm_object *object)
{
	if (kind_is_sysv(object->kind))
		return false;
	return fnmatch(pattern, *pattern == '/' ? object->name : object->name + 1, 0) == 0;
}

/* An object without a size, or with a hidden one, is neither large nor small. */
static bool size_matches(const struct object_filter *filter, const struct shm_object *object)
{
	if (!filter->min_size.given && !filter->max_size.given)
		return true;
	if (!object_size_is_known(object))
		return false;
	return (!filter->min_size.given || object->bytes >= filter->min_size.limit) &&
	       (!filter->max_size.given || object->bytes <= filter->max_size.limit);
}

/* An unknown value may be the one that is asked for. */
static bool may_match(const struct object_filter *filter, const struct shm_object *object)
{
	return !filter->creator.given && !filter->key.given &&
	       (filter->name == NULL || name_matches(filter->name, object));
}

bool filter_match(const struct object_filter *filter, const struct shm_object *object, time_t now)
{
	if (!(filter->kinds & KIND_BIT(object->kind)))
		return false;
	if (object->known & KNOWN_COVERED)
		return may_match(filter, object);
	if (filter->owner.given && object->uid != filter->owner.id)
		return false;
	if (filter->creator.given &&
	    (!kind_is_sysv(object->kind) || object->creator_uid != filter->creator.id))
		return false;
	if (filter->key.given &&
	    (!kind_is_sysv(object->kind) || (uint32_t)object->key != filter->key.id))
		return false;
	if (filter->name != NULL && !name_matches(filter->name, object))
		return false;
	if (!size_matches(filter, object))
		return false;
	if (filter->older_than.given && object_age(object, now) < filter->older_than.limit)
		return false;
	if (filter->idle_for.given && object_idle(object, now) < filter->idle_for.limit)
		return false;
	return true;
}
