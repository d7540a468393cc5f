#include "commands/usage/by_columns.h"

#include "base/memory.h"
#include "output/bar.h"
#include "output/suggest.h"
#include "system/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HAS_AGE = 1 << 0, HAS_SHARE = 1 << 1 };

static double share_of(const struct by_row *row)
{
	return (double)row->total.bytes / (double)row->whole;
}

static void get_share(const void *row, struct value *value)
{
	value_set_share(value, share_of(row));
}

static void get_bar(const void *row, struct value *value)
{
	bar_set_value(value, share_of(row));
}

static void get_others(const void *row, struct value *value)
{
	const struct by_row *group = row;

	value_set_unknown(value);
	if (group->others == 0)
		return;
	snprintf(value->scratch, sizeof(value->scratch), "+%zu", group->others);
	value_set_text(value, value->scratch);
}

#define TOTAL(member) .field = FIELD(FIELD_UNSIGNED, struct by_row, total.member)

/* The first ones are the words of --by: enum by_word. */
static const struct column columns[] = {
	{ "kind", "kind of memory: shm, pshm, memfd, tmpfs, ...", COLUMN_TEXT, ALIGN_LEFT,
	  .importance = IMPORTANCE_HIGH },
	{ "owner", "owner of the objects", COLUMN_TEXT, ALIGN_LEFT, .importance = IMPORTANCE_HIGH },
	{ "family", "family of the objects, the program that made them", COLUMN_TEXT, ALIGN_LEFT,
	  .importance = IMPORTANCE_HIGH, .legible = LEGIBLE_WIDTH },
	{ "command", "command of the processes that use them", COLUMN_TEXT, ALIGN_LEFT,
	  .importance = IMPORTANCE_HIGH },
	{ "pid", "process that uses them", COLUMN_NUMBER, ALIGN_LEFT,
	  .importance = IMPORTANCE_HIGH },
	{ "place", "mount point of the file system that they are in", COLUMN_TEXT, ALIGN_LEFT,
	  .importance = IMPORTANCE_HIGH, .legible = LEGIBLE_WIDTH },
	{ "namespace", "IPC namespace, as lsns(8) shows it", COLUMN_NUMBER, ALIGN_LEFT,
	  .importance = IMPORTANCE_HIGH },
	{ "cgroup", "unit, container or job of the processes that use them", COLUMN_TEXT,
	  ALIGN_LEFT, .importance = IMPORTANCE_HIGH, .legible = LEGIBLE_WIDTH },
	{ "count", "objects, or files", COLUMN_NUMBER, ALIGN_RIGHT, TOTAL(count),
	  .importance = IMPORTANCE_HIGH },
	{ "bytes", "bytes in memory and in swap", COLUMN_SIZE, ALIGN_RIGHT, TOTAL(bytes),
	  .importance = IMPORTANCE_HIGH },
	{ "inuse", "of these, bytes of objects in use", COLUMN_SIZE, ALIGN_RIGHT,
	  TOTAL(by_use[USE_USED].bytes) },
	{ "unused", "bytes of unused objects", COLUMN_SIZE, ALIGN_RIGHT, TOTAL(unused) },
	{ "abandoned", "of the unused bytes, those of abandoned objects", COLUMN_SIZE, ALIGN_RIGHT,
	  TOTAL(by_use[USE_ABANDONED].bytes) },
	{ "unknown", "bytes of objects whose use is unknown", COLUMN_SIZE, ALIGN_RIGHT,
	  TOTAL(by_use[USE_UNKNOWN].bytes) },
	{ "oldest", "seconds since the oldest object was created or changed", COLUMN_DURATION,
	  ALIGN_RIGHT, .field = FIELD(FIELD_UNSIGNED, struct by_row, age), .known = HAS_AGE },
	{ "shared", "bytes of objects that are in several lines", COLUMN_SIZE, ALIGN_RIGHT,
	  TOTAL(shared) },
	{ "others", "number of other lines with some of these objects: +2", COLUMN_TEXT, ALIGN_LEFT,
	  .value = get_others },
	{ "share", "percentage of the sum", COLUMN_NUMBER, ALIGN_RIGHT, .value = get_share,
	  .known = HAS_SHARE },
	{ "bar", "the same as a bar", COLUMN_TEXT, ALIGN_LEFT, .value = get_bar, .known = HAS_SHARE,
	  .importance = IMPORTANCE_LOW, .whole = true },
	{ "line", "group, others (the rest of --top) or sum", COLUMN_TEXT, ALIGN_LEFT,
	  .field = FIELD(FIELD_TEXT, struct by_row, line) },
};

