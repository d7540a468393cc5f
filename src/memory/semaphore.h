/*
 * One semaphore: of a System V set, semop(2), or a POSIX named semaphore, sem_overview(7). Its value
 * is changed as programs change it, so that a shell script can take turns with them.
 */
#ifndef SHMTOOL_MEMORY_SEMAPHORE_H
#define SHMTOOL_MEMORY_SEMAPHORE_H

#include "error.h"
#include "objects/object.h"

#include <semaphore.h>
#include <stdbool.h>
#include <time.h>

/** The greatest change of a value in one step: struct sembuf, semop(2). */
enum { SEMAPHORE_AMOUNT_MAX = 32767 };

struct semaphore {
	sem_t *posix;           /* mapped; NULL: of a set */
	int id;                 /* of the set */
	unsigned short element; /* number in the set, from 0 */
};

/**
 * Open a semaphore.
 *
 * @param object     from inventory_find(): KIND_SEM or KIND_PSEM
 * @param element    of a set, from 0; 0 for KIND_PSEM
 * @param semaphore  receives it; close with semaphore_close()
 * @return 0, or -1 with error set: not readable and writable, no such element, made by another C
 *         library
 */
int semaphore_open(const struct shm_object *object, unsigned long element,
                   struct semaphore *semaphore, struct error *error);

/** Errno is preserved. */
void semaphore_close(struct semaphore *semaphore);

/**
 * Add to the value. A positive amount releases waiters; a negative one waits until the value is
 * large enough; 0 waits until the value is 0, which only semaphores of sets can. The semaphore of a
 * set changes by the whole amount at once; a named semaphore one by one, and if it can't be lowered
 * far enough, it gets back what was taken.
 *
 * @param amount    -SEMAPHORE_AMOUNT_MAX to SEMAPHORE_AMOUNT_MAX
 * @param wait      false: fail instead of waiting
 * @param deadline  of CLOCK_REALTIME, the end of the wait; NULL for none
 * @return 0, or -1 with errno: EAGAIN if it would have to wait, ETIMEDOUT after the deadline, EIDRM
 *         if the set was removed meanwhile, ERANGE or EOVERFLOW if the value would be too large,
 *         EACCES, EFAULT if the file of a named semaphore was truncated
 */
int semaphore_add(struct semaphore *semaphore, int amount, bool wait,
                  const struct timespec *deadline);

/**
 * Read the value.
 *
 * @return the value, or -1 with errno: EIDRM or EINVAL if the set is gone, EACCES, EFAULT
 */
int semaphore_value(const struct semaphore *semaphore);

#endif
