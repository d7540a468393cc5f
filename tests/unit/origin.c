#include "unit.h"

#include "base/memory.h"
#include "commands/guard/origin.h"
#include "events/makers_again.h"
#include "output/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void names_the_command(void)
{
	static const struct {
		const char *cmdline;
		const char *command;
	} rows[] = {
		{ "leak", "leak" },
		{ "/usr/bin/leak --all", "leak" },
		{ "./a/b c/d", "b" },
		{ "//x", "x" },
		{ "dir/", "" },
		{ "", "" },
		{ NULL, "" },
		{ "-bash", "-bash" },
		{ "a-name-of-more-than-15-bytes x", "a-name-of-more-" },
	};

	for (size_t i = 0; i < UNIT_ROWS(rows); i++) {
		const struct maker maker = { .cmdline = rows[i].cmdline };
		const struct make make = { .maker = &maker };
		char command[COMMAND_SIZE];

		origin_command(&make, command);
		unit_check_text(rows[i].cmdline != NULL ? rows[i].cmdline : "NULL", command,
		                rows[i].command);
	}
}

static void shortens_command_lines(void)
{
	static char line[5000];
	static const struct maker program = { .cmdline = line, .pid = 1 };
	static const struct maker maker = { .cmdline = line, .pid = 2, .parent = &program };
	const struct make make = { .maker = &maker, .call = "shmget" };
	struct buffer text = { .data = NULL };
	size_t longest = 0;

	memset(line, '\n', sizeof(line) - 1);
	origin_append_text(&text, &make, TEXT_VISIBLE, SIZE_MAX);
	buffer_append(&text, "", 1);
	for (const char *at = text.data; *at != '\0'; at += strcspn(at, "\n") + 1) {
		if (strcspn(at, "\n") > longest)
			longest = strcspn(at, "\n");
	}
	unit_check(longest < 250, "%zu bytes", longest);
	free(text.data);
}

static void folds_lines(void)
{
	static const struct maker unknown = { .pid = 3 };
	static const struct maker maker = { .cmdline = "one two three four five",
		                            .pid = 4,
		                            .parent = &unknown };
	struct make make = { .maker = &maker, .call = "semget", .time = 0 };
	struct buffer text = { .data = NULL };

	origin_append_text(&text, &make, TEXT_VISIBLE, 40);
	buffer_append(&text, "", 1);
	text.data[strcspn(text.data, ":") + 1 + strcspn(strchr(text.data, ':') + 1, ":")] = '\0';
	unit_check_text("lines", text.data,
	                "    made by: one two three four five\n"
	                "             (pid 4), child of unknown\n"
	                "             command\n"
	                "    made at");
	free(text.data);
	make.backtrace = "f (a.c:1)\nmain (a\033.c:2)\n";
	text = (struct buffer){ .data = NULL };
	origin_append_text(&text, &make, TEXT_VISIBLE, SIZE_MAX);
	buffer_append(&text, "", 1);
	unit_check(strstr(text.data, "    made in: f (a.c:1)\n             main (a\\033.c:2)\n") !=
	               NULL,
	           "%s", text.data);
	free(text.data);
}

static void writes_json(void)
{
	static const struct maker program = { .cmdline = "make \"x\"", .pid = 1 };
	static const struct maker maker = { .cmdline = NULL, .pid = 2, .parent = &program };
	struct make make = { .maker = &maker, .call = "shmget", .time = 1000000007000005000 };
	struct buffer text = { .data = NULL };

	make.backtrace = "f (a.c:1)\nmain (a.c:2)\n";
	origin_append_json(&text, &make);
	buffer_append(&text, "", 1);
	unit_check_text("all", text.data,
	                "{\"pid\":2,\"cmdline\":null,\"time\":1000000007.000005,\"call\":"
	                "\"shmget\",\"parents\":[{\"pid\":1,\"cmdline\":\"make \\\"x\\\"\"}],"
	                "\"backtrace\":[\"f (a.c:1)\",\"main (a.c:2)\"],\"backtrace_error\":null}");
	free(text.data);
}

static void knows_the_second_notification(void)
{
	struct interrupted_calls calls = { .first = NULL };
	struct seccomp_notif first = { .pid = 5, .data = { .nr = 29, .args = { 1, 2, 3 } } };
	struct seccomp_notif other = first;
	char *found;

	interrupted_call_add(&calls, &first, needed(strdup("main")));
	other.pid = 6;
	unit_check(interrupted_call_take(&calls, &other) == NULL, "another thread");
	first.id = 77;
	found = interrupted_call_take(&calls, &first);
	unit_check_text("again", found != NULL ? found : "NULL", "main");
	free(found);
	unit_check(interrupted_call_take(&calls, &first) == NULL, "a third time");
	interrupted_call_add(&calls, &first, needed(strdup("main")));
	first.data.args[1] = 0;
	unit_check(interrupted_call_take(&calls, &first) == NULL, "another call");
	unit_check(calls.first == NULL, "the first one is forgotten");
	interrupted_calls_free(&calls);
}

static const struct unit_test tests[] = {
	{ "the command is the name of the program's file", names_the_command },
	{ "command lines are shortened", shortens_command_lines },
	{ "lines are folded", folds_lines },
	{ "JSON", writes_json },
	{ "an interrupted call is known by its second notification",
	  knows_the_second_notification },
};

UNIT_SUITE(origin_suite, "origin", tests);
