#include "usage/living_makers.h"

#include "base/memory.h"
#include "base/sorted.h"
#include "system/linux.h"
#include "system/process_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare_numbers(const void *left, const void *right)
{
	const struct living_maker *a = left;
	const struct living_maker *b = right;

	return (a->number > b->number) - (a->number < b->number);
}

/* Add a process under each of its pids. */
static void add_process(struct living_makers *makers, const struct process_stat *process)
{
	struct process_identity identity;

	/* A kernel thread makes no objects, but its pid is often that of a maker in a container. */
	if (process_has_ended(process) || (process->flags & LINUX_KERNEL_THREAD))
		return;
	/* It has exited meanwhile, or it is hidden, so that the list is incomplete. */
	if (process_read_identity(process->pid, &identity) < 0) {
		if (errno != ENOENT && errno != ESRCH)
			makers->is_complete = false;
		return;
	}
	for (size_t i = 0; i < identity.count; i++) {
		struct living_maker *maker;

		makers->makers =
		    vector_grow(makers->makers, makers->count, sizeof(*makers->makers));
		maker = &makers->makers[makers->count++];
		*maker = (struct living_maker){
			.number = identity.numbers[i],
			.pid = process->pid,
			.uid = identity.uid,
			.effective_uid = identity.effective_uid,
			.began = process_began(process),
		};
		memcpy(maker->command, process->command, COMMAND_SIZE);
	}
}

int living_makers_read(struct living_makers *makers)
{
	struct process_list list;

	memset(makers, 0, sizeof(*makers));
	if (process_list_all(&list) < 0)
		return -1;
	makers->is_complete = !process_some_are_hidden() && process_all_are_listed();
	for (size_t i = 0; i < list.count; i++)
		add_process(makers, &list.processes[i]);
	process_list_free(&list);
	if (makers->count > 0)
		qsort(makers->makers, makers->count, sizeof(*makers->makers), compare_numbers);
	return 0;
}

void living_makers_free(struct living_makers *makers)
{
	free(makers->makers);
	memset(makers, 0, sizeof(*makers));
}

/* Index of the first process with a number, or of its insertion point. */
static size_t find_number(const struct living_makers *makers, pid_t number)
{
	const struct living_maker wanted = { .number = number };

	return sorted_place(makers->makers, makers->count, sizeof(*makers->makers), &wanted,
	                    compare_numbers);
}

bool living_makers_have(const struct living_makers *makers, pid_t number)
{
	const size_t place = find_number(makers, number);

	return place < makers->count && makers->makers[place].number == number;
}

enum process_creator living_makers_find(const struct living_makers *makers, pid_t pid, time_t born,
                                        const struct living_maker **found)
{
	enum process_creator result = makers->is_complete ? CREATOR_GONE : CREATOR_UNKNOWN;

	for (size_t i = find_number(makers, pid);
	     i < makers->count && makers->makers[i].number == pid; i++) {
		const enum process_creator one =
		    process_judge_creator(makers->makers[i].began, born);

		if (one == CREATOR_LIVES) {
			*found = &makers->makers[i];
			return CREATOR_LIVES;
		}
		if (one == CREATOR_UNKNOWN || result == CREATOR_GONE)
			result = one;
	}
	return result;
}

/* A script has its own name, but its interpreter is the program that makes objects. */
static bool runs_program(const struct living_maker *maker, const struct family *family)
{
	char executable[NAME_MAX + 1];

	if (family_has_program(family, maker->command))
		return true;
	process_executable(maker->pid, executable);
	return executable[0] != '\0' && family_has_program(family, executable);
}

const struct living_maker *living_makers_find_program(const struct living_makers *makers,
                                                      const struct family *family, uid_t uid)
{
	for (size_t i = 0; i < makers->count; i++) {
		const struct living_maker *maker = &makers->makers[i];

		if ((maker->uid == uid || maker->effective_uid == uid) &&
		    runs_program(maker, family))
			return maker;
	}
	return NULL;
}
