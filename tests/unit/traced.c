#include "unit.h"

#include "events/number_table.h"
#include "events/traced_memory.h"
#include "events/traced_model.h"
#include "events/traced_queue.h"
#include "events/traced_records.h"

#include <stdint.h>
#include <string.h>

/* Numbers as ids are: dense, and with a sequence in the upper part. */
static uint64_t number_at(size_t i)
{
	return i % 3 == 0 ? i : i % 3 == 1 ? (uint64_t)i << 15 : UINT64_C(1) << 32 | i;
}

static void finds_numbers_after_removals(void)
{
	enum { COUNT = 5000 };
	static char items[COUNT];
	struct number_table table = { .size = 0 };
	size_t wrong = 0;
	size_t count = 0;
	size_t at = 0;

	for (size_t i = 0; i < COUNT; i++)
		number_table_set(&table, number_at(i), &items[i]);
	for (size_t i = 0; i < COUNT; i += 2)
		number_table_remove(&table, number_at(i));
	number_table_remove(&table, UINT64_MAX);
	for (size_t i = 0; i < COUNT; i++) {
		const char *expected = i % 2 == 0 ? NULL : &items[i];

		wrong += number_table_find(&table, number_at(i)) != expected;
	}
	while (number_table_next(&table, &at) != NULL)
		count++;
	unit_check_number("wrong", wrong, 0);
	unit_check_number("visited", count, COUNT / 2);
	number_table_set(&table, number_at(1), &items[0]);
	unit_check(number_table_find(&table, number_at(1)) == &items[0], "an item is replaced");
	unit_check_number("count", table.count, COUNT / 2);
	number_table_free(&table);
	unit_check(number_table_find(&table, 1) == NULL, "nothing is in the empty table");
}

static void waits_for_the_first_operation(void)
{
	struct traced_queue queue = { .size = 0 };
	struct traced_operation taken;
	const uint64_t first = queue.end;

	traced_queue_add(&queue)->time = 10;
	for (uint64_t time = 11; time < 3000; time++) {
		struct traced_operation *added = traced_queue_add(&queue);

		added->time = time;
		added->type = TRACED_COMMAND;
		added->has_ended = true;
	}
	unit_check(!traced_queue_take(&queue, 5, &taken), "nothing follows before the first");
	unit_check_number("its time", traced_queue_time(&queue), 10);
	traced_queue_find(&queue, first)->type = TRACED_COMMAND;
	traced_queue_find(&queue, first)->has_ended = true;
	for (uint64_t time = 10; time < 3000; time++) {
		if (!traced_queue_take(&queue, 0, &taken) || taken.time != time)
			unit_check(false, "%llu follows", (unsigned long long)time);
	}
	unit_check(!traced_queue_take(&queue, UINT64_MAX, &taken), "the queue is empty");
	unit_check(traced_queue_find(&queue, first) == NULL, "the first is not in it any more");
	traced_queue_free(&queue);
}

static void drops_a_late_operation(void)
{
	struct traced_queue queue = { .size = 0 };
	struct traced_operation *added;
	struct traced_operation taken;

	traced_queue_add(&queue)->time = 10;
	added = traced_queue_add(&queue);
	added->time = 20;
	added->type = TRACED_COMMAND;
	added->has_ended = true;
	unit_check(!traced_queue_take(&queue, 10, &taken), "it is not late yet");
	unit_check(traced_queue_take(&queue, 11, &taken) && taken.time == 20,
	           "the next one is taken");
	unit_check(traced_queue_find(&queue, 0) == NULL, "the late one is gone");
	traced_queue_free(&queue);
}

static void copies_attaches_for_a_child(void)
{
	struct traced_memory *memory = traced_memory_new();
	struct traced_memory *copy;

	traced_memory_set(memory, 0x1000, 1, 1);
	traced_memory_set(memory, 0x2000, 2, 3);
	traced_memory_set(memory, 0x3000, 3, 1);
	traced_memory_set(memory, 0x1000, 4, 1);
	copy = traced_memory_copy(memory);
	traced_memory_remove(memory, traced_memory_find(memory, 0x1000));
	unit_check_number("left", memory->count, 2);
	unit_check(traced_memory_find(memory, 0x1000) == NULL, "it is removed");
	unit_check_number("mappings", traced_memory_find(memory, 0x2000)->count, 3);
	unit_check_number("of the child", copy->count, 3);
	unit_check_number("replaced", (unsigned long long)traced_memory_find(copy, 0x1000)->id, 4);
	traced_memory_release(memory);
	traced_memory_release(copy);
}

