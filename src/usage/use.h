/*
 * Verdicts about the use of an object.
 */
#ifndef SHMTOOL_USAGE_USE_H
#define SHMTOOL_USAGE_USE_H

enum object_use {
	USE_UNKNOWN,  /* no user was seen, but not all processes could be inspected */
	USE_USED,     /* attached, mapped or held open */
	USE_UNUSED,   /* no user was seen; a process that was not inspected is unlikely to be one */
	USE_ORPHANED, /* System V: unused, and its creator has exited */
	USE_ABANDONED, /* unused, and no program will use it again: abandoned.h, idle.h */
	USE_COUNT
};

/** Sets of verdicts. */
#define USE_BIT(use) (1U << (use))
enum { USES_UNUSED = USE_BIT(USE_UNUSED) | USE_BIT(USE_ORPHANED) | USE_BIT(USE_ABANDONED) };

#endif
