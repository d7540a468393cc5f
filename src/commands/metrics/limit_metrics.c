/*
 * The collector of limits.
 */
#include "base/memory.h"
#include "commands/metrics/collector.h"
#include "commands/shared/limit_list.h"

#include <math.h>
#include <stdlib.h>

/* The values of a limit, each a metric of its own for sizes and for numbers. */
enum { LIMIT, USED, VALUES };

static const struct metric sizes[VALUES] = {
	[LIMIT] = { "shmtool_limit_bytes", "bytes", "Limits of memory." },
	[USED] = { "shmtool_limit_used_bytes", "bytes", "Use of the limits of memory." },
};

static const struct metric numbers[VALUES] = {
	[LIMIT] = { "shmtool_limit", NULL, "Limits of objects, messages, semaphores and inodes." },
	[USED] = { "shmtool_limit_used", NULL,
	           "Use of the limits of objects, messages, semaphores and inodes." },
};

static const struct metric ratio = {
	"shmtool_limit_used_ratio",
	"ratio",
	"Use of each limit, divided by the limit.",
};

/* Whether a limit says something about the machine. */
static bool is_kept(const struct limit *limit)
{
	return !limit->is_own && limit->unit != UNIT_SWITCH;
}

static bool is_size(const struct limit *limit)
{
	return limit->unit == UNIT_BYTES || limit->unit == UNIT_PAGES;
}

/* Find a value in bytes or as a number. Returns false if it is unknown. */
static bool find_value(const struct limit *limit, unsigned int which, double *value)
{
	const double unit = limit->unit == UNIT_PAGES ? (double)limit->page_bytes : 1;

	if (which == LIMIT)
		*value = limit->unlimited ? (double)INFINITY : (double)limit->value * unit;
	else
		*value = (double)limit->used * unit;
	return which == LIMIT || limit->used_known;
}

static void add_values(const struct limit *limits, size_t count, bool sizes_wanted,
                       unsigned int which, struct exposition *exposition)
{
	double value;

	for (size_t i = 0; i < count; i++) {
		if (is_kept(&limits[i]) && is_size(&limits[i]) == sizes_wanted &&
		    find_value(&limits[i], which, &value))
			exposition_add(exposition, sizes_wanted ? &sizes[which] : &numbers[which],
			               LABELS({ "limit", limits[i].name }), value);
	}
}

int collect_limits(const struct command_context *context, const struct metrics_request *request,
                   struct exposition *exposition, struct error *error)
{
	struct limit *limits = needed_array(LIMITS_MAX, sizeof(*limits));
	size_t count;
	const int result = limits_read(request->kinds, false, limits, &count, error);

	(void)context;
	for (unsigned int which = 0; which < VALUES; which++)
		add_values(limits, count, true, which, exposition);
	for (unsigned int which = 0; which < VALUES; which++)
		add_values(limits, count, false, which, exposition);
	for (size_t i = 0; i < count; i++) {
		const struct limit *limit = &limits[i];

		if (is_kept(limit) && limit->used_known && !limit->unlimited &&
		    limit_value(limit) > 0)
			exposition_add(exposition, &ratio, LABELS({ "limit", limit->name }),
			               (double)limit->used / (double)limit_value(limit));
	}
	free(limits);
	return result;
}
