/*
 * The collector of objects.
 */
#include "commands/metrics/collector.h"
#include "commands/shared/accounting/by_groups.h"
#include "commands/shared/accounting/by_items.h"
#include "commands/shared/blindness.h"
#include "objects/kind.h"
#include "system/account.h"
#include "usage/family_catalogue.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The objects of a kind, by use. */
struct tally {
	uint64_t objects[USE_COUNT];
	uint64_t size[USE_COUNT];   /* bytes */
	uint64_t memory[USE_COUNT]; /* bytes in memory and in swap */
	uint64_t unknown;           /* objects whose memory is unknown */
	uint64_t messages;
	bool hides_messages; /* those of at least one queue are unknown */
};

/* The state while samples are added. */
struct printer {
	struct exposition *exposition;
	unsigned int kinds; /* that could be listed: bits of KIND_BIT() */
	unsigned int uses;  /* that could be determined: bits of USE_BIT() */
	struct tally tallies[KIND_COUNT];
	uint64_t attaches;
	uint64_t marked; /* segments */
	uint64_t locked; /* segments */
	uint64_t semaphores;
};

/* The kinds that have a size, and those whose memory can be known. */
enum {
	KINDS_WITH_SIZE = KINDS_MEMORY | KIND_BIT(KIND_PSEM),
	KINDS_WITH_MEMORY = KINDS_WITH_SIZE | KIND_BIT(KIND_MSG),
};

static void count_object(struct printer *printer, const struct by_item *item)
{
	const struct shm_object *object = item->object;
	struct tally *tally = &printer->tallies[object->kind];

	tally->objects[item->use]++;
	tally->memory[item->use] += item->bytes;
	tally->unknown += !(object->known & KNOWN_USED);
	tally->size[item->use] += object->bytes;
	if ((KIND_BIT(object->kind) & KINDS_QUEUES) && (object->known & KNOWN_MESSAGES))
		tally->messages += object->messages;
	tally->hides_messages |= !(object->known & KNOWN_MESSAGES);
	if (object->kind == KIND_SEM)
		printer->semaphores += object->semaphores;
	if (object->kind != KIND_SHM)
		return;
	printer->attaches += object->attaches;
	printer->marked += object->marked;
	printer->locked += object->locked;
}

/*
 * By kind
 */

enum { OBJECTS, SIZE, MEMORY, USE_METRICS };

static const struct {
	struct metric metric;
	unsigned int kinds;
} use_metrics[USE_METRICS] = {
	[OBJECTS] = { { "shmtool_objects", NULL, "Objects." }, KINDS_ALL },
	[SIZE] = { { "shmtool_object_size_bytes", "bytes", "Size of the objects." },
	           KINDS_WITH_SIZE },
	[MEMORY] = { { "shmtool_object_memory_bytes", "bytes",
	               "Memory of the objects, including that in swap." },
	             KINDS_WITH_MEMORY },
};

/* Add a metric, for each kind and use. */
static void print_uses(const struct printer *printer, unsigned int which)
{
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		const struct tally *tally = &printer->tallies[kind];
		const uint64_t *const values[USE_METRICS] = {
			[OBJECTS] = tally->objects,
			[SIZE] = tally->size,
			[MEMORY] = tally->memory,
		};

		if (!(KIND_BIT(kind) & printer->kinds & use_metrics[which].kinds))
			continue;
		for (unsigned int use = 0; use < USE_COUNT; use++) {
			if (!(USE_BIT(use) & printer->uses))
				continue;
			exposition_add(printer->exposition, &use_metrics[which].metric,
			               LABELS({ "kind", kind_word((enum object_kind)kind) },
			                      { "use", use_word((enum object_use)use) }),
			               (double)values[which][use]);
		}
	}
}

