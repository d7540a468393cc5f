/*
 * Futexes in memory that processes share, futex(2). Robust futexes, set_robust_list(2): the kernel
 * marks one whose owner has died, even by SIGKILL, and in whatever pid namespace.
 */
#ifndef SHMTOOL_SYSTEM_FUTEX_H
#define SHMTOOL_SYSTEM_FUTEX_H

#include <stdint.h>

/**
 * Sleep while a word has a value.
 *
 * @param word          in shared memory
 * @param value         the value that was seen
 * @param milliseconds  to sleep at most; 0: until a wake or a signal
 * @return 0 if the word may have changed, or -1 with errno ETIMEDOUT, EINTR or EFAULT
 */
int futex_wait(const uint32_t *word, uint32_t value, unsigned int milliseconds);

/** Wake all processes that sleep on a word. errno is preserved. */
void futex_wake(const uint32_t *word);

/**
 * Name the word that the calling thread owns, or is about to. When the thread ends and the word
 * then holds its thread id, the kernel replaces the id by FUTEX_OWNER_DIED. The thread must not own
 * a robust mutex of the C library.
 *
 * @param word  in shared memory, or NULL for none
 * @return 0, or -1 with errno: ENOSYS, EPERM
 */
int futex_own(const uint32_t *word);

#endif
