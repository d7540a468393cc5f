#include "commands/rm/contents.h"

#include "error.h"
#include "objects/semaphore_set.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t contents_waiters(const struct shm_object *object)
{
	struct set_member member;
	uint64_t waiters = 0;

	if (object->kind != KIND_SEM)
		return 0;
	for (uint64_t i = 0; i < object->semaphores; i++) {
		if (semaphore_set_read(object->id, (int)i, &member) < 0)
			break;
		waiters += (uint64_t)member.increase_waiters + (uint64_t)member.zero_waiters;
	}
	return waiters;
}

void contents_text(const struct shm_object *object, uint64_t waiters, char text[CONTENTS_TEXT_SIZE])
{
	int length;

	text[0] = '\0';
	switch (object->kind) {
	case KIND_MSG:
	case KIND_PMSG:
		if (object->kind == KIND_PMSG && !(object->known & KNOWN_MESSAGES))
			break;
		snprintf(text, CONTENTS_TEXT_SIZE, "%" PRIu64 " message%s", object->messages,
		         plural_s(object->messages));
		break;
	case KIND_SEM:
		length = snprintf(text, CONTENTS_TEXT_SIZE, "%" PRIu64 " semaphore%s",
		                  object->semaphores, plural_s(object->semaphores));
		if (waiters > 0)
			snprintf(text + length, CONTENTS_TEXT_SIZE - (size_t)length,
			         ", %" PRIu64 " waiting process%s", waiters,
			         waiters == 1 ? "" : "es");
		break;
	default:
		length = snprintf(text, CONTENTS_TEXT_SIZE, "%" PRIu64 " byte%s", object->bytes,
		                  plural_s(object->bytes));
		if (object->kind == KIND_SHM && object->attaches > 0)
			snprintf(text + length, CONTENTS_TEXT_SIZE - (size_t)length,
			         ", %" PRIu64 " attached", object->attaches);
		break;
	}
}
