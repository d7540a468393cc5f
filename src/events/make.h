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

/** The purpose for which makers are recorded, makers.h. */
struct makers_request {
	bool backtrace; /* also record where in the program each object is made */
	/*
	 * Only what is certain counts, even if other processes make the same objects at the same
	 * time: sets, queues and, without privileges, files are made on behalf of the program,
	 * makers_behalf.h.
	 */
	bool prove;
	/*
	 * The calls that use System V objects are reported, too; sets and queues are made on behalf
	 * of the program.
	 */
	bool uses;
};

#endif
