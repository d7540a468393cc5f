#include "events/shared_text.h"

#include "base/memory.h"
#include "events/event.h"
#include "system/cgroup.h"
#include "system/process_arguments.h"

#include <stdlib.h>
#include <string.h>

struct shared_text *shared_text_new(const char *text)
{
	const size_t size = text != NULL ? strlen(text) + 1 : 0;
	struct shared_text *shared;

	if (text == NULL)
		return NULL;
	shared = needed(malloc(sizeof(*shared) + size));
	shared->references = 1;
	memcpy(shared->text, text, size);
	return shared;
}

struct shared_text *shared_text_of_cmdline(pid_t pid)
{
	char *arguments = process_arguments(pid, EVENT_CMDLINE_MAX);
	struct shared_text *text = shared_text_new(arguments);

	free(arguments);
	return text;
}

struct shared_text *shared_text_of_cgroup(pid_t pid)
{
	struct cgroup cgroup;
	struct shared_text *text;

	(void)cgroup_read(pid, &cgroup);
	text = shared_text_new(cgroup.path);
	free(cgroup.path);
	free(cgroup.unit);
	return text;
}

struct shared_text *shared_text_share(struct shared_text *text)
{
	if (text != NULL)
		text->references++;
	return text;
}

void shared_text_replace(struct shared_text **place, struct shared_text *text)
{
	if (*place != NULL && --(*place)->references == 0)
		free(*place);
	*place = text;
}
