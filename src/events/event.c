#include "events/event.h"

#include <string.h>

static const char *const words[EVENT_TYPES] = {
	[EVENT_CREATED] = "created",   [EVENT_ATTACHED] = "attached", [EVENT_DETACHED] = "detached",
	[EVENT_OPENED] = "opened",     [EVENT_CLOSED] = "closed",     [EVENT_RESIZED] = "resized",
	[EVENT_CHANGED] = "changed",   [EVENT_RENAMED] = "renamed",   [EVENT_LOCKED] = "locked",
	[EVENT_UNLOCKED] = "unlocked", [EVENT_MARKED] = "marked",     [EVENT_REMOVED] = "removed",
	[EVENT_CALLED] = "called",     [EVENT_LOST] = "lost",
};

const char *event_word(enum event_type type)
{
	return words[type];
}

enum event_type event_parse(const char *word)
{
	int type = 0;

	while (type < EVENT_TYPES && strcmp(word, words[type]) != 0)
		type++;
	return (enum event_type)type;
}
