/*
 * Why there was no room: which limit was hit, its value, and what raises it.
 */
#ifndef SHMTOOL_IPC_SHORTAGE_H
#define SHMTOOL_IPC_SHORTAGE_H

#include "error.h"

#include <stdint.h>

struct sysv_request;

/**
 * Explain a failure of shmget(2).
 *
 * @param number   the errno value
 * @param request  what had been asked for
 * @return -1, with error set
 */
int shortage_of_shmget(int number, const struct sysv_request *request, struct error *error);

/**
 * Explain that a POSIX object could not be made, grown or written.
 *
 * @param number  the errno value
 * @param bytes   that had been asked for; 0 if that is not known
 * @return -1, with error set
 */
int shortage_of_space(int number, uint64_t bytes, struct error *error);

/**
 * Explain that memory could not be locked: shmctl(2), mlock(2).
 *
 * @param number  the errno value
 * @param bytes   that should have been locked
 * @return -1, with error set
 */
int shortage_of_locked_memory(int number, uint64_t bytes, struct error *error);

#endif
