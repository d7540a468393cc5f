#include "commands/shared/filter_options.h"

#include "commands/shared/complete.h"
#include "objects/kind.h"
#include "objects/posix_queue.h"
#include "objects/ref.h"
#include "output/suggest.h"
#include "system/account.h"
#include "system/user_map.h"
#include "usage/abandoned.h"
#include "usage/family.h"
#include "usage/family_catalogue.h"
#include "usage/idle.h"
#include "usage/unnamed_object.h"
#include "usage/verdict.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

static int key_number(const char *text, uint32_t *number, struct error *error)
{
	key_t key;

	if (key_parse(text, &key, error) < 0)
		return -1;
	*number = (uint32_t)key;
	return 0;
}

int option_parse_key(const char *text, void *destination, struct error *error)
{
	struct filter_id *id = destination;

	id->given = key_number(text, &id->id, error) == 0;
	return id->given ? 0 : -1;
}

static int parse_keys(const char *text, void *destination, struct error *error)
{
	return filter_list_add(destination, text, key_number, error);
}

static int user_number(const char *text, uint32_t *number, struct error *error)
{
	return account_parse_user(text, number, error);
}

static int parse_users(const char *text, void *destination, struct error *error)
{
	return filter_list_add(destination, text, user_number, error);
}

static int parse_names(const char *text, void *destination, struct error *error)
{
	return filter_list_add(destination, text, NULL, error);
}

static int family_number(const char *text, uint32_t *number, struct error *error)
{
	const struct families *families = families_shared(error);
	const struct family *family;
	struct suggestion suggestion;

	if (families == NULL)
		return -1;
	family = families_find(families, text);
	if (family != NULL) {
		*number = (uint32_t)families_number(families, family);
		return 0;
	}
	suggest_begin(&suggestion, text);
	for (size_t i = 0; i < families_count(families); i++)
		suggest_consider(&suggestion, families_at(families, i)->name);
	if (suggestion.nearest != NULL)
		return error_set(error, STATUS_USAGE, "unknown family '%s', did you mean %s?", text,
		                 suggestion.nearest);
	return error_set(error, STATUS_USAGE, "unknown family '%s' ('shmtool families' lists them)",
	                 text);
}

static int parse_families(const char *text, void *destination, struct error *error)
{
	return filter_list_add(destination, text, family_number, error);
}

static int parse_size_limit(const char *text, void *destination, struct error *error)
{
	struct filter_limit *limit = destination;
	struct optional_number number;

	if (option_parse_bytes(text, &number, error) < 0)
		return -1;
	limit->limit = number.number;
	limit->given = true;
	return 0;
}

static int parse_time_limit(const char *text, void *destination, struct error *error)
{
	struct filter_limit *limit = destination;
	struct optional_number number;

	if (option_parse_duration(text, &number, error) < 0)
		return -1;
	limit->limit = number.number;
	limit->given = true;
	return 0;
}

static int parse_process(const char *text, void *destination, struct error *error)
{
	struct filter_id *id = destination;
	struct optional_number number;

	if (option_parse_count(text, &number, error) < 0 || number.number > INT_MAX)
		return error_set(error, STATUS_USAGE, "invalid PID: must be a decimal number");
	id->id = (uint32_t)number.number;
	id->given = true;
	return 0;
}

static int unknown_kind(const char *word, const char *kinds, struct error *error)
{
	return error_set(error, STATUS_USAGE, "unknown kind '%s' (must be %s)", word, kinds);
}

static bool find_kinds(const char *word, uint32_t *bits)
{
	*bits = KINDS_ALL;
	if (strcmp(word, "all") == 0)
		return true;
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		*bits = KIND_BIT(kind);
		if (strcmp(word, kind_word((enum object_kind)kind)) == 0)
			return true;
	}
	return false;
}

static int kind_bits(const char *word, uint32_t *bits, struct error *error)
{
	if (find_kinds(word, bits))
		return 0;
	return unknown_kind(word, "shm, pshm, psem, msg, sem, pmsg or all", error);
}

int option_parse_kinds(const char *text, void *destination, struct error *error)
{
	return filter_list_add(destination, text, kind_bits, error);
}

/* In a list of kinds, those of memory without a name have the bits above those of objects. */
enum { UNNAMED_SHIFT = 16 };

static int filter_kind_bits(const char *word, uint32_t *bits, struct error *error)
{
	for (unsigned int kind = 0; kind < UNNAMED_KIND_COUNT; kind++) {
		*bits = (uint32_t)UNNAMED_BIT(kind) << UNNAMED_SHIFT;
		if (kind != UNNAMED_OBJECT &&
		    strcmp(word, unnamed_kind_word((enum unnamed_kind)kind)) == 0)
			return 0;
	}
	if (find_kinds(word, bits))
		return 0;
	return unknown_kind(word,
	                    "shm, pshm, psem, msg, sem, pmsg, dir or all; for 'users --unnamed' "
	                    "and 'usage --by', also memfd, anon, removed or detached",
	                    error);
}

