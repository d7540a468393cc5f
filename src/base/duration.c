#include "base/duration.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

void duration_words(char target[DURATION_WORDS_SIZE], uint64_t seconds)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = { { "day", 86400 }, { "hour", 3600 }, { "minute", 60 }, { "second", 1 } };
	size_t unit = 0;
	uint64_t count;

	while (seconds < units[unit].seconds && units[unit].seconds > 1)
		unit++;
	count = seconds / units[unit].seconds;
	snprintf(target, DURATION_WORDS_SIZE, "%" PRIu64 " %s%s", count, units[unit].name,
	         count == 1 ? "" : "s");
}
