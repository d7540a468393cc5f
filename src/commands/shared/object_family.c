#include "commands/shared/object_family.h"

#include "base/digits.h"
#include "base/memory.h"
#include "usage/family_catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct known_family {
	const struct shm_object *object;
	const struct family_rule *rule; /* NULL: none */
};

int object_families_begin(struct object_families *families, unsigned int kinds, struct error *error)
{
	if (families->families != NULL)
		return 0;
	if (kinds & ~(unsigned int)KINDS_SYSV)
		families->families = families_shared(error);
	else if (families_load_kinds(kinds, &families->own, error) == 0)
		families->families = families->own;
	return families->families != NULL ? 0 : -1;
}

void object_families_end(struct object_families *families)
{
	living_makers_free(&families->makers);
	families_free(families->own);
	free(families->known);
	memset(families, 0, sizeof(*families));
}

/* The place where an object is known; known_count if it is not. */
static size_t find_known(const struct object_families *families, const struct shm_object *object)
{
	const struct known_family *known = families->known;

	if (families->next < families->known_count && known[families->next].object == object)
		return families->next;
	return families->known_count > 0 && known[0].object == object ? 0 : families->known_count;
}

static void look_up(struct object_families *families, const struct shm_object *object)
{
	const size_t place = find_known(families, object);

	if (place < families->known_count) {
		family_match_again(families->known[place].rule, object, &families->match);
	} else {
		(void)family_match(families->families, object, &families->match);
		families->known =
		    vector_grow(families->known, families->known_count, sizeof(*families->known));
		families->known[families->known_count++] =
		    (struct known_family){ object, families->match.rule };
	}
	families->next = place + 1;
	families->object = object;
}

/* The match of an object; NULL if it has no family. */
static const struct family_match *find(struct object_families *families,
                                       const struct shm_object *object)
{
	if (families->families == NULL)
		return NULL;
	if (families->object != object)
		look_up(families, object);
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
	const struct living_maker *maker = NULL;
	enum process_creator result;

	command[0] = '\0';
	if (!families->has_makers) {
		families->has_makers = true;
		/* Without them, no process is known. */
		if (living_makers_read(&families->makers) < 0)
			living_makers_free(&families->makers);
	}
	result = living_makers_find(&families->makers, pid, born, &maker);
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
