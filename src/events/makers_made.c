#include "events/makers_made.h"

#include "events/makers_path.h"
#include "events/makers_process.h"
#include "system/process.h"

#include <stddef.h>
#include <stdlib.h>

/* Before that time in milliseconds, a call has hardly returned. */
enum { CALL_TIME = 2 };

void made_list_init(struct made_list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

void made_list_add(struct made_list *list, struct made *made)
{
	made->next = NULL;
	*list->last = made;
	list->last = &made->next;
}

/* The end of the list is in its latest call. */
static struct made *latest_of(const struct made_list *list)
{
	if (list->first == NULL)
		return NULL;
	return (struct made *)(void *)((char *)list->last - offsetof(struct made, next));
}

void made_list_end(struct made_list *list, pid_t thread)
{
	struct made *latest = latest_of(list);

	/* The thread's earlier calls were over before it made this one. */
	if (latest != NULL && latest->thread == thread) {
		latest->is_over = true;
		return;
	}
	for (struct made *made = list->first; made != NULL; made = made->next)
		made->is_over |= made->thread == thread;
}

void made_list_check(struct made_list *list)
{
	const uint64_t now = process_clock();

	for (struct made *made = list->first; made != NULL; made = made->next) {
		if (!made->is_over && now - made->clock >= CALL_TIME)
			made->is_over = thread_has_left(made->thread, made->number);
	}
}

struct made *made_list_take(struct made_list *list, struct made **place)
{
	struct made *made = *place;

	*place = made->next;
	if (list->last == &made->next)
		list->last = place;
	made->next = NULL;
	return made;
}

void made_free(struct maker_list *makers, struct made *made)
{
	if (made == NULL)
		return;
	maker_release(makers, made->make.maker);
	free((char *)made->make.backtrace);
	free((char *)made->make.no_backtrace);
	free(made->name);
	free(made->key);
	free(made);
}

void made_list_free(struct made_list *list, struct maker_list *makers)
{
	while (list->first != NULL)
		made_free(makers, made_list_take(list, &list->first));
}
