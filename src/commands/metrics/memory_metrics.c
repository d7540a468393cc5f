/*
 * The collector of all shared memory of the machine.
 */
#include "base/memory.h"
#include "commands/metrics/collector.h"
#include "commands/shared/accounting/collect.h"
#include "commands/shared/accounting/lines.h"
#include "commands/shared/accounting/sums.h"
#include "commands/shared/blindness.h"
#include "system/privileges.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All lines of a kind in pages of one size. */
struct kind_sum {
	const char *kind;
	uint64_t page_bytes; /* of huge pages; 0: base pages */
	unsigned int known;  /* bits of enum usage_known: known of at least one line */
	uint64_t unknown;    /* lines whose memory is unknown, at least partly */
	uint64_t files;
	uint64_t resident; /* bytes in memory */
	uint64_t swapped;  /* bytes in swap */
	uint64_t unsplit;  /* bytes in memory or in swap */
};

struct kind_sums {
	struct kind_sum *sums;
	size_t count;
};

static struct kind_sum *find_sum(struct kind_sums *sums, const char *kind, uint64_t page_bytes)
{
	struct kind_sum *sum;

	for (size_t i = 0; i < sums->count; i++) {
		sum = &sums->sums[i];
		if (strcmp(sum->kind, kind) == 0 && sum->page_bytes == page_bytes)
			return sum;
	}
	sums->sums = vector_grow(sums->sums, sums->count, sizeof(*sums->sums));
	sum = &sums->sums[sums->count++];
	*sum = (struct kind_sum){ .kind = kind, .page_bytes = page_bytes };
	return sum;
}

static void add_line(struct kind_sums *sums, const struct usage_line *line)
{
	struct kind_sum *sum = find_sum(sums, line->kind, line->page_bytes);

	sum->known |= line->known;
	sum->unknown += line->reason != NULL;
	if (line->known & USAGE_COUNT)
		sum->files += line->count;
	if (line->known & USAGE_SPLIT)
		sum->resident += line->resident;
	else
		sum->unsplit += line->resident;
	sum->swapped += line->swapped;
}

/* Memory that is found only by searching all processes. */
static bool needs_processes(const char *kind)
{
	static const char *const kinds[] = { "removed", "detached", "memfd",
		                             "anon",    "graphics", "private" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	}
	return false;
}

/*
 * Whether most processes may be missing. Even with CAP_SYS_PTRACE, a single one may be denied, whose
 * memory matters less than that of the others.
 */
static bool is_blind(const struct users_blind *blind)
{
	return blind->hidden || blind->no_proc ||
	       (blind->processes > 0 && !privileges_can_inspect());
}

/*
 * Add up the lines by kind. A kind without a line has no memory, unless something could not be read.
 */
static void add_up(const struct usage_lines *lines, bool is_complete,
                   const struct users_blind *blind, struct kind_sums *sums)
{
	static const char *const base_kinds[] = {
		"shm",     "pshm",     "psem",  "dir",  "tmpfs",
		"removed", "detached", "memfd", "anon", "graphics"
	};
	size_t kept = 0;

	for (size_t i = 0; is_complete && i < sizeof(base_kinds) / sizeof(base_kinds[0]); i++)
		(void)find_sum(sums, base_kinds[i], 0);
	for (size_t i = 0; i < lines->count; i++) {
		if (!usage_line_is_sum(&lines->lines[i]))
			add_line(sums, &lines->lines[i]);
	}
	for (size_t i = 0; i < sums->count; i++) {
		if (!is_blind(blind) || !needs_processes(sums->sums[i].kind))
			sums->sums[kept++] = sums->sums[i];
	}
	sums->count = kept;
}

enum { RESIDENT, SWAPPED, UNSPLIT, FILES, UNKNOWN, KIND_METRICS };

static const struct metric kind_metrics[KIND_METRICS] = {
	[RESIDENT] = { "shmtool_memory_resident_bytes", "bytes",
	               "Shared memory in base pages, without swap." },
	[SWAPPED] = { "shmtool_memory_swapped_bytes", "bytes", "Shared memory in swap." },
	[UNSPLIT] = { "shmtool_memory_unsplit_bytes", "bytes",
	              "Shared memory that may be in swap, in part." },
	[FILES] = { "shmtool_memory_files", NULL, "Objects or files in shared memory." },
	[UNKNOWN] = { "shmtool_memory_unknown", NULL,
	              "Places whose memory is unknown, at least in part." },
};

static const struct metric huge_memory = { "shmtool_memory_huge_bytes", "bytes",
	                                   "Shared memory in huge pages." };

