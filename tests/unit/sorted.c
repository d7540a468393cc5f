#include "unit.h"

#include "base/sorted.h"

static int compare_ints(const void *item, const void *key)
{
	const int a = *(const int *)item;
	const int b = *(const int *)key;

	return (a > b) - (a < b);
}

static void finds_the_first_item_that_is_not_below(void)
{
	static const int items[] = { 1, 3, 3, 3, 5 };
	static const struct {
		int key;
		size_t place;
	} keys[] = { { 0, 0 }, { 1, 0 }, { 2, 1 }, { 3, 1 }, { 4, 4 }, { 5, 4 }, { 6, 5 } };

	for (size_t i = 0; i < UNIT_ROWS(keys); i++)
		unit_check_number("place",
		                  sorted_place(items, UNIT_ROWS(items), sizeof(*items),
		                               &keys[i].key, compare_ints),
		                  keys[i].place);
	unit_check_number("of none",
	                  sorted_place(NULL, 0, sizeof(*items), &keys[0].key, compare_ints), 0);
}

static const struct unit_test tests[] = {
	{ "the place of a key in a sorted array", finds_the_first_item_that_is_not_below },
};

UNIT_SUITE(sorted_suite, "sorted", tests);
