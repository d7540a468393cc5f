#include "events/shared_text.h"

#include "base/memory.h"

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
