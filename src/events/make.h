/*
 * Calls that make objects, and the processes that call.
 */
#ifndef SHMTOOL_EVENTS_MAKE_H
#define SHMTOOL_EVENTS_MAKE_H

#include "objects/object.h"

#include <stdint.h>
#include <sys/types.h>

/** A process that made something, or a parent of one, as it was at that time. */
struct maker {
	pid_t pid;
	uint64_t start;             /* process_start(); 0: unknown */
	const char *cmdline;        /* the words, separated by blanks; NULL: unknown */
	const struct maker *parent; /* towards the program, which has none; NULL: unknown */
};

/** A call that may have made an object. */
struct make {
	uint64_t time; /* nanoseconds since 1970 */
	enum object_kind kind;
	const char *call; /* "shmget" */
	const struct maker *maker;
	key_t key;                /* System V */
	uint64_t bytes;           /* KIND_SHM: its size; KIND_SEM: semaphores */
	const char *backtrace;    /* lines "function (file:line)"; NULL: none */
	const char *no_backtrace; /* why there is none; NULL: it was not requested */
	bool is_proven; /* else another process may have made its twin in the moment of the call */
};

#endif
