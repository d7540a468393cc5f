#include "usage/choose.h"

#include "objects/inventory.h"
#include "usage/abandoned.h"
#include "usage/family.h"
#include "usage/family_catalogue.h"
#include "usage/held.h"
#include "usage/idle.h"
#include "usage/verdict.h"

#include <sys/types.h>

/* Keep the objects whose verdict matches the filter; an unknown verdict never matches. */
static void drop_by_use(const struct object_filter *filter, struct object_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct object_usage *usage = list->objects[i].usage;

		if (usage != NULL && (filter->uses & USE_BIT(usage->use)))
			list->objects[kept++] = list->objects[i];
		else if (usage != NULL && usage->use == USE_UNKNOWN &&
		         (filter->uses & (USE_BIT(USE_UNUSED) | USE_BIT(USE_ABANDONED))))
			list->usages->left_out++;
	}
	list->count = kept;
}

static unsigned int kinds_with_need(const unsigned int needs[KIND_COUNT], unsigned int need)
{
	unsigned int kinds = 0;

	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if (needs[kind] & need)
			kinds |= KIND_BIT(kind);
	}
	return kinds;
}

/* The conditions on queues and semaphore sets. */
static struct idle_options idle_options_of(const struct object_filter *filter)
{
	return (struct idle_options){
		.idle_for = filter->idle_for.given ? filter->idle_for.limit : IDLE_FOR_DEFAULT,
		.with_messages = filter->with_messages,
	};
}

/* Keep the objects whose family matches the filter. On failure the list is empty. */
static int drop_by_family(const struct filter_list *wanted, struct object_list *list,
                          struct error *error)
{
	const struct families *families = wanted->count > 0 ? families_shared(error) : NULL;
	size_t kept = 0;

	if (wanted->count == 0)
		return 0;
	for (size_t i = 0; families != NULL && i < list->count; i++) {
		struct family_match match;
		bool passes = filter_list_passes_none(wanted);

		if (family_match(families, &list->objects[i], &match))
			passes = filter_list_passes_number(
			    wanted, (uint32_t)families_number(families, match.family));
		if (passes)
			list->objects[kept++] = list->objects[i];
	}
	list->count = kept;
	return families != NULL ? 0 : -1;
}

/* Apply the filters that must inspect processes. On failure the list is empty. */
static int drop_by_users(const struct object_filter *filter, struct object_list *list,
                         struct error *error)
{
	unsigned int kinds = KINDS_WITH_USERS;
	struct idle_options options;
	struct error cause;

	if (filter->used_by.given &&
	    verdict_keep_used_by(list, (pid_t)filter->used_by.id, &cause) < 0)
		return error_set(error, cause.status, "--used-by: %s", cause.text);
	if (filter->uses == 0)
		return 0;
	options = idle_options_of(filter);
	if (filter->uses & USE_BIT(USE_ABANDONED))
		kinds |= KINDS_IDLE;
	if (verdict_collect(list, kinds, &options, error) < 0 ||
	    ((filter->uses & USE_BIT(USE_ABANDONED)) != 0 &&
	     abandoned_collect(list,
	                       filter->older_than.given ? filter->older_than.limit : ABANDONED_AGE,
	                       error) < 0)) {
		list->count = 0;
		return -1;
	}
	drop_by_use(filter, list);
	return 0;
}

int choose_find(const struct ref *ref, struct object_list *list, struct error *error)
{
	return ref->kind == REF_FD ? held_find(ref, list, error) : inventory_find(ref, list, error);
}

static int collect(struct object_list *list, const unsigned int needs[KIND_COUNT],
                   const struct idle_options *options, struct error *error)
{
	struct error one;
	int result = inventory_collect(list, needs, error);

	if (needs[KIND_PSHM] & NEED_RESIDENCY)
		held_collect_residency(list);
	if (kinds_with_need(needs, NEED_USERS) == 0)
		return result;
	/* A filter may have collected the users already. */
	if ((list->usages == NULL &&
	     verdict_collect(list, kinds_with_need(needs, NEED_USERS), options, &one) < 0) ||
	    abandoned_collect(list, ABANDONED_AGE, &one) < 0)
		result = error_join(error, result, &one);
	return result;
}

int choose_collect(struct object_list *list, const unsigned int needs[KIND_COUNT],
                   struct error *error)
{
	return collect(list, needs, NULL, error);
}

int choose_list(const struct object_filter *filter, const unsigned int needs[KIND_COUNT],
                struct object_list *list, struct error *error)
{
	const struct idle_options options = idle_options_of(filter);
	struct error one;
	int result = inventory_list(filter, list, error);

	if (drop_by_family(&filter->family, list, &one) < 0)
		result = error_join(error, result, &one);
	if (drop_by_users(filter, list, &one) < 0)
		result = error_join(error, result, &one);
	if (collect(list, needs, &options, &one) < 0)
		result = error_join(error, result, &one);
	return result;
}
