#include "commands/shared/contents.h"

#include "objects/semaphore_set.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

void contents_text(const struct shm_object *object, uint64_t waiters, char text[CONTENTS_SIZE])
{
	size_t length;

	object_kinds[object->kind].contents(object, text);
	length = strlen(text);
	if (object->kind == KIND_SHM && object->attaches > 0)
		snprintf(text + length, CONTENTS_SIZE - length, ", %" PRIu64 " attached",
		         object->attaches);
	if (waiters > 0)
		snprintf(text + length, CONTENTS_SIZE - length, ", %" PRIu64 " waiting process%s",
		         waiters, waiters == 1 ? "" : "es");
}
