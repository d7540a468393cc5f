/*
 * The removal of the selected object by a key of watch --table: only if it is proven unused and no
 * program will use it again, as with "rm --unused REF" (queues and semaphore sets: --abandoned).
 */
#ifndef SHMTOOL_COMMANDS_WATCH_TABLE_REMOVE_H
#define SHMTOOL_COMMANDS_WATCH_TABLE_REMOVE_H

#include "error.h"
#include "objects/object.h"

#include <stddef.h>

enum { TABLE_SENTENCE_SIZE = 1024 };

/** A removal between the question and its answer. All zero: none. */
struct table_removal {
	struct object_list list; /* the object, as it was listed */
};

/**
 * Prove that an object may be removed, and ask whether to do it.
 *
 * @param removal   receives a copy of the object; free with table_removal_end()
 * @param question  receives "remove REF (4K, owned by alice)?"
 * @param why       receives the reason for which it is kept
 * @return 0, or -1 with why set: there is nothing to ask
 */
int table_removal_ask(struct table_removal *removal, const struct shm_object *object,
                      char question[TABLE_SENTENCE_SIZE], struct error *why);

/**
 * Prove it again, and remove the object.
 *
 * @param done  receives "removed REF"
 * @param why   receives the reason for which it is kept, or the failure
 * @return 0, or -1 with why set
 */
int table_removal_do(struct table_removal *removal, char done[TABLE_SENTENCE_SIZE],
                     struct error *why);

void table_removal_end(struct table_removal *removal);

#endif