int option_parse_filter_kinds(const char *text, void *destination, struct error *error)
{
	return filter_list_add(destination, text, filter_kind_bits, error);
}

#define FILTER(member) offsetof(struct filter_options, filter.member)

const struct option_spec filter_option_specs[FILTER_OPTION_COUNT] = {
	{ "kind", 0, "KIND,...", "shm, msg, sem, pshm, pmsg, psem, dir or all (default: shm,pshm)",
	  option_parse_filter_kinds, complete_kinds, offsetof(struct filter_options, kinds), 0 },
	{ "owner", 0, "USER,...", "owned by USER (name or uid)", parse_users, complete_user_list,
	  FILTER(owner), 0 },
	{ "mine", 0, NULL, "owned by you", NULL, NULL, offsetof(struct filter_options, mine), 0 },
	{ "creator", 0, "USER,...", "created by USER (System V only)", parse_users,
	  complete_user_list, FILTER(creator), 0 },
	{ "key", 'k', "KEY,...", "with this key (System V only)", parse_keys, complete_key_list,
	  FILTER(key), OPTION_SUBSET(KINDS_SYSV) },
	{ "name", 0, "GLOB,...", "name matches GLOB (POSIX only)", parse_names, complete_name_list,
	  FILTER(name), OPTION_SUBSET(KINDS_POSIX) },
	{ "family", 0, "NAME,...", "made by this program (see shmtool families)", parse_families,
	  complete_family_list, FILTER(family), 0 },
	{ "min-size", 0, "SIZE", "at least SIZE bytes", parse_size_limit, NULL, FILTER(min_size),
	  OPTION_ONCE },
	{ "max-size", 0, "SIZE", "at most SIZE bytes", parse_size_limit, NULL, FILTER(max_size),
	  OPTION_ONCE },
	{ "older-than", 0, "DURATION",
	  "created or last changed at least DURATION ago (90s 10m 4h 7d)", parse_time_limit, NULL,
	  FILTER(older_than), OPTION_ONCE },
	{ "idle-for", 0, "DURATION", "not attached, detached, accessed or changed for DURATION",
	  parse_time_limit, NULL, FILTER(idle_for), OPTION_ONCE },
	{ "unused", 0, NULL, "not attached, mapped or held open by any process", NULL, NULL,
	  offsetof(struct filter_options, unused), 0 },
	{ "orphaned", 0, NULL, "unused, and the creator is gone (System V only)", NULL, NULL,
	  offsetof(struct filter_options, orphaned), 0 },
	{ "abandoned", 0, NULL,
	  "unused, 10 minutes old, not needed by any program again (also psem)", NULL, NULL,
	  offsetof(struct filter_options, abandoned), 0 },
	{ "with-messages", 0, NULL, "with --abandoned: also queues that hold messages", NULL, NULL,
	  FILTER(with_messages), 0 },
	{ "used-by", 0, "PID", "attached, mapped or held open by process PID", parse_process,
	  complete_processes, FILTER(used_by), OPTION_ONCE },
};

bool filter_options_given(const struct filter_options *options)
{
	return options->mine || options->unused || options->orphaned || options->abandoned ||
	       options->kinds.count > 0 || !filter_takes_all(&options->filter);
}

unsigned int filter_options_kinds(const struct filter_list *kinds)
{
	return kinds->count > 0 ? filter_list_bits(kinds, KINDS_ALL) : KINDS_MEMORY;
}

/* The kinds of the families that are named, also those of enum family_kind; 0 if none is. */
static unsigned int kinds_of_families(const struct filter_list *named)
{
	struct error error;
	const struct families *families = named->has_wanted ? families_shared(&error) : NULL;
	unsigned int kinds = 0;

	for (size_t i = 0; families != NULL && i < named->count; i++) {
		const struct family *family = families_at(families, named->values[i].number);

		for (size_t rule = 0; !named->values[i].is_excluded && rule < family->rule_count;
		     rule++)
			kinds |= family->rules[rule]->kinds;
	}
	return kinds;
}

static unsigned int kinds_of(const struct filter_options *options)
{
	unsigned int kinds;

	if (options->kinds.count > 0)
		return filter_options_kinds(&options->kinds);
	kinds = kinds_of_families(&options->filter.family) & KINDS_ALL;
	if ((kinds & KIND_BIT(KIND_PMSG)) && !posix_queue_is_mounted())
		kinds &= ~(unsigned int)KIND_BIT(KIND_PMSG);
	if (kinds != 0)
		return kinds;
	/* Named semaphores are proven unused like objects, and may belong together with some. */
	return options->abandoned ? KINDS_MEMORY | KIND_BIT(KIND_PSEM) : KINDS_MEMORY;
}

/* The value of --kind that is a kind of memory without a name, or is not, or NULL. */
static const struct filter_value *find_kind(const struct filter_list *kinds, bool is_unnamed)
{
	for (size_t i = 0; i < kinds->count; i++) {
		const uint32_t number = kinds->values[i].number;
		const bool is_both = number == KINDS_ALL || number == KIND_BIT(KIND_PSHM);

		if (!is_both && (number >> UNNAMED_SHIFT != 0) == is_unnamed)
			return &kinds->values[i];
	}
	return NULL;
}