static void print_kinds(const struct printer *printer)
{
	static const struct metric unknown = { "shmtool_object_memory_unknown", NULL,
		                               "Objects whose memory is unknown." };
	static const struct metric messages = { "shmtool_messages", NULL,
		                                "Messages that wait in queues." };

	for (unsigned int which = 0; which < USE_METRICS; which++)
		print_uses(printer, which);
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if (KIND_BIT(kind) & printer->kinds & KINDS_WITH_MEMORY)
			exposition_add(printer->exposition, &unknown,
			               LABELS({ "kind", kind_word((enum object_kind)kind) }),
			               (double)printer->tallies[kind].unknown);
	}
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if ((KIND_BIT(kind) & printer->kinds & KINDS_QUEUES) &&
		    !printer->tallies[kind].hides_messages)
			exposition_add(printer->exposition, &messages,
			               LABELS({ "kind", kind_word((enum object_kind)kind) }),
			               (double)printer->tallies[kind].messages);
	}
}

/* Add the metrics that only one kind has. */
static void print_details(const struct printer *printer)
{
	enum { ATTACHES, MARKED, LOCKED, SEMAPHORES, DETAILS };
	static const struct {
		struct metric metric;
		enum object_kind kind;
	} details[DETAILS] = {
		[ATTACHES] = { { "shmtool_segment_attaches", NULL,
		                 "Attaches of all System V segments." },
		               KIND_SHM },
		[MARKED] = { { "shmtool_segments_marked", NULL,
		               "System V segments that are removed with their last detach." },
		             KIND_SHM },
		[LOCKED] = { { "shmtool_segments_locked", NULL,
		               "System V segments that are locked in memory." },
		             KIND_SHM },
		[SEMAPHORES] = { { "shmtool_semaphores", NULL, "Semaphores in all System V sets." },
		                 KIND_SEM },
	};
	const uint64_t values[DETAILS] = {
		[ATTACHES] = printer->attaches,
		[MARKED] = printer->marked,
		[LOCKED] = printer->locked,
		[SEMAPHORES] = printer->semaphores,
	};

	for (size_t i = 0; i < DETAILS; i++) {
		if (KIND_BIT(details[i].kind) & printer->kinds)
			exposition_add(printer->exposition, &details[i].metric, NULL,
			               (double)values[i]);
	}
}

/*
 * By owner and by family
 */

/* The labels of the objects that are not in a group of their own. */
static const char rest_name[] = "other";
static const char no_family[] = "none";

/* Write the labels of a group but the last one, the use. KEY: NULL for the rest. */
typedef void name_fn(const struct by_key *key, struct label labels[]);

enum { LABELS_MAX = 4, NAME_SIZE = 80 };

static void name_owner(const struct by_key *key, struct label labels[])
{
	static char uid[16];

	/* Several accounts may have one name, but not one uid. */
	uid[0] = '\0';
	if (key != NULL && key->has_owner)
		snprintf(uid, sizeof(uid), "%" PRIu32, (uint32_t)key->owner);
	labels[0].name = "owner";
	labels[0].value = key == NULL      ? rest_name
	                  : key->has_owner ? account_user(key->owner)
	                                   : "unknown";
	labels[1] = (struct label){ "uid", uid };
}

static void name_family(const struct by_key *key, struct label labels[])
{
	static char name[NAME_SIZE];
	const char *family = key != NULL ? key->texts[BY_FAMILY] : NULL;

	labels[0].name = "family";
	labels[0].value = key == NULL ? rest_name : no_family;
	if (family == NULL)
		return;
	/* No family can have the name with an equals sign. */
	snprintf(name, sizeof(name), "%s%s",
	         strcmp(family, rest_name) == 0 || strcmp(family, no_family) == 0 ? "=" : "",
	         family);
	labels[0].value = name;
}