/* Raw data of a tracepoint: its number, the pid at 4, and two fields. */
struct raw {
	uint16_t number;
	int32_t pid;
	uint64_t fields[2];
};

/* Processes that can't exist. */
enum { PARENT = 0x7fff0000, CHILD };

/* The first process is seen before time 2. */
static void take_raw(struct traced_records *records, enum point point, int pid, uint64_t first)
{
	const struct raw raw = { (uint16_t)(point + 1), pid, { first, 0 } };
	const struct perf_record record = {
		.type = PERF_TRACEPOINT,
		.time = pid == PARENT ? 1 : 2,
		.pid = pid,
		.tid = pid,
		.data = &raw,
		.size = sizeof(raw),
	};

	traced_records_take(records, &record);
}

static void begin(struct traced_records *records, struct traced_model *model)
{
	memset(records, 0, sizeof(*records));
	records->model = model;
	records->numbers_are_global = true;
	for (size_t i = 0; i < POINTS; i++) {
		records->by_number[i + 1] = (uint8_t)(i + 1);
		records->points[i].point = (enum point)i;
		records->points[i].format.offsets[0] = offsetof(struct raw, fields);
		records->points[i].format.sizes[0] = sizeof(uint64_t);
	}
}

static void changes_the_user_after_the_fork(void)
{
	static struct traced_records records;
	struct traced_model model = { .start = UINT64_MAX, .ipc = 1 };
	struct traced_operation operation;
	const struct traced_task *child;

	begin(&records, &model);
	traced_task_add(&model.tasks, PARENT, PARENT, NULL, PARENT)->process->uid = 0;
	/* A call that has not returned yet keeps all others waiting. */
	traced_queue_add(&records.queue)->time = 1;
	take_raw(&records, POINT_FORK, PARENT, CHILD);
	take_raw(&records, POINT_ENTER_SETRESUID, CHILD, 65534);
	take_raw(&records, POINT_EXIT_SETRESUID, CHILD, 0);
	child = traced_task_find(&model.tasks, CHILD);
	unit_check(!traced_queue_take(&records.queue, 0, &operation), "all wait");
	while (traced_queue_take(&records.queue, 2, &operation))
		traced_model_apply(&model, &operation);
	unit_check(child != NULL && child->process->uid == 65534, "the child has its new user");
	traced_records_free(&records);
	traced_model_free(&model);
}

static void ignores_the_calls_of_a_process_that_ended_before_the_start(void)
{
	static const struct traced_call call = { .name = "semget", .kind = KIND_SEM };
	static struct traced_records records;
	struct traced_model model = { .start = 2, .ipc = 1 };
	struct traced_operation operation;

	begin(&records, &model);
	records.points[POINT_FORK].call = &call;
	records.points[POINT_FORK].is_entry = true;
	records.points[POINT_EXEC].call = &call;
	for (int round = 0; round < 2; round++) {
		const int pid = round == 0 ? PARENT : CHILD;

		take_raw(&records, POINT_FORK, pid, 0);
		take_raw(&records, POINT_EXEC, pid, 0);
		unit_check(traced_queue_take(&records.queue, 0, &operation) == (round > 0),
		           "only calls since the start count");
	}
	traced_records_free(&records);
	traced_model_free(&model);
}

static const struct unit_test tests[] = {
	{ "numbers are found after others were removed", finds_numbers_after_removals },
	{ "operations wait for the first one to end", waits_for_the_first_operation },
	{ "operations do not wait for a late one", drops_a_late_operation },
	{ "a process that changes its user does so after its fork",
	  changes_the_user_after_the_fork },
	{ "calls of a process that ended before the start are ignored",
	  ignores_the_calls_of_a_process_that_ended_before_the_start },
	{ "a child has its parent's attaches", copies_attaches_for_a_child },
};

UNIT_SUITE(traced_suite, "traced", tests);
