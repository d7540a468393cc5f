#include "unit.h"

#include "system/process_wait.h"

#include <stdio.h>
#include <sys/syscall.h>

#define REST   " 0x1 0x2 0x3 0x4 0x5 0x7fff04e78628 0x7f1e84a493d3\n"
#define NARROW " 0x2 0x3 0x4 0x5 0xffc3a2b0 0xf7f1c559\n"

static const char *const no_waits[] = {
	"", "running\n", "-1 0x7fff04e78628 0x7f1e84a493d3\n", ("0 0x7" REST), "x\n", "70\n",
};

static void other_states_are_no_waits(void)
{
	for (size_t i = 0; i < UNIT_ROWS(no_waits); i++) {
		struct process_wait wait;

		unit_check(!process_wait_parse(no_waits[i], &wait), "'%s' is a wait", no_waits[i]);
	}
}

#ifdef SYS_msgrcv
static const struct {
	long number;
	enum process_call call;
} calls[] = {
	{ SYS_msgrcv, CALL_MSGRCV },
	{ SYS_msgsnd, CALL_MSGSND },
#ifdef SYS_semtimedop
	{ SYS_semtimedop, CALL_SEMOP },
#endif
#ifdef SYS_semop
	{ SYS_semop, CALL_SEMOP },
#endif
};

static void calls_of_this_machine(void)
{
	for (size_t i = 0; i < UNIT_ROWS(calls); i++) {
		struct process_wait wait = { .id = -1 };
		char text[256];

		snprintf(text, sizeof(text), "%ld 0x28005" REST, calls[i].number);
		unit_check(process_wait_parse(text, &wait) && wait.call == calls[i].call &&
		               wait.id == 0x28005,
		           "call %ld is not found", calls[i].number);
	}
}
#endif

#if defined(__x86_64__)
static const struct {
	const char *text;
	enum process_call call;
	int id;
} narrow[] = {
	{ "117 0xc 0x7" NARROW, CALL_MSGRCV, 7 }, { "117 0x1000c 0x7" NARROW, CALL_MSGRCV, 7 },
	{ "117 0xb 0x7" NARROW, CALL_MSGSND, 7 }, { "117 0x1 0x7" NARROW, CALL_SEMOP, 7 },
	{ "117 0x4 0x7" NARROW, CALL_SEMOP, 7 },  { "401 0x7 0x1" NARROW, CALL_MSGRCV, 7 },
	{ "420 0x7 0x1" NARROW, CALL_SEMOP, 7 },
};

static void calls_of_32_bit_programs(void)
{
	for (size_t i = 0; i < UNIT_ROWS(narrow); i++) {
		struct process_wait wait = { .id = -1 };

		/* Six arguments, of which the row gives the first two. */
		unit_check(process_wait_parse(narrow[i].text, &wait) &&
		               wait.call == narrow[i].call && wait.id == narrow[i].id,
		           "'%s' is not found", narrow[i].text);
	}
}
#endif

static const struct unit_test tests[] = {
	{ "a thread in no such call does not wait", other_states_are_no_waits },
#ifdef SYS_msgrcv
	{ "calls are known by their numbers on this machine", calls_of_this_machine },
#endif
#if defined(__x86_64__)
	{ "calls of 32-bit programs are known by their own numbers", calls_of_32_bit_programs },
#endif
};

UNIT_SUITE(process_wait_suite, "process_wait", tests);
