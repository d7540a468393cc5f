/*
 * A call that may block forever, because a file system is served by another program: a child
 * process makes it, and has only so much time.
 */
#ifndef SHMTOOL_SYSTEM_REMOTE_CALL_H
#define SHMTOOL_SYSTEM_REMOTE_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Size of the largest answer, in bytes: a pipe takes it in one write(2). */
enum { REMOTE_CALL_ANSWER_MAX = 4096 };

/** Runs in the child, which has no descriptors but the standard ones; fills in a zeroed answer. */
typedef void remote_call_fn(const void *argument, void *answer);

/**
 * Call a function in a child process.
 *
 * The time spent on calls that do not end is limited to a few seconds for all of them together;
 * after that, each call gets a twentieth of a second. A child that times out is killed, and is not
 * waited for: it exits when the kernel lets it.
 *
 * @param call      the function
 * @param argument  passed to it
 * @param answer    receives the answer
 * @param size      of the answer in bytes
 * @return 0, or -1 with errno: ETIMEDOUT if the call has not ended in time
 */
int remote_call(remote_call_fn *call, const void *argument, void *answer, size_t size);

/**
 * Wait for the answer of a child, in the time that all such calls share.
 *
 * @param source  descriptor to read it from
 * @return 0 if there is an answer, or the child has ended; or -1 with errno ETIMEDOUT
 */
int remote_call_wait(int source);

/** End a child that has answered or timed out. A child that is blocked is not waited for. */
void remote_call_end(pid_t child, bool is_blocked);

#endif
