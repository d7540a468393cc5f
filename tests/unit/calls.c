#include "unit.h"

#include "events/calls.h"
#include "system/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

/* Print a call; the caller frees the text. The arrow of UTF-8 becomes "->". */
static char *print(const struct event *event)
{
	const char *arrow = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? "\u2192" : "->";
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	char *place;

	event_call_print(event, stream);
	(void)fclose(stream);
	place = strstr(text, arrow);
	if (place != NULL && strlen(arrow) == 3) {
		memmove(place + 2, place + 3, strlen(place + 3) + 1);
		place[0] = '-';
		place[1] = '>';
	}
	return text;
}

static void prints_calls_in_words(void)
{
	static const struct {
		const char *name;
		uint64_t arguments[EVENT_ARGUMENTS];
		int64_t result;
		const char *text;
	} rows[] = {
		{ "shmget",
		  { 0x4d2, 1024, 0 },
		  -ENOENT,
		  "shmget key=0x4d2 size=1024 flags=0000 -> ENOENT" },
		/* The upper half of an int may hold anything. */
		{ "shmget",
		  { UINT64_MAX << 32, 1, UINT64_MAX << 32 | IPC_CREAT | IPC_EXCL | 0640 },
		  17,
		  "shmget key=IPC_PRIVATE size=1 flags=IPC_CREAT|IPC_EXCL|0640 -> 17" },
		{ "shmget",
		  { 1, 1, SHM_HUGETLB | 21U << SHM_HUGE_SHIFT | 0600 },
		  0,
		  "shmget key=0x1 size=1 flags=SHM_HUGETLB|0x54000000|0600 -> 0" },
		{ "shmat",
		  { 17, 0, SHM_RDONLY | SHM_RND },
		  0x7f0000001000,
		  "shmat id=17 address=NULL flags=SHM_RDONLY|SHM_RND -> 0x7f0000001000" },
		{ "shmat",
		  { 17, 0x1000, 0 },
		  -EINVAL,
		  "shmat id=17 address=0x1000 flags=0 -> EINVAL" },
		{ "shmdt", { 0x7f0000001000 }, 0, "shmdt address=0x7f0000001000 -> 0" },
		{ "shmctl", { 17, IPC_RMID }, 0, "shmctl id=17 command=IPC_RMID -> 0" },
		/* The bit that 32-bit programs set. */
		{ "shmctl", { 17, 0x100 | SHM_LOCK }, 0, "shmctl id=17 command=SHM_LOCK -> 0" },
		{ "shmctl", { 17, 99 }, -EINVAL, "shmctl id=17 command=99 -> EINVAL" },
		{ "semget",
		  { 5, 3, IPC_CREAT },
		  4,
		  "semget key=0x5 semaphores=3 flags=IPC_CREAT|0000 -> 4" },
		{ "semctl",
		  { 4, 1, SETVAL, 7 },
		  0,
		  "semctl id=4 semaphore=1 command=SETVAL value=7 -> 0" },
		{ "semctl",
		  { 4, 0, GETALL, 0x1234 },
		  0,
		  "semctl id=4 semaphore=0 command=GETALL -> 0" },
		{ "semop", { 4, 0x1234, 2 }, -EINTR, "semop id=4 operations=2 -> EINTR" },
		{ "msgget", { 0, 0600 }, 3, "msgget key=IPC_PRIVATE flags=0600 -> 3" },
		{ "msgsnd",
		  { 3, 0x1234, 16, IPC_NOWAIT },
		  -EAGAIN,
		  "msgsnd id=3 size=16 flags=IPC_NOWAIT -> EAGAIN" },
		{ "msgrcv",
		  { 3, 0x1234, 16, (uint64_t)-7, MSG_NOERROR },
		  16,
		  "msgrcv id=3 size=16 type=-7 flags=MSG_NOERROR -> 16" },
		{ "msgctl", { 3, MSG_STAT_ANY }, 3, "msgctl id=3 command=MSG_STAT_ANY -> 3" },
		{ "mq_open",
		  { 0x1234, O_RDWR | O_CREAT | O_EXCL, 0600 },
		  -EEXIST,
		  "mq_open flags=O_RDWR|O_CREAT|O_EXCL mode=0600 -> EEXIST" },
		{ "mq_open", { 0x1234, O_RDONLY, 0600 }, 3, "mq_open flags=O_RDONLY -> 3" },
		{ "mq_timedsend",
		  { 3, 0x1234, 10, 1 },
		  -4000,
		  "mq_timedsend fd=3 size=10 priority=1 -> 4000" },
	};

	for (size_t i = 0; i < UNIT_ROWS(rows); i++) {
		struct event event = { .call = event_call_find(rows[i].name),
			               .result = rows[i].result };
		char *text;

		memcpy(event.arguments, rows[i].arguments, sizeof(event.arguments));
		text = print(&event);
		unit_check_text(rows[i].name, text, rows[i].text);
		free(text);
	}
}

static void names_the_queue_of_a_call(void)
{
	const struct shm_object queue = { .kind = KIND_PMSG, .name = "/q" };
	const struct event event = { .call = event_call_find("mq_unlink"), .object = &queue };
	char *text = print(&event);

	unit_check_text("mq_unlink", text, "mq_unlink name=/q -> 0");
	free(text);
}

static void finds_calls_by_name(void)
{
	unit_check_text("shmdt", event_call_name(event_call_find("shmdt")), "shmdt");
	unit_check(event_call_find("open") == NULL, "open is no such call");
}

static const struct unit_test tests[] = {
	{ "system calls are printed with their arguments in words", prints_calls_in_words },
	{ "the call of a POSIX queue is printed with its name", names_the_queue_of_a_call },
	{ "calls are found by their names", finds_calls_by_name },
};

UNIT_SUITE(calls_suite, "calls", tests);
