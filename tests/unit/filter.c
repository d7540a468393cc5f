#include "unit.h"

#include "objects/filter.h"
#include "objects/kind.h"

enum { NOW = 1000000 };

static const struct shm_object segment = { .kind = KIND_SHM,
	                                   .uid = 5,
	                                   .creator_uid = 6,
	                                   .key = 0x2a,
	                                   .bytes = 4096,
	                                   .change_time = NOW - 100,
	                                   .attach_time = NOW - 50,
	                                   .detach_time = NOW - 40 };
static const struct shm_object object = { .kind = KIND_PSHM,
	                                  .uid = 5,
	                                  .name = "/psm_1",
	                                  .bytes = 100,
	                                  .change_time = NOW - 100,
	                                  .access_time = NOW - 30,
	                                  .modify_time = NOW - 20 };
static const struct shm_object set = {
	.kind = KIND_SEM, .uid = 5, .change_time = NOW - 100, .operation_time = NOW - 10
};

#define GIVEN(value)                                                                               \
	{                                                                                          \
		true, value                                                                        \
	}
#define LIST(wanted, ...)                                                                          \
	{                                                                                          \
		.values = (struct filter_value[]){ __VA_ARGS__ },                                  \
		.count =                                                                           \
		    sizeof((struct filter_value[]){ __VA_ARGS__ }) / sizeof(struct filter_value),  \
		.has_wanted = (wanted)                                                             \
	}
#define ONE(number)   LIST(true, { false, number, NULL })
#define BUT(number)   LIST(false, { true, number, NULL })
#define NAMED(text)   LIST(true, { false, 0, (char[]){ text } })
#define UNNAMED(text) LIST(false, { true, 0, (char[]){ text } })

static const struct {
	struct object_filter filter;
	bool segment, object, set;
} filters[] = {
	{ { .kinds = KINDS_ALL }, true, true, true },
	{ { .kinds = KIND_BIT(KIND_PSHM) }, false, true, false },
	{ { .kinds = KINDS_SYSV }, true, false, true },
	{ { .kinds = KINDS_ALL, .owner = ONE(5) }, true, true, true },
	{ { .kinds = KINDS_ALL, .owner = ONE(6) }, false, false, false },
	{ { .kinds = KINDS_ALL, .creator = ONE(6) }, true, false, false },
	{ { .kinds = KINDS_ALL, .key = ONE(0x2a) }, true, false, false },
	{ { .kinds = KINDS_ALL, .key = ONE(0x2b) }, false, false, false },
	{ { .kinds = KINDS_ALL, .name = NAMED("/psm_*") }, false, true, false },
	{ { .kinds = KINDS_ALL, .name = NAMED("psm_*") }, false, true, false },
	{ { .kinds = KINDS_ALL, .name = NAMED("psm_?") }, false, true, false },
	{ { .kinds = KINDS_ALL, .name = NAMED("psm_") }, false, false, false },
	{ { .kinds = KINDS_ALL, .owner = BUT(5) }, false, false, false },
	{ { .kinds = KINDS_ALL, .owner = BUT(6) }, true, true, true },
	{ { .kinds = KINDS_ALL, .mine = GIVEN(5) }, true, true, true },
	{ { .kinds = KINDS_ALL, .mine = GIVEN(5), .owner = ONE(6) }, false, false, false },
	{ { .kinds = KINDS_ALL, .creator = BUT(6) }, false, false, true },
	{ { .kinds = KINDS_ALL, .creator = BUT(7) }, true, false, true },
	{ { .kinds = KINDS_ALL, .key = BUT(0x2a) }, false, true, true },
	{ { .kinds = KINDS_ALL, .name = UNNAMED("/psm_*") }, true, false, true },
	{ { .kinds = KINDS_ALL, .name = UNNAMED("other") }, true, true, true },
	{ { .kinds = KINDS_ALL, .min_size = GIVEN(100) }, true, true, false },
	{ { .kinds = KINDS_ALL, .min_size = GIVEN(101) }, true, false, false },
	{ { .kinds = KINDS_ALL, .max_size = GIVEN(100) }, false, true, false },
	{ { .kinds = KINDS_ALL, .older_than = GIVEN(100) }, true, true, true },
	{ { .kinds = KINDS_ALL, .older_than = GIVEN(101) }, false, false, false },
	{ { .kinds = KINDS_ALL, .idle_for = GIVEN(10) }, true, true, true },
	{ { .kinds = KINDS_ALL, .idle_for = GIVEN(11) }, true, true, false },
	{ { .kinds = KINDS_ALL, .idle_for = GIVEN(21) }, true, false, false },
	{ { .kinds = KINDS_ALL, .idle_for = GIVEN(41) }, false, false, false },
};

static void matches(void)
{
	for (size_t i = 0; i < UNIT_ROWS(filters); i++) {
		const struct object_filter *filter = &filters[i].filter;

		unit_check(filter_match(filter, &segment, NOW) == filters[i].segment,
		           "row %zu: segment", i);
		unit_check(filter_match(filter, &object, NOW) == filters[i].object,
		           "row %zu: object", i);
		unit_check(filter_match(filter, &set, NOW) == filters[i].set, "row %zu: set", i);
	}
}

static void the_table_of_kinds_is_complete(void)
{
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		const struct kind *entry = &object_kinds[kind];

		unit_check(entry->word != NULL && entry->noun != NULL && entry->plural != NULL &&
		               entry->title != NULL && entry->block != NULL &&
		               entry->columns != NULL && entry->prefix != NULL &&
		               entry->list != NULL && entry->remove != NULL &&
		               entry->contents != NULL && entry->last_use != NULL,
		           "kind %u lacks a member", kind);
		unit_check(kind_is_sysv((enum object_kind)kind)
		               ? entry->find_id != NULL && entry->find_key != NULL
		               : entry->find_name != NULL || kind == KIND_DIR,
		           "kind %u is not found", kind);
	}
}

static const struct unit_test tests[] = {
	{ "objects pass if all conditions hold", matches },
	{ "every kind has its words and functions", the_table_of_kinds_is_complete },
};

UNIT_SUITE(filter_suite, "filter", tests);
