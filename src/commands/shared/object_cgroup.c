#include "commands/shared/object_cgroup.h"

#include "base/memory.h"
#include "objects/segment.h"
#include "usage/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef const char *member_fn(const struct cgroup *cgroup);

static const char *path_of(const struct cgroup *cgroup)
{
	return cgroup->path;
}

static const char *unit_of(const struct cgroup *cgroup)
{
	return cgroup->unit;
}

static bool is_among(const char *const *texts, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(texts[i], text) == 0)
			return true;
	}
	return false;
}

/* Set the value to the first of several texts, which are valid until the cache is freed. */
static void set_texts(const char *const *texts, size_t count, struct value *value)
{
	int length;

	if (count == 1) {
		value_set_text(value, texts[0]);
	} else if (count > 1) {
		/* A path that is longer is cut, not its number of others. */
		length = snprintf(NULL, 0, " +%zu", count - 1);
		snprintf(value->scratch, sizeof(value->scratch), "%.*s +%zu",
		         (int)sizeof(value->scratch) - length - 1, texts[0], count - 1);
		value_set_text(value, value->scratch);
	}
}

static void get(struct cgroup_cache *groups, const struct shm_object *object, member_fn *member,
                struct value *value)
{
	const struct object_usage *usage = object->usage;
	const char **texts = NULL;
	size_t count = 0;

	value_set_unknown(value);
	for (uint32_t i = 0; usage != NULL && i < usage->processes; i++) {
		const struct cgroup cgroup = cgroup_cache_find(groups, usage->users[i].pid);
		const char *text = member(&cgroup);

		if (text == NULL || is_among(texts, count, text))
			continue;
		texts = vector_grow(texts, count, sizeof(*texts));
		texts[count++] = text;
	}
	set_texts(texts, count, value);
	free(texts);
}

static void get_or_creator(struct cgroup_cache *groups, const struct shm_object *object,
                           member_fn *member, struct value *value)
{
	pid_t creator;
	struct cgroup cgroup;

	get(groups, object, member, value);
	if (value->kind != VALUE_UNKNOWN || (creator = sysv_living_creator(object)) == 0)
		return;
	cgroup = cgroup_cache_find(groups, creator);
	if (member(&cgroup) != NULL)
		value_set_text(value, member(&cgroup));
}

void object_cgroup_path(struct cgroup_cache *groups, const struct shm_object *object,
                        struct value *value)
{
	get_or_creator(groups, object, path_of, value);
}

void object_cgroup_unit(struct cgroup_cache *groups, const struct shm_object *object,
                        struct value *value)
{
	get_or_creator(groups, object, unit_of, value);
}
