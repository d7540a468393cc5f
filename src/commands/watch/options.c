#include "commands/watch/options.h"

#include "base/number.h"
#include "cli/completion.h"
#include "commands/shared/complete.h"
#include "events/event.h"
#include "output/suggest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Losses are always reported, so they can't be selected. */
static bool is_selectable(unsigned int type)
{
	return type != EVENT_LOST;
}

static int event_bit(const char *word, uint32_t *bits, struct error *error)
{
	const enum event_type type = event_parse(word);
	struct suggestion suggestion;

	if (type < EVENT_TYPES && is_selectable(type)) {
		*bits = EVENT_BIT(type);
		return 0;
	}
	suggest_begin(&suggestion, word);
	for (unsigned int i = 0; i < EVENT_TYPES; i++) {
		if (is_selectable(i))
			suggest_consider(&suggestion, event_word((enum event_type)i));
	}
	if (suggestion.nearest != NULL)
		return error_set(error, STATUS_USAGE, "unknown event '%s', did you mean %s?", word,
		                 suggestion.nearest);
	return error_set(error, STATUS_USAGE,
	                 "unknown event '%s' (must be created, attached, detached, opened, closed, "
	                 "resized, changed, renamed, locked, unlocked, marked, removed or called)",
	                 word);
}

static int parse_events(const char *text, void *destination, struct error *error)
{
	return filter_list_add(destination, text, event_bit, error);
}

static int parse_until(const char *text, void *destination, struct error *error)
{
	struct watch_until *until = destination;
	const char *colon = strchr(text, ':');
	struct filter_list events = { .count = 0 };
	char *words = colon != NULL ? strndup(text, (size_t)(colon - text)) : strdup(text);
	int result;

	until->count = 1;
	if (colon != NULL &&
	    (number_parse(colon + 1, NUMBER_DECIMAL, UINT64_MAX, &until->count) != NUMBER_READ ||
	     until->count == 0)) {
		free(words);
		return error_set(error, STATUS_USAGE,
		                 "'%s' is not a number of events (an example: removed:3)",
		                 colon + 1);
	}
	result = words != NULL ? filter_list_add(&events, words, event_bit, error)
	                       : error_set(error, STATUS_FAILED, "out of memory");
	/* "!opened" is any other event, but for calls and losses, which are not in this list. */
	until->types = filter_list_bits(
	    &events, EVENTS_ALL & ~(EVENT_BIT(EVENT_CALLED) | EVENT_BIT(EVENT_LOST)));
	filter_list_free(&events);
	free(words);
	return result;
}

/* A number of seconds that may have a fraction, or of milliseconds. */
static int parse_interval(const char *text, void *destination, struct error *error)
{
	const double milliseconds_max = 3600 * 1000;
	struct optional_number *interval = destination;
	char *end;
	/* Also 0x1p2, inf and a sign are numbers for strtod(3); only the first is harmless. */
	double seconds = strtod(text, &end);

	if (*text < '0' || *text > '9')
		seconds = -1;
	else if (strcmp(end, "ms") == 0)
		seconds /= 1000;
	else if (*end != '\0' && strcmp(end, "s") != 0)
		seconds = -1;
	/* Also false for NaN. */
	if (!(seconds * 1000 >= 1 && seconds * 1000 <= milliseconds_max))
		return error_set(
		    error, STATUS_USAGE,
		    "must be a number of seconds from 0.001 to 3600, such as 0.5 or 2s");
	interval->number = (uint64_t)(seconds * 1000);
	interval->given = true;
	return 0;
}

static void offer_events(const struct completion *completion)
{
	for (unsigned int type = 0; type < EVENT_TYPES; type++) {
		if (is_selectable(type))
			completion_offer(completion, event_word((enum event_type)type), NULL);
	}
}

static void complete_events(const struct completion *completion)
{
	struct completion last;
	char *before = completion_split_list(completion, &last);

	offer_events(&last);
	free(before);
}

#define WATCH(member) offsetof(struct watch_options, member)

static const struct option_spec what_specs[] = {
	{ "event", 0, "EVENT,...", "only these events: created, attached, detached, removed, ...",
	  parse_events, complete_events, WATCH(events), 0 },
	{ "calls", 0, NULL, "also system calls with their arguments and results, and failed ones",
	  NULL, NULL, WATCH(calls), 0 },
	{ "summary", 0, NULL, "print counts by object, command and call at the end, not each event",
	  NULL, NULL, WATCH(summary), 0 },
	{ "table", 0, NULL, "show the objects in a table that follows the events (on a terminal)",
	  NULL, NULL, WATCH(table), 0 },
};

