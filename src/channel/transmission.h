/*
 * Functions that all protocols need: limits of waits, output, and the errors about them.
 */
#ifndef SHMTOOL_CHANNEL_TRANSMISSION_H
#define SHMTOOL_CHANNEL_TRANSMISSION_H

#include "channel/protocol.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The time, in milliseconds of CLOCK_MONOTONIC. */
uint64_t transmission_now(void);

/** The end of a wait that begins now, as transmission_now(); UINT64_MAX: there is no limit. */
uint64_t transmission_deadline(const struct transmission *transmission);

/** Whether such a time has come. */
bool transmission_is_over(uint64_t deadline);

/**
 * Set the error of a wait that is over: "no message has arrived within 3 seconds".
 *
 * @param nothing  what has not happened
 * @return -1
 */
int transmission_timed_out(const struct transmission *transmission, const char *nothing,
                           struct error *error);

/**
 * Set an error that needs no words: a signal has arrived, or failures were already reported.
 *
 * @param number  EINTR, EPIPE or 0
 * @return -1
 */
int transmission_stop(int number, struct error *error);

/** Set the error that the memory of the object has gone away. Returns -1. */
int transmission_lost(struct error *error);

/** Set the error that fewer messages have arrived than were wanted. Returns -1. */
int transmission_missing(const struct transmission *transmission, uint64_t messages,
                         struct error *error);

/**
 * Write bytes to the destination.
 *
 * @param done  receives the number of bytes written; after a signal, all of them still count
 * @return 0, or -1 with error set, as struct protocol describes it
 */
int transmission_write(const struct transmission *transmission, const void *bytes, size_t size,
                       size_t *done, struct error *error);

#endif
