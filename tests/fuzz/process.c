/*
 * The texts of /proc/PID: stat, status, syscall, mountinfo, cmdline.
 */
#include "fuzz.h"

#include "system/process.h"
#include "system/process_arguments.h"
#include "system/process_wait.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

static void check_stat(const char *text)
{
	struct process_stat stat = { .pid = 1 };

	if (!process_stat_parse(text, &stat))
		return;
	fuzz_check(strlen(stat.command) < sizeof(stat.command), "the command is too long");
	(void)process_has_ended(&stat);
	(void)process_start(&stat);
}

static void check_status(const uint8_t *data, size_t size)
{
	struct process_identity identity = { .numbers = { 1 } };
	FILE *stream = fuzz_stream(data, size);

	if (process_identity_parse(stream, &identity) == 0)
		fuzz_check(identity.count >= 1 && identity.count <= PROCESS_NUMBERS, "%zu pids",
		           identity.count);
	(void)fclose(stream);
}

static void check_wait(const char *text)
{
	struct process_wait wait = { .call = CALL_MSGRCV };

	if (process_wait_parse(text, &wait))
		fuzz_check(wait.call <= CALL_MSGRCV, "no call %d", (int)wait.call);
}

static void check_arguments(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	process_arguments_join(text, size);
	fuzz_check(strlen(text) <= size, "the arguments have grown");
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	FILE *stream = fuzz_stream(data, size);

	check_stat(text);
	check_status(data, size);
	check_wait(text);
	check_arguments(data, size);
	(void)process_mounts_have(stream, makedev(0, 23));
	(void)fclose(stream);
	free(text);
	return 0;
}