static const struct option_spec end_specs[] = {
	{ "for", 0, "DURATION", "watch for DURATION, such as 90s or 10m (default: until a signal)",
	  option_parse_duration, NULL, WATCH(time), OPTION_ONCE },
	{ "until", 0, "EVENT[:COUNT]", "watch until an event of this type, or COUNT of them",
	  parse_until, complete_events, WATCH(until), OPTION_ONCE },
};

static const struct option_spec source_specs[] = {
	{ "interval", 0, "SECONDS", "time between samples, where events are not reported (0.1)",
	  parse_interval, NULL, WATCH(interval), OPTION_ONCE },
	{ "record", 0, "FILE", "also append the events to FILE, for --replay", option_parse_string,
	  complete_files, WATCH(record), OPTION_ONCE },
	{ "replay", 0, "FILE", "read the events from FILE instead of watching; - is standard input",
	  option_parse_string, complete_files, WATCH(replay), OPTION_ONCE },
};

static const struct option_spec json_spec = {
	"json",
	'J',
	NULL,
	"JSON: one object per line",
	NULL,
	NULL,
	offsetof(struct format_option_values, json),
	0,
};

const struct option_group watch_option_groups[WATCH_OPTION_GROUPS] = {
	{ "What to show", what_specs, OPTION_COUNT(what_specs), 0 },
	{ "When to end", end_specs, OPTION_COUNT(end_specs), 0 },
	{ "Source", source_specs, OPTION_COUNT(source_specs), 0 },
	FILTER_OPTION_GROUP(struct watch_options, filter),
	{ "Output", &json_spec, 1, WATCH(format) },
	{ .title = NULL,
	  .options = format_option_specs + 1,
	  .count = FORMAT_OPTION_COUNT - 1,
	  .offset = WATCH(format) },
	COMMON_OPTION_GROUP(struct watch_options, common),
};

/* An option that was given, and the reason why it can't be. */
struct refusal {
	bool is_given;
	const char *sentence;
};

static int refuse(const struct refusal *refusals, size_t count, struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		if (refusals[i].is_given)
			return error_set(error, STATUS_USAGE, "%s", refusals[i].sentence);
	}
	return 0;
}

static int check_table(const struct watch_options *options, struct error *error)
{
	const struct refusal refusals[] = {
		{ options->events.count > 0, "--event can't be combined with --table" },
		{ options->calls, "--calls can't be combined with --table" },
		{ options->summary, "--summary can't be combined with --table" },
		{ options->until.types != 0, "--until can't be combined with --table" },
		{ options->time.given, "--for can't be combined with --table" },
		{ options->record != NULL, "--record can't be combined with --table" },
		{ options->replay != NULL, "--replay can't be combined with --table" },
		{ options->format.json || options->format.raw || options->format.export,
		  "--table can't be combined with --json, --raw or --export" },
	};

	return options->table ? refuse(refusals, OPTION_COUNT(refusals), error) : 0;
}

int watch_options_check(const struct watch_options *options, bool has_refs, bool has_program,
                        struct error *error)
{
	const struct refusal refusals[] = {
		{ has_refs && filter_options_given(&options->filter),
		  "REFs can't be combined with filters" },
		{ !options->table &&
		      (options->filter.unused || options->filter.orphaned ||
		       options->filter.abandoned || options->filter.filter.with_messages),
		  "--unused, --orphaned and --abandoned are facts of a moment: they select no "
		  "events" },
		{ options->replay != NULL && has_program,
		  "--replay can't be combined with a program" },
		{ options->replay != NULL && options->time.given,
		  "--for can't be combined with --replay" },
		{ options->replay != NULL && options->interval.given,
		  "--interval can't be combined with --replay" },
		{ options->table && has_program, "--table can't be combined with a program" },
		{ options->time.given && has_program,
		  "--for can't be combined with a program: watch ends with it" },
		{ options->until.types != 0 && has_program,
		  "--until can't be combined with a program: watch ends with it" },
		{ options->format.options.sort != NULL && !options->summary && !options->table,
		  "--sort needs --summary or --table: events are printed as they happen" },
	};

	if (refuse(refusals, OPTION_COUNT(refusals), error) < 0 || check_table(options, error) < 0)
		return -1;
	if (options->until.types & ~watch_options_types(options))
		return error_set(error, STATUS_USAGE,
		                 "--until: --event does not select this event");
	return filter_options_check(&options->filter, false, error);
}

bool watch_options_calls(const struct watch_options *options)
{
	const unsigned int named = filter_list_bits(&options->events, 0) | options->until.types;

	return options->calls || (named & EVENT_BIT(EVENT_CALLED));
}

unsigned int watch_options_types(const struct watch_options *options)
{
	const unsigned int all =
	    watch_options_calls(options) ? EVENTS_ALL : EVENTS_ALL & ~EVENT_BIT(EVENT_CALLED);

	return filter_list_bits(&options->events, all) | EVENT_BIT(EVENT_LOST);
}