static unsigned int unnamed_bits(uint32_t number)
{
	if (number == KINDS_ALL)
		return UNNAMED_ALL;
	return number == KIND_BIT(KIND_PSHM) ? UNNAMED_BIT(UNNAMED_OBJECT)
	                                     : number >> UNNAMED_SHIFT;
}

unsigned int filter_options_unnamed_kinds(const struct filter_list *list)
{
	unsigned int kinds = list->has_wanted ? 0 : UNNAMED_ALL;

	for (size_t i = 0; i < list->count; i++) {
		if (!list->values[i].is_excluded)
			kinds |= unnamed_bits(list->values[i].number);
	}
	for (size_t i = 0; i < list->count; i++) {
		if (list->values[i].is_excluded)
			kinds &= ~unnamed_bits(list->values[i].number);
	}
	return kinds;
}

int filter_options_unnamed(const struct filter_options *options, unsigned int *kinds,
                           struct error *error)
{
	const struct object_filter *filter = &options->filter;
	const struct {
		const char *option;
		bool is_given;
		const char *reason;
	} refused[] = {
		{ "--key", filter->key.count > 0, "only System V objects have a key" },
		{ "--creator", filter->creator.count > 0,
		  "the creator is recorded only of System V objects" },
		{ "--family", filter->family.count > 0,
		  "a family is recognized by a name or a key" },
		{ "--unused", options->unused, "such memory exists only while it is used" },
		{ "--orphaned", options->orphaned, "such memory exists only while it is used" },
		{ "--abandoned", options->abandoned, "such memory exists only while it is used" },
		{ "--with-messages", filter->with_messages, "only queues have messages" },
	};
	const struct filter_value *other = find_kind(&options->kinds, false);

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (refused[i].is_given)
			return error_set(error, STATUS_USAGE,
			                 "%s can't be combined with --unnamed: %s",
			                 refused[i].option, refused[i].reason);
	}
	if (other != NULL)
		return error_set(
		    error, STATUS_USAGE,
		    "--kind: with --unnamed, the kinds are memfd, anon, pshm, removed, "
		    "detached and all");
	*kinds = filter_options_unnamed_kinds(&options->kinds);
	return 0;
}

/* Whether only files and directories in directories are of the families that are named. */
static bool selects_only_files(const struct filter_options *options)
{
	const unsigned int of_families = kinds_of_families(&options->filter.family);

	return of_families != 0 && !(of_families & KINDS_ALL);
}

int filter_options_check(const struct filter_options *options, bool has_paths, struct error *error)
{
	const char *path = has_paths ? NULL : filter_list_find_path(&options->filter.name);

	if (path != NULL)
		return error_set(error, STATUS_USAGE,
		                 "--name: '%s' matches no name: without --recursive or --dir, a "
		                 "name has no slash but a leading one",
		                 path);
	if (!has_paths && selects_only_files(options))
		return error_set(error, STATUS_USAGE,
		                 "--family: selects only directories or files in a hugetlbfs: add "
		                 "--recursive or --dir");
	if (find_kind(&options->kinds, true) != NULL)
		return error_set(error, STATUS_USAGE,
		                 "--kind: memfd, anon, removed and detached are kinds of "
		                 "'shmtool users --unnamed' and 'shmtool usage --by' only");
	return filter_options_check_all(options, error);
}

int filter_options_check_all(const struct filter_options *options, struct error *error)
{
	const unsigned int kinds = kinds_of(options);

	if (options->filter.with_messages && !options->abandoned)
		return error_set(error, STATUS_USAGE, "--with-messages requires --abandoned");
	if (!options->abandoned)
		return 0;
	if (options->unused || options->orphaned)
		return error_set(error, STATUS_USAGE,
		                 "--abandoned can't be combined with --unused or --orphaned");
	if ((kinds & KINDS_IDLE) && !options->filter.idle_for.given)
		return error_set(error, STATUS_USAGE,
		                 "--abandoned requires --idle-for for queues and semaphore sets");
	return 0;
}

void filter_options_resolve(const struct filter_options *options, struct object_filter *filter)
{
	*filter = options->filter;
	filter->kinds = kinds_of(options);
	/* Abandoned and orphaned objects are unused. */
	if (options->abandoned)
		filter->uses = USE_BIT(USE_ABANDONED);
	else if (options->orphaned)
		filter->uses = USE_BIT(USE_ORPHANED);
	else if (options->unused)
		filter->uses = USES_UNUSED;
	/* The idle time of queues and sets is given; it is no longer than their age. */
	if (options->abandoned && !filter->older_than.given &&
	    (filter->kinds & ~(unsigned int)KINDS_IDLE))
		filter->older_than = (struct filter_limit){ .given = true, .limit = ABANDONED_AGE };
	filter->mine.given = options->mine;
	filter->mine.id = user_map_caller();
}

void filter_options_free(struct filter_options *options)
{
	filter_list_free(&options->kinds);
	filter_free(&options->filter);
}
