#include "objects/sysv_use.h"

#include "objects/message_queue.h"
#include "objects/segment.h"
#include "objects/semaphore_set.h"
#include "objects/shortage.h"
#include "objects/sysv_table.h"

#include <errno.h>

static void add_object(const struct shm_object *object, void *state)
{
	struct sysv_use *use = state;

	use->objects++;
	/* The kernel counts huge pages in base pages: newseg() in ipc/shm.c. */
	if (object->kind == KIND_SHM)
		use->amount += shortage_pages(object->bytes);
	else
		use->amount += object->kind == KIND_MSG ? object->used : object->semaphores;
}

/* Add up the objects of a walk after a call was denied with errno. */
static int add_up(int (*walk)(sysv_visit_fn *visit, void *state), struct sysv_use *use)
{
	if (!sysv_is_refused(errno))
		return -1;
	use->objects = 0;
	use->amount = 0;
	return walk(add_object, use);
}

int sysv_use_of_segments(struct sysv_use *use)
{
	struct shm_info info;

	if (sysv_read_use(&info) < 0)
		return add_up(sysv_walk, use);
	use->objects = (uint64_t)info.used_ids;
	use->amount = info.shm_tot;
	return 0;
}

int sysv_use_of_queues(struct sysv_use *use)
{
	struct msginfo info;

	if (queue_read_use(&info) < 0)
		return add_up(queue_walk, use);
	use->objects = (uint64_t)info.msgpool;
	use->amount = (uint64_t)info.msgtql;
	return 0;
}

int sysv_use_of_sets(struct sysv_use *use)
{
	struct seminfo info;

	if (semaphore_set_read_use(&info) < 0)
		return add_up(semaphore_set_walk, use);
	use->objects = (uint64_t)info.semusz;
	use->amount = (uint64_t)info.semaem;
	return 0;
}