static void get_key(const struct by_key *key, enum by_word word, struct value *value)
{
	value_set_unknown(value);
	if (word == BY_OWNER && key->has_owner)
		value_set_text(value, account_user(key->owner));
	else if (word == BY_PID && key->pid != 0)
		value_set_number(value, (uint64_t)key->pid);
	else if (word == BY_NAMESPACE && key->namespace != 0)
		value_set_number(value, key->namespace);
	else if (key->texts[word] != NULL)
		value_set_text(value, key->texts[word]);
}

static void get_word(void *closure, const void *row, size_t index, struct value *value)
{
	const struct by_context *context = closure;
	const struct by_row *line = row;

	if (line->key != NULL)
		get_key(line->key, (enum by_word)index, value);
	else if (context->is_table && index == (size_t)context->by->words[0])
		value_set_text(value, line->line);
	else if (context->is_table)
		value_set_text(value, "");
	else
		value_set_unknown(value);
}

static unsigned int known_of(const void *row)
{
	const struct by_row *line = row;

	return (line->total.oldest != 0 ? HAS_AGE : 0U) | (line->whole > 0 ? HAS_SHARE : 0U);
}

const struct column_set usage_by_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
	.known_of = known_of,
	.value = get_word,
};

struct column_set by_columns_in(struct by_context *context)
{
	struct column_set set = usage_by_columns;

	set.closure = context;
	return set;
}

void by_row_set(struct by_row *row, const char *line, struct by_total total,
                const struct by_groups *groups)
{
	const time_t now = time(NULL);

	*row = (struct by_row){
		.line = line,
		.total = total,
		.whole = groups->sum.bytes,
		.age = total.oldest < now ? (uint64_t)(now - total.oldest) : 0,
	};
}

/* The words, "owner,kind". */
static char *join_words(const struct by_list *by)
{
	char *joined = needed(strdup(columns[by->words[0]].name));

	for (size_t i = 1; i < by->count; i++) {
		char *longer = needed_text("%s,%s", joined, columns[by->words[i]].name);

		free(joined);
		joined = longer;
	}
	return joined;
}

char *by_title(const struct by_list *by)
{
	char *words = join_words(by);
	char *title = needed_text("Shared Memory by %s", words);

	free(words);
	return title;
}

char *by_default_columns(const struct by_list *by, const struct by_groups *groups,
                         bool is_for_terminal)
{
	char *words = join_words(by);
	char *result;
	bool is_shared = false;

	for (size_t i = 0; i < groups->count; i++)
		is_shared |= groups->groups[i]->others > 0;
	result = needed_text("%s,count,bytes,inuse,unused,abandoned%s,oldest%s%s", words,
	                     groups->sum.by_use[USE_UNKNOWN].bytes > 0 ? ",unknown" : "",
	                     is_shared ? ",others" : "", is_for_terminal ? ",share,bar" : "");
	free(words);
	return result;
}

char *by_machine_columns(const struct by_list *by)
{
	char *words = join_words(by);
	char *result = needed_text("%s,count,bytes,inuse,unused,abandoned,unknown,oldest,shared,"
	                           "others,line",
	                           words);

	free(words);
	return result;
}

static int parse_word(const char *word, struct by_list *by, struct error *error)
{
	struct suggestion suggestion;

	suggest_begin(&suggestion, word);
	for (unsigned int i = 0; i < BY_WORDS; i++) {
		if (strcmp(word, columns[i].name) == 0) {
			if (!by_has(by, (enum by_word)i))
				by->words[by->count++] = (enum by_word)i;
			return 0;
		}
		suggest_consider(&suggestion, columns[i].name);
	}
	if (suggestion.nearest != NULL)
		return error_set(error, STATUS_USAGE, "unknown word '%s', did you mean %s?", word,
		                 suggestion.nearest);
	return error_set(error, STATUS_USAGE,
	                 "unknown word '%s' (must be kind, owner, family, command, pid, place, "
	                 "namespace or cgroup)",
	                 word);
}

int option_parse_by(const char *text, void *destination, struct error *error)
{
	char *words = needed(strdup(text));
	char *rest = words;
	char *word;
	int result = 0;

	while (result == 0 && (word = strsep(&rest, ",")) != NULL)
		result = parse_word(word, destination, error);
	free(words);
	return result;
}

static void offer_words(const struct completion *completion)
{
	for (unsigned int i = 0; i < BY_WORDS; i++)
		completion_offer(completion, columns[i].name, columns[i].meaning);
}

void complete_by(const struct completion *completion)
{
	struct completion last;
	char *before = completion_split_list(completion, &last);

	offer_words(&last);
	completion_is_list(completion);
	free(before);
}
