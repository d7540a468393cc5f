#include "commands/shared/filter_options.h"

#include "commands/shared/complete.h"
#include "objects/kind.h"
#include "objects/ref.h"
#include "system/account.h"
#include "system/user_map.h"
#include "usage/verdict.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

int option_parse_key(const char *text, void *destination, struct error *error)
{
	struct filter_id *id = destination;
	key_t key;

	if (key_parse(text, &key, error) < 0)
		return -1;
	id->id = (uint32_t)key;
	id->given = true;
	return 0;
}

static int parse_user(const char *text, void *destination, struct error *error)
{
	struct filter_id *id = destination;

	if (account_parse_user(text, &id->id, error) < 0)
		return -1;
	id->given = true;
	return 0;
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

/* The bits of a kind's word; 0 if it is unknown. */
static unsigned int kind_bits(const char *word, size_t length)
{
	if (length == 3 && strncmp(word, "all", length) == 0)
		return KINDS_ALL;
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		const char *name = kind_word((enum object_kind)kind);

		if (strlen(name) == length && strncmp(word, name, length) == 0)
			return KIND_BIT(kind);
	}
	return 0;
}

int option_parse_kinds(const char *text, void *destination, struct error *error)
{
	unsigned int *kinds = destination;

	*kinds = 0;
	for (;;) {
		size_t length = strcspn(text, ",");
		unsigned int bits = kind_bits(text, length);

		if (bits == 0)
			return error_set(
			    error, STATUS_USAGE,
			    "unknown kind '%.*s' (must be shm, pshm, psem, msg, sem, pmsg or all)",
			    (int)length, text);
		*kinds |= bits;
		if (text[length] == '\0')
			return 0;
		text += length + 1;
	}
}

#define FILTER(member) offsetof(struct filter_options, filter.member)

const struct option_spec filter_option_specs[FILTER_OPTION_COUNT] = {
	{ "kind", 0, "KIND,...", "shm, msg, sem, pshm, pmsg, psem or all (default: shm,pshm)",
	  option_parse_kinds, complete_kinds, FILTER(kinds), OPTION_ONCE },
	{ "owner", 0, "USER", "owned by USER (name or uid)", parse_user, complete_users,
	  FILTER(owner), OPTION_ONCE },
	{ "mine", 0, NULL, "owned by you", NULL, NULL, offsetof(struct filter_options, mine), 0 },
	{ "creator", 0, "USER", "created by USER (System V only)", parse_user, complete_users,
	  FILTER(creator), OPTION_ONCE },
	{ "key", 'k', "KEY", "with this key (System V only)", option_parse_key, complete_all_keys,
	  FILTER(key), OPTION_ONCE },
	{ "name", 0, "GLOB", "name matches GLOB (POSIX only)", option_parse_string, complete_names,
	  FILTER(name), OPTION_ONCE },
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
	{ "used-by", 0, "PID", "attached, mapped or held open by process PID", parse_process,
	  complete_processes, FILTER(used_by), OPTION_ONCE },
};

bool filter_options_given(const struct filter_options *options)
{
	return options->mine || options->unused || options->orphaned ||
	       options->filter.kinds != 0 || !filter_takes_all(&options->filter);
}

void filter_options_resolve(const struct filter_options *options, struct object_filter *filter)
{
	*filter = options->filter;
	if (filter->kinds == 0)
		filter->kinds = KINDS_MEMORY;
	/* An orphaned object is unused. */
	if (options->orphaned)
		filter->uses = USE_BIT(USE_ORPHANED);
	else if (options->unused)
		filter->uses = USE_BIT(USE_UNUSED) | USE_BIT(USE_ORPHANED);
	if (!options->mine)
		return;
	/* No object belongs to both the caller and somebody else. */
	if (filter->owner.given && filter->owner.id != user_map_caller())
		filter->kinds = 0;
	filter->owner.given = true;
	filter->owner.id = user_map_caller();
}
