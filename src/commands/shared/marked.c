#include "commands/shared/marked.h"

void note_if_marked(const struct message_context *context, const struct memory *memory)
{
	if (memory->marked)
		message_note(context, memory->text,
		             "is marked for destruction: it is removed at its last detach");
}
