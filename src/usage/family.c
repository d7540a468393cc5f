#include "usage/family.h"

#include "base/digits.h"
#include "base/memory.h"
#include "objects/kind.h"
#include "objects/tree.h"
#include "system/account.h"
#include "system/place.h"
#include "usage/family_content.h"
#include "usage/family_index.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A family and the catalogue's private data about it. */
struct member {
	struct family family;
	size_t number; /* in the order of adding */
	bool is_replaced;
};

struct families {
	struct member *
	    *members; /* in the order of adding; then by name, without the replaced ones */
	size_t count;
	struct member **replaced;
	size_t replaced_count;
	char **texts;
	size_t text_count;
	const struct family_rule **rules; /* by number: the lowest one that matches wins */
	size_t rule_count;
	struct family_index indexes[FAMILY_KINDS];
	unsigned int kinds; /* from families_narrow() */
};

static const struct {
	const char *word;
	enum family_fate fate;
} fates[] = {
	{ "garbage", FATE_GARBAGE },       { "keep", FATE_KEEP },
	{ "with-maker", FATE_WITH_MAKER }, { "with-program", FATE_WITH_PROGRAM },
	{ "together", FATE_TOGETHER },
};
enum { FATES = sizeof(fates) / sizeof(fates[0]) };

unsigned int family_fate_of_word(const char *word, size_t length)
{
	for (size_t i = 0; i < FATES; i++) {
		if (strlen(fates[i].word) == length && strncmp(word, fates[i].word, length) == 0)
			return fates[i].fate;
	}
	return 0;
}

const char *family_kind_word(unsigned int kind)
{
	return kind == FAMILY_HUGE ? "huge" : kind_word((enum object_kind)kind);
}

bool family_has_program(const struct family *family, const char *command)
{
	/* The kernel truncates a command name to 15 bytes. */
	enum { COMMAND_LENGTH = 15 };

	for (const char **program = family->programs; program != NULL && *program != NULL;
	     program++) {
		if (fnmatch(*program, command, 0) == 0 ||
		    (strlen(command) == COMMAND_LENGTH && strlen(*program) > COMMAND_LENGTH &&
		     strncmp(*program, command, COMMAND_LENGTH) == 0))
			return true;
	}
	return false;
}

/*
 * Construction
 */

struct families *families_new(void)
{
	struct families *families = needed_array(1, sizeof(*families));

	families->kinds = FAMILY_KINDS_ALL;
	return families;
}

void families_narrow(struct families *families, unsigned int kinds)
{
	families->kinds = kinds;
}

unsigned int families_kinds(const struct families *families)
{
	return families->kinds;
}

char *families_text_of(struct families *families, const char *text, size_t length)
{
	families->texts =
	    vector_grow(families->texts, families->text_count, sizeof(*families->texts));
	return families->texts[families->text_count++] = needed(strndup(text, length));
}

const char *families_text(struct families *families, const char *text)
{
	return families_text_of(families, text, strlen(text));
}

struct family *families_add(struct families *families, const char *name)
{
	struct member *member = needed_array(1, sizeof(*member));

	member->number = families->count;
	member->family.name = families_text(families, name);
	families->members =
	    vector_grow(families->members, families->count, sizeof(struct member *));
	families->members[families->count++] = member;
	return &member->family;
}

struct family_rule *families_add_rule(struct families *families)
{
	struct family *family = &families->members[families->count - 1]->family;
	struct family_rule *rule = needed_array(1, sizeof(*rule));

	rule->family = family;
	family->rules = vector_grow(family->rules, family->rule_count, sizeof(rule));
	family->rules[family->rule_count++] = rule;
	return rule;
}

