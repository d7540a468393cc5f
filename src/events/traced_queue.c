#include "events/traced_queue.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static struct traced_operation *place(const struct traced_queue *queue, uint64_t number)
{
	return &queue->operations[number & (queue->size - 1)];
}

static void grow(struct traced_queue *queue)
{
	enum { LEAST = 1024 };
	struct traced_queue larger = *queue;

	larger.size = queue->size > 0 ? queue->size * 2 : LEAST;
	larger.operations = needed_array(larger.size, sizeof(*larger.operations));
	for (uint64_t i = queue->first; i < queue->end; i++)
		*place(&larger, i) = *place(queue, i);
	free(queue->operations);
	*queue = larger;
}

struct traced_operation *traced_queue_add(struct traced_queue *queue)
{
	struct traced_operation *added;

	if (queue->end - queue->first == queue->size)
		grow(queue);
	added = place(queue, queue->end++);
	memset(added, 0, sizeof(*added));
	return added;
}

struct traced_operation *traced_queue_find(const struct traced_queue *queue, uint64_t number)
{
	return number >= queue->first && number < queue->end ? place(queue, number) : NULL;
}

bool traced_queue_take(struct traced_queue *queue, uint64_t late,
                       struct traced_operation *operation)
{
	while (queue->first < queue->end) {
		const struct traced_operation *first = place(queue, queue->first);

		if (!first->has_ended && first->time >= late)
			return false;
		queue->first++;
		if (first->has_ended) {
			*operation = *first;
			return true;
		}
	}
	return false;
}

uint64_t traced_queue_time(const struct traced_queue *queue)
{
	return queue->first < queue->end ? place(queue, queue->first)->time : UINT64_MAX;
}

void traced_queue_free(struct traced_queue *queue)
{
	struct traced_operation operation;

	while (traced_queue_take(queue, UINT64_MAX, &operation)) {
		if (operation.type == TRACED_EXIT)
			traced_task_free(operation.task);
		else if (operation.type == TRACED_EXEC)
			shared_text_replace(&operation.cmdline, NULL);
	}
	free(queue->operations);
	memset(queue, 0, sizeof(*queue));
}
