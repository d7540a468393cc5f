/*
 * The texts of /proc/PID: stat, status, syscall, mountinfo, cmdline.
 */
#include "fuzz.h"

#include "base/memory.h"
#include "events/makers_behalf.h"
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

/* The lines of two processes are compared; those that are found are found again. */
static void check_credentials(const char *text)
{
	struct maker_credentials credentials;
	struct maker_credentials again;
	char *status;

	if (!maker_credentials_parse(text, &credentials))
		return;
	fuzz_check(credentials.mask <= 07777, "the mask is %o", (unsigned int)credentials.mask);
	fuzz_check(strlen(credentials.lines) < sizeof(credentials.lines), "the lines are too long");
	fuzz_check(strncmp(credentials.lines, "\nUid:", 5) == 0, "the lines begin with '%s'",
	           credentials.lines);
	status = needed_text("Name:\ta\nUmask:\t%04o%s\n", (unsigned int)credentials.mask,
	                     credentials.lines);
	fuzz_check(maker_credentials_parse(status, &again) && again.mask == credentials.mask &&
	               strcmp(again.lines, credentials.lines) == 0,
	           "'%s' is not taken back", status);
	free(status);
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
	check_credentials(text);
	check_wait(text);
	check_arguments(data, size);
	(void)process_mounts_have(stream, makedev(0, 23));
	(void)fclose(stream);
	free(text);
	return 0;
}