/* By name; local families before shipped ones; then in the order of adding. */
static int compare_names(const void *first, const void *second)
{
	const struct member *a = *(struct member *const *)first;
	const struct member *b = *(struct member *const *)second;
	const int names = strcmp(a->family.name, b->family.name);

	if (names != 0)
		return names;
	if (a->family.is_local != b->family.is_local)
		return a->family.is_local ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Local families that keep, shipped families, other local families; each in the order of adding. */
static unsigned int layer(const struct member *member)
{
	if (!member->family.is_local)
		return 1;
	return member->family.fates & FATE_KEEP ? 0 : 2;
}

static int compare_order(const void *first, const void *second)
{
	const struct member *a = *(struct member *const *)first;
	const struct member *b = *(struct member *const *)second;

	if (layer(a) != layer(b))
		return layer(a) < layer(b) ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* The text of fates: "with-maker,together". */
static const char *fate_text(struct families *families, unsigned int bits)
{
	char text[64] = "";
	char *end = text;

	for (size_t i = 0; i < FATES; i++) {
		if (bits & fates[i].fate)
			end = stpcpy(stpcpy(end, end > text ? "," : ""), fates[i].word);
	}
	return families_text(families, text);
}

/* Number the rules in the order of FAMILIES->members, and index their patterns. */
static void number_rules(struct families *families)
{
	for (size_t i = 0; i < families->count; i++) {
		struct family *family = &families->members[i]->family;

		family->fate = fate_text(families, family->fates);
		for (size_t r = 0; r < family->rule_count; r++) {
			const struct family_rule *rule = family->rules[r];

			for (unsigned int kind = 0; kind < FAMILY_KINDS; kind++) {
				if (rule->kinds & KIND_BIT(kind))
					family_index_add(&families->indexes[kind], rule->pattern,
					                 families->rule_count);
			}
			families->rules = vector_grow(families->rules, families->rule_count,
			                              sizeof(*families->rules));
			families->rules[families->rule_count++] = rule;
		}
	}
	for (unsigned int kind = 0; kind < FAMILY_KINDS; kind++)
		family_index_finish(&families->indexes[kind]);
}

/* Keep the first of the families with the same name; FAMILIES is sorted by name. */
static void drop_replaced(struct families *families,
                          void (*duplicate)(void *closure, const struct family *family,
                                            const struct family *first),
                          void *closure)
{
	const struct member *kept = NULL;
	const struct member *former = NULL; /* the first one of the same layer */
	size_t count = 0;

	families->replaced = needed_array(families->count, sizeof(struct member *));
	for (size_t i = 0; i < families->count; i++) {
		struct member *member = families->members[i];
		const bool is_same =
		    kept != NULL && strcmp(kept->family.name, member->family.name) == 0;

		if (is_same && former->family.is_local == member->family.is_local)
			duplicate(closure, &member->family, &former->family);
		else
			former = member;
		if (is_same) {
			families->replaced[families->replaced_count++] = member;
		} else {
			kept = member;
			families->members[count++] = member;
		}
	}
	families->count = count;
}

void families_finish(struct families *families,
                     void (*duplicate)(void *closure, const struct family *family,
                                       const struct family *first),
                     void *closure)
{
	if (families->count == 0)
		return;
	qsort(families->members, families->count, sizeof(struct member *), compare_names);
	drop_replaced(families, duplicate, closure);
	qsort(families->members, families->count, sizeof(struct member *), compare_order);
	number_rules(families);
	qsort(families->members, families->count, sizeof(struct member *), compare_names);
}

static void free_member(struct member *member)
{
	for (size_t i = 0; i < member->family.rule_count; i++) {
		family_pattern_free(member->family.rules[i]->pattern);
		free(member->family.rules[i]);
	}
	free(member->family.rules);
	free(member->family.programs);
	free(member);
}

void families_free(struct families *families)
{
	if (families == NULL)
		return;
	for (size_t i = 0; i < families->count; i++)
		free_member(families->members[i]);
	for (size_t i = 0; i < families->replaced_count; i++)
		free_member(families->replaced[i]);
	for (size_t i = 0; i < families->text_count; i++)
		free(families->texts[i]);
	for (unsigned int kind = 0; kind < FAMILY_KINDS; kind++)
		family_index_free(&families->indexes[kind]);
	free(families->rules);
	free(families->members);
	free(families->replaced);
	free(families->texts);
	free(families);
}

/*
 * Lookup
 */

size_t families_count(const struct families *families)
{
	return families->count;
}

const struct family *families_at(const struct families *families, size_t number)
{
	return &families->members[number]->family;
}

/* Returns the index of a family, or the number of families. */
static size_t find_number(const struct families *families, const char *name)
{
	size_t begin = 0;
	size_t end = families->count;

	while (begin < end) {
		const size_t middle = begin + (end - begin) / 2;
		const int order = strcmp(name, families->members[middle]->family.name);

		if (order == 0)
			return middle;
		if (order < 0)
			end = middle;
		else
			begin = middle + 1;
	}
	return families->count;
}

size_t families_number(const struct families *families, const struct family *family)
{
	return find_number(families, family->name);
}

const struct family *families_find(const struct families *families, const char *name)
{
	const size_t number = find_number(families, name);

	return number < families->count ? families_at(families, number) : NULL;
}

/* A name that is a number is also compared as a user id. */
static bool owner_is(const char *owner, uid_t uid)
{
	char number[16];

	if (strcmp(owner, account_user(uid)) == 0)
		return true;
	if (*owner < '0' || *owner > '9')
		return false;
	snprintf(number, sizeof(number), "%u", (unsigned int)uid);
	return strcmp(owner, number) == 0;
}

static bool conditions_hold(const struct family_rule *rule, const struct family_subject *subject)
{
	if (rule->has_bytes && (!subject->has_bytes || subject->bytes < rule->min_bytes ||
	                        subject->bytes > rule->max_bytes))
		return false;
	if (rule->has_mode && (subject->mode & 07777) != rule->mode)
		return false;
	if (rule->has_semaphores && subject->semaphores != rule->semaphores)
		return false;
	return rule->owner == NULL || owner_is(rule->owner, subject->uid);
}

static bool has_conditions(const struct family_rule *rule)
{
	return rule->owner != NULL || rule->has_bytes || rule->has_mode || rule->has_semaphores;
}

/* If the content is unknown, a family that protects matches. */
static bool assume(const struct family *family, bool *is_assumed)
{
	*is_assumed = true;
	return !(family->fates & FATE_GARBAGE);
}

static bool magic_holds(const struct family *family, int fd)
{
	for (size_t i = 0; i < family->magic_count; i++) {
		const struct family_magic *magic = &family->magics[i];
		unsigned char found[FAMILY_MAGIC_SIZE];

		if (!family_content_read(fd, magic->offset, found, magic->length) ||
		    memcmp(found, magic->bytes, magic->length) != 0)
			return false;
	}
	return true;
}

/* Whether a rule takes a subject, if its pattern matches and its conditions hold. */
static bool rule_takes(const struct family_rule *rule, const struct family_subject *subject,
                       const struct shm_object *object, bool *is_assumed)
{
	const struct family *family = rule->family;
	bool result;
	int fd;

	*is_assumed = false;
	if (!subject->is_known)
		return (!has_conditions(rule) && family->magic_count == 0) ||
		       assume(family, is_assumed);
	if (family->magic_count == 0)
		return true;
	fd = object != NULL ? family_content_open(object) : -1;
	if (fd < 0)
		return assume(family, is_assumed);
	result = magic_holds(family, fd);
	close(fd);
	return result;
}

/* A search for the rule of a subject. */
struct rule_search {
	const struct families *families;
	const struct family_subject *subject;
};

/* The conditions are checked before the pattern, which takes longer. */
static bool wants_rule(const void *closure, size_t number)
{
	const struct rule_search *search = closure;

	return !search->subject->is_known ||
	       conditions_hold(search->families->rules[number], search->subject);
}

/* The first rule that takes a subject; NULL if none does. */
static const struct family_rule *find_rule(const struct families *families,
                                           const struct family_subject *subject,
                                           const struct shm_object *object, bool *is_assumed)
{
	const struct rule_search wanted = { families, subject };
	size_t best = families->rule_count;
	struct family_search search;
	size_t number;

	*is_assumed = false;
	family_index_begin(&families->indexes[subject->kind], subject->text, wants_rule, &wanted,
	                   &search);
	while (family_index_next(&search, best, &number)) {
		bool is_unread;

		if (rule_takes(families->rules[number], subject, object, &is_unread)) {
			best = number;
			*is_assumed = is_unread;
		}
	}
	return best < families->rule_count ? families->rules[best] : NULL;
}

/*
 * The pid of the maker in the content, if only the owner and root can have written it: other users
 * could store the pid of a process that has exited.
 */
static void read_maker(const struct family *family, const struct shm_object *object,
                       struct family_match *match)
{
	uint64_t number = 0;
	uint32_t small;
	bool is_read;
	int fd;

	if (!family->has_maker || (object->mode & (S_IWGRP | S_IWOTH)) != 0)
		return;
	fd = family_content_open(object);
	if (fd < 0)
		return;
	if (family->maker_size == sizeof(small)) {
		is_read = family_content_read(fd, family->maker_offset, &small, sizeof(small));
		number = is_read ? small : 0;
	} else {
		is_read = family_content_read(fd, family->maker_offset, &number, sizeof(number));
	}
	close(fd);
	if (!is_read || number == 0 || number > FAMILY_PID_LARGEST)
		return;
	match->maker = (pid_t)number;
	match->maker_source = MAKER_OF_CONTENT;
}

/* No family. Zeroing all of the instance would take as long as the search. */
static void clear(struct family_match *match)
{
	match->family = NULL;
	match->rule = NULL;
	match->instance[0] = '\0';
	match->maker_source = MAKER_UNKNOWN;
	match->maker = 0;
	match->is_assumed = false;
}

/* Fill in the match of a rule that takes a subject. */
static void take_values(const struct family_rule *rule, const struct family_subject *subject,
                        const struct shm_object *object, struct family_match *match)
{
	struct family_captures captures;

	match->rule = rule;
	match->family = rule->family;
	captures.pid = 0;
	captures.instance[0] = '\0';
	if (rule->pattern != NULL)
		(void)family_pattern_match(rule->pattern, subject->text, &captures);
	memcpy(match->instance, captures.instance, strlen(captures.instance) + 1);
	if (captures.pid > 0) {
		match->maker = captures.pid;
		match->maker_source = MAKER_OF_NAME;
	} else if (object != NULL) {
		read_maker(match->family, object, match);
	}
}

static bool match_subject(const struct families *families, const struct family_subject *subject,
                          const struct shm_object *object, struct family_match *match)
{
	const struct family_rule *rule;

	clear(match);
	if (families == NULL)
		return false;
	rule = find_rule(families, subject, object, &match->is_assumed);
	if (rule != NULL)
		take_values(rule, subject, object, match);
	return rule != NULL;
}

/* Room for a key, or a file name with a slash, as text. */
enum { SUBJECT_TEXT_SIZE = 1 + NAME_MAX + 1 };

/*
 * Set the kind and the text of a file or directory in a tree. If no rule may apply, the text is
 * empty.
 */
static void name_in_tree(const struct shm_object *object, struct family_subject *subject,
                         char text[SUBJECT_TEXT_SIZE])
{
	const size_t posix_length = strlen(POSIX_DIRECTORY "/");
	char path[PATH_MAX];
	const char *name = path + posix_length;
	size_t length;

	text[0] = '\0';
	subject->text = text;
	object_tree_path(object, path);
	if (object_tree(object)->is_huge && object->kind != KIND_DIR) {
		subject->kind = FAMILY_HUGE;
		snprintf(text, SUBJECT_TEXT_SIZE, "%.*s", NAME_MAX + 1, strrchr(path, '/'));
	} else if (strncmp(path, POSIX_DIRECTORY "/", posix_length) == 0) {
		length = strcspn(name, "/");
		/* Of the directory that holds this file, nothing but the name is known. */
		if (name[length] != '\0' || subject->kind != KIND_DIR)
			subject->is_known = false;
		subject->kind = KIND_DIR;
		snprintf(text, SUBJECT_TEXT_SIZE, "/%.*s", (int)length, name);
	}
}

/* TEXT: receives the text of an object whose name is not its text. */
static struct family_subject subject_of(const struct shm_object *object,
                                        char text[SUBJECT_TEXT_SIZE])
{
	struct family_subject subject = {
		.kind = object->kind,
		.text = object->name,
		.is_known = !(object->known & KNOWN_COVERED),
		.uid = object->uid,
		.mode = object->mode,
		.has_bytes = object_size_is_known(object),
		.bytes = object->bytes,
	};

	if (kind_is_sysv(object->kind)) {
		text[digits_key(text, (uint32_t)object->key)] = '\0';
		subject.text = text;
	} else if (object_tree(object) != NULL) {
		name_in_tree(object, &subject, text);
	}
	if (object->kind == KIND_SEM)
		subject.semaphores = object->semaphores;
	return subject;
}

bool family_match(const struct families *families, const struct shm_object *object,
                  struct family_match *match)
{
	char text[SUBJECT_TEXT_SIZE];
	struct family_subject subject;

	clear(match);
	if (object_is_held(object))
		return false;
	subject = subject_of(object, text);
	return *subject.text != '\0' && match_subject(families, &subject, object, match);
}

void family_match_again(const struct family_rule *rule, const struct shm_object *object,
                        struct family_match *match)
{
	char text[SUBJECT_TEXT_SIZE];
	struct family_subject subject;

	clear(match);
	if (rule == NULL)
		return;
	subject = subject_of(object, text);
	take_values(rule, &subject, object, match);
}

bool family_match_subject(const struct families *families, const struct family_subject *subject,
                          struct family_match *match)
{
	return match_subject(families, subject, NULL, match);
}