/* Find a value. Returns false if it is unknown: all lines of the kind are. */
static bool find_value(const struct kind_sum *sum, unsigned int which, uint64_t *value)
{
	const uint64_t values[KIND_METRICS] = {
		[RESIDENT] = sum->resident, [SWAPPED] = sum->swapped, [UNSPLIT] = sum->unsplit,
		[FILES] = sum->files,       [UNKNOWN] = sum->unknown,
	};
	const unsigned int member = which == FILES ? USAGE_COUNT : USAGE_BYTES;

	*value = values[which];
	return which == UNKNOWN || sum->unknown == 0 || (sum->known & member);
}

static void print_kinds(const struct kind_sums *sums, struct exposition *exposition)
{
	for (unsigned int which = 0; which < KIND_METRICS; which++) {
		for (size_t i = 0; i < sums->count; i++) {
			const struct kind_sum *sum = &sums->sums[i];
			uint64_t value;

			if (sum->page_bytes == 0 && find_value(sum, which, &value))
				exposition_add(exposition, &kind_metrics[which],
				               LABELS({ "kind", sum->kind }), (double)value);
		}
	}
	for (size_t i = 0; i < sums->count; i++) {
		const struct kind_sum *sum = &sums->sums[i];
		char size[32];

		if (sum->page_bytes == 0 || !(sum->known & USAGE_BYTES))
			continue;
		snprintf(size, sizeof(size), "%" PRIu64, sum->page_bytes);
		exposition_add(exposition, &huge_memory,
		               LABELS({ "kind", sum->kind }, { "page_size", size }),
		               (double)sum->resident);
	}
}

/* The metrics that are lines of their own: of base pages, and of huge pages. */
static const struct {
	const char *kind;
	struct metric base;
	struct metric huge;
} totals[] = {
	{ "total",
	  { "shmtool_shmem_bytes", "bytes", "Shared memory in base pages that the kernel counts." },
	  { "shmtool_hugepage_used_bytes", "bytes", "Huge pages in use." } },
	{ "sum",
	  { "shmtool_shmem_accounted_bytes", "bytes",
	    "The part of shmtool_shmem_bytes that was found." },
	  { "shmtool_hugepage_accounted_bytes", "bytes",
	    "The part of shmtool_hugepage_used_bytes that was found." } },
	{ "difference",
	  { "shmtool_shmem_unaccounted_bytes", "bytes",
	    "The part of shmtool_shmem_bytes that was not found." },
	  { "shmtool_hugepage_unaccounted_bytes", "bytes",
	    "The part of shmtool_hugepage_used_bytes that was not found." } },
	{ "free",
	  { .name = NULL },
	  { "shmtool_hugepage_free_bytes", "bytes", "Free huge pages." } },
	{ "reserved",
	  { .name = NULL },
	  { "shmtool_hugepage_reserved_bytes", "bytes",
	    "The part of shmtool_hugepage_free_bytes that is promised to mappings." } },
};

static void print_total(const struct usage_lines *lines, size_t which, bool is_huge,
                        struct exposition *exposition)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct usage_line *line = &lines->lines[i];
		const bool is_difference = (line->known & USAGE_DIFFERENCE) != 0;
		char size[32];

		if (strcmp(line->kind, totals[which].kind) != 0 || line->known == 0 ||
		    (line->page_bytes != 0) != is_huge)
			continue;
		snprintf(size, sizeof(size), "%" PRIu64, line->page_bytes);
		exposition_add(exposition, is_huge ? &totals[which].huge : &totals[which].base,
		               is_huge ? LABELS({ "page_size", size }) : NULL,
		               is_difference ? (double)line->difference : (double)line->resident);
	}
}

int collect_memory(const struct command_context *context, const struct metrics_request *request,
                   struct exposition *exposition, struct error *error)
{
	static const struct metric uninspected = { "shmtool_uninspected_processes", NULL,
		                                   "Processes that could not be inspected." };
	struct usage_lines lines = { .count = 0 };
	struct users_blind blind = { .processes = 0 };
	struct kind_sums sums = { .count = 0 };
	struct error one;
	int result = usage_collect(&lines, &blind, error);
	/* Without /proc, not even the mounts are known. */
	const bool is_complete = result == 0 && !blind.no_proc;

	(void)request;
	if (usage_sums_add(&lines, &one) < 0)
		result = error_join(error, result, &one);
	add_up(&lines, is_complete, &blind, &sums);
	print_kinds(&sums, exposition);
	for (unsigned int huge = 0; huge < 2; huge++) {
		for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++)
			print_total(&lines, i, huge != 0, exposition);
	}
	if (!blind.no_proc && !blind.hidden)
		exposition_add(exposition, &uninspected, NULL, (double)blind.processes);
	note_blind(context, &blind);
	free(sums.sums);
	usage_lines_free(&lines);
	return result;
}
