#include "commands/shared/object_family.h"

#include "base/digits.h"
#include "usage/family_catalogue.h"

#include <stdio.h>
#include <string.h>

int object_families_begin(struct object_families *families, struct error *error)
{
	if (families->families == NULL)
		families->families = families_shared(error);
	return families->families != NULL ? 0 : -1;
}

void object_families_end(struct object_families *families)
{
	makers_free(&families->makers);
	memset(families, 0, sizeof(*families));
}

/* The match of an object; NULL if it has no family. */
static const struct family_match *find(struct object_families *families,
                                       const struct shm_object *object)
{
	if (families->families == NULL)
		return NULL;
	if (families->object != object) {
		families->object = object;
		(void)family_match(families->families, object, &families->match);
	}
	return families->match.family != NULL ? &families->match : NULL;
}

void object_family_name(struct object_families *families, const struct shm_object *object,
                        struct value *value)
{
	const struct family_match *match = find(families, object);

	value_set_unknown(value);
	if (match != NULL)
		value_set_text(value, match->family->name);
}

void object_family_instance(struct object_families *families, const struct shm_object *object,
                            struct value *value)
{
	const struct family_match *match = find(families, object);

	value_set_unknown(value);
	if (match != NULL && match->instance[0] != '\0')
		value_set_text(value, match->instance);
}

void object_family_fate(struct object_families *families, const struct shm_object *object,
                        struct value *value)
{
	const struct family_match *match = find(families, object);

	value_set_unknown(value);
	if (match != NULL)
		value_set_text(value, match->family->fate);
}

void object_family_cleaner(struct object_families *families, const struct shm_object *object,
                           struct value *value)
{
	const struct family_match *match = find(families, object);

	value_set_unknown(value);
	if (match != NULL && match->family->cleaner != NULL)
		value_set_text(value, match->family->cleaner);
}

static enum process_creator find_maker(struct object_families *families, pid_t pid, time_t born,
                                       char command[COMMAND_SIZE])
{
	const struct maker *maker = NULL;
	enum process_creator result;

	command[0] = '\0';
	if (!families->has_makers) {
		families->has_makers = true;
		/* Without them, no process is known. */
		if (makers_read(&families->makers) < 0)
			makers_free(&families->makers);
	}
	result = makers_find(&families->makers, pid, born, &maker);
	if (maker != NULL)
		snprintf(command, COMMAND_SIZE, "%s", maker->command);
	return result;
}

void object_family_maker(struct object_families *families, const struct shm_object *object,
                         struct value *value)
{
	const struct family_match *match = find(families, object);
	enum process_creator fate;
	char command[COMMAND_SIZE];
	char *end;
	pid_t pid;

	value_set_unknown(value);
	if (match != NULL && match->maker_source != MAKER_UNKNOWN) {
		pid = match->maker;
		fate = find_maker(families, pid, object->change_time, command);
	} else if (object->kind == KIND_SHM && object->creator_pid != 0) {
		pid = object->creator_pid;
		fate = process_find_creator(pid, object->change_time, command);
	} else {
		return;
	}
	end = value->scratch + digits_decimal(value->scratch, (uint64_t)pid);
	*end = '\0';
	if (fate == CREATOR_LIVES)
		stpcpy(stpcpy(stpcpy(end, " ("), command), ")");
	else if (fate != CREATOR_UNKNOWN)
		stpcpy(end, " (gone)");
	value_set_text(value, value->scratch);
}