/* Add the samples of a group. */
static void print_group(const struct printer *printer, const struct metric *metric, bool is_memory,
                        const struct by_total *total, struct label labels[LABELS_MAX], size_t count)
{
	for (unsigned int use = 0; use < USE_COUNT; use++) {
		if (!(USE_BIT(use) & printer->uses))
			continue;
		labels[count] = (struct label){ "use", use_word((enum object_use)use) };
		labels[count + 1] = (struct label){ NULL, NULL };
		exposition_add(
		    printer->exposition, metric, labels,
		    (double)(is_memory ? total->by_use[use].bytes : total->by_use[use].count));
	}
}

/* The metrics of a word of by_groups. */
struct group_metrics {
	enum by_word word;
	name_fn *name;
	size_t labels; /* the number that the function writes */
	struct metric objects;
	struct metric memory;
};

static void print_groups(const struct printer *printer, const struct by_items *items, uint64_t top,
                         const struct group_metrics *metrics)
{
	const struct by_list by = { .words = { metrics->word }, .count = 1 };
	struct label labels[LABELS_MAX];
	struct by_groups groups;
	size_t kept;

	by_groups_make(items, &by, top, &groups);
	kept = groups.count - groups.rest_count;
	for (unsigned int memory = 0; memory < 2; memory++) {
		const struct metric *metric = memory ? &metrics->memory : &metrics->objects;

		for (size_t i = 0; i < kept; i++) {
			metrics->name(&groups.groups[i]->key, labels);
			print_group(printer, metric, memory, &groups.groups[i]->total, labels,
			            metrics->labels);
		}
		if (groups.rest_count == 0)
			continue;
		metrics->name(NULL, labels);
		print_group(printer, metric, memory, &groups.rest, labels, metrics->labels);
	}
	by_groups_free(&groups);
}

static const struct group_metrics owners = {
	BY_OWNER,
	name_owner,
	2,
	{ "shmtool_owner_objects", NULL, "Objects of an owner." },
	{ "shmtool_owner_memory_bytes", "bytes", "Memory of the objects of an owner." },
};

static const struct group_metrics families = {
	BY_FAMILY,
	name_family,
	1,
	{ "shmtool_family_objects", NULL, "Objects of a family." },
	{ "shmtool_family_memory_bytes", "bytes", "Memory of the objects of a family." },
};

static void print(const struct printer *printer, const struct by_items *items,
                  const struct metrics_request *request, bool has_families)
{
	static const struct metric hidden = { "shmtool_hidden_namespaces", NULL,
		                              "IPC namespaces that could not be entered." };

	print_kinds(printer);
	print_details(printer);
	print_groups(printer, items, request->top, &owners);
	if (has_families)
		print_groups(printer, items, request->top, &families);
	if (items->knows_namespaces)
		exposition_add(printer->exposition, &hidden, NULL, (double)items->hidden);
}

int collect_objects(const struct command_context *context, const struct metrics_request *request,
                    struct exposition *exposition, struct error *error)
{
	struct object_filter filter = { .kinds = request->kinds, .takes_covered = true };
	struct printer printer = { .exposition = exposition, .uses = USE_BIT(USE_COUNT) - 1 };
	const bool has_families = families_shared(error) != NULL;
	const struct by_request wanted = {
		.filter = &filter,
		.with_namespaces = (request->kinds & KINDS_SYSV) != 0,
		.with_families = has_families,
	};
	int result = has_families ? 0 : -1;
	unsigned int failed = 0;
	struct by_items items;
	struct error one;

	omit_unlisted_queues(context, &filter);
	if (by_items_collect(&wanted, &items, &one) < 0)
		result = error_join(error, result, &one);
	for (size_t i = 0; i < items.count; i++)
		count_object(&printer, &items.items[i]);
	for (size_t i = 0; i < items.list_count; i++)
		failed |= items.lists[i]->failed;
	printer.kinds = filter.kinds & ~failed;
	/* Without the catalogue of families, or if the judgement failed, no object is abandoned. */
	if (!has_families || (result < 0 && failed == 0))
		printer.uses &= ~USE_BIT(USE_ABANDONED);
	print(&printer, &items, request, has_families);
	by_items_free(&items);
	return result;
}
