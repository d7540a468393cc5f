#include "commands/limits/check.h"

#include "output/text.h"
#include "output/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int option_parse_level(const char *text, void *destination, struct error *error)
{
	struct check_option *check = destination;

	check->given = true;
	check->level = LIMIT_WARNING_LEVEL;
	return text != NULL ? percent_parse(text, &check->level, error) : 0;
}

size_t check_keep(struct limit *limits, size_t count, unsigned int level)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (limit_reaches(&limits[i], level))
			limits[kept++] = limits[i];
	}
	return kept;
}

/* A limit of 0 that is in use comes first. */
static double share_of(const struct limit *limit)
{
	const uint64_t value = limit_value(limit);

	return value > 0 ? (double)limit->used / (double)value : HUGE_VAL;
}

static int compare_shares(const void *left, const void *right)
{
	const double a = share_of(left);
	const double b = share_of(right);

	return (a < b) - (a > b);
}

static void print_amount(uint64_t amount, bool human)
{
	if (human) {
		char text[UNITS_TEXT_SIZE];

		size_human(text, amount);
		printf("%s", text);
	} else {
		printf("%" PRIu64, amount);
	}
}

/* "msgmnb 90% (14746 of 16384 bytes, msg:3)" */
static void print_limit(const struct limit *limit, bool human)
{
	const bool is_size = limit->unit == UNIT_BYTES && human;
	char visible[REF_SHORT_SIZE * 4];
	char percent[PERCENT_TEXT_SIZE];

	text_visible(visible, limit->name, TEXT_VISIBLE);
	printf("%s", visible);
	if (limit_percent(limit, percent))
		printf(" %s%%", percent);
	printf(" (");
	print_amount(limit->used, is_size);
	printf(" of ");
	print_amount(limit_value(limit), is_size);
	if (!is_size)
		printf(" %s", limit_unit_word(limit->unit));
	if (limit->holder[0] != '\0') {
		text_visible(visible, limit->holder, TEXT_VISIBLE);
		printf(", %s", visible);
	}
	printf(")");
}

void check_print(struct limit *limits, size_t count, bool human)
{
	qsort(limits, count, sizeof(*limits), compare_shares);
	for (size_t i = 0; i < count; i++) {
		printf(i > 0 ? ", " : "");
		print_limit(&limits[i], human);
	}
	if (count > 0)
		printf("\n");
}
