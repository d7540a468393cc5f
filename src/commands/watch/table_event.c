#include "commands/watch/table_event.h"

#include "objects/kind.h"
#include "output/text.h"
#include "system/account.h"
#include "usage/aside.h"

#include <stdio.h>
#include <time.h>

static void process_text(const struct event_process *process, char *text, size_t size)
{
	char command[COMMAND_SIZE * 4 + 2];
	const char *user = NULL;

	text[0] = '\0';
	text_visible(command, process->command, TEXT_VISIBLE);
	if (process->pid == 0)
		return;
	if (process->uid != (uid_t)-1)
		user = account_user(process->uid);
	if (command[0] != '\0')
		snprintf(text, size, " by %s (pid %d%s%s)", command, process->pid,
		         user != NULL ? ", " : "", user != NULL ? user : "");
	else
		snprintf(text, size, " by pid %d%s%s%s", process->pid, user != NULL ? " (" : "",
		         user != NULL ? user : "", user != NULL ? ")" : "");
}

/* Whether a file has the name that a removal gives it first, and had another one before. */
static bool is_moved_aside(const struct event *event)
{
	struct aside aside;

	return event->old_name != NULL && *event->object->name == '/' &&
	       aside_parse(event->object->name + 1, &aside);
}

bool table_event_text(const struct event *event, char *text, size_t size)
{
	const time_t second = event_second(event);
	char visible[REF_TEXT_SIZE * 4];
	char process[256];
	char when[16] = "";
	char ref[REF_TEXT_SIZE];
	struct shm_object object;
	struct tm broken;

	if (event->object == NULL || event->type == EVENT_OPENED || event->type == EVENT_CLOSED ||
	    event->type == EVENT_CALLED || event->type == EVENT_LOST)
		return false;
	object = *event->object;
	if (!kind_is_sysv(object.kind) && is_moved_aside(event)) {
		if (event->type == EVENT_RENAMED)
			return false;
		object.name = event->old_name;
	}
	if (localtime_r(&second, &broken) != NULL)
		strftime(when, sizeof(when), "%H:%M:%S ", &broken);
	object_ref(&object, ref);
	text_visible(visible, ref, TEXT_VISIBLE);
	process_text(&event->process, process, sizeof(process));
	snprintf(text, size, "%s%.*s %s%s", when, (int)size / 2, visible, event_word(event->type),
	         process);
	return true;
}
