/*
 * Totals of items by owner, family and the like.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_ACCOUNTING_BY_GROUPS_H
#define SHMTOOL_COMMANDS_SHARED_ACCOUNTING_BY_GROUPS_H

#include "commands/shared/accounting/by_items.h"
#include "system/cgroup_cache.h"
#include "usage/use.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/** The words of --by. */
enum by_word {
	BY_KIND,
	BY_OWNER,
	BY_FAMILY,
	BY_COMMAND,
	BY_PID,
	BY_PLACE,
	BY_NAMESPACE,
	BY_CGROUP,
	BY_WORDS
};

/** One or more words, each once. */
struct by_list {
	enum by_word words[BY_WORDS];
	size_t count;
};

/** Whether a word needs the processes that use an object; it may be in several groups then. */
bool by_needs_users(const struct by_list *by);

/** Whether a word is about objects, so that it is unknown for a file system as a whole. */
bool by_needs_objects(const struct by_list *by);

bool by_has(const struct by_list *by, enum by_word word);

/** The common properties of a group. Properties that were not asked for are unknown. */
struct by_key {
	const char *texts[BY_WORDS]; /* NULL: unknown; equal texts have the same address */
	bool has_owner;
	uid_t owner;
	pid_t pid;       /* 0: unknown */
	ino_t namespace; /* 0: unknown */
};

struct by_total {
	uint64_t count; /* objects, or files */
	uint64_t bytes; /* in memory and in swap */
	struct {
		uint64_t count;
		uint64_t bytes;
	} by_use[USE_COUNT]; /* the same by use */
	uint64_t unused;     /* bytes of unused objects, including orphaned and abandoned ones */
	uint64_t shared;     /* bytes of objects that are in other groups, too */
	time_t oldest;       /* seconds since 1970; 0: unknown */
};

struct by_group {
	struct by_key key;
	struct by_total total;
	size_t others; /* groups that have some of its objects, too */
};

struct by_groups {
	struct by_group **groups; /* the largest first */
	size_t count;
	struct by_total rest; /* of the groups that were cut off; each object once */
	size_t rest_count;    /* of these groups */
	struct by_total sum;  /* of all groups; each object once */
	void *texts;          /* tsearch(3) */
	struct cgroup_cache cgroups;
};

/**
 * Add up items.
 *
 * @param by      the properties that an item's groups depend on
 * @param top     the number of groups to keep, the largest ones; 0: all
 * @param groups  receives them; free with by_groups_free()
 */
void by_groups_make(const struct by_items *items, const struct by_list *by, uint64_t top,
                    struct by_groups *groups);

void by_groups_free(struct by_groups *groups);

#endif
