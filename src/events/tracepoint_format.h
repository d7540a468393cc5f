/*
 * The numbers and fields of tracepoints, from tracefs: Documentation/trace/events.rst. If it is
 * mounted nowhere, a child process mounts it in a mount namespace of its own, so that no other
 * process sees it, and it is gone with the child.
 */
#ifndef SHMTOOL_EVENTS_TRACEPOINT_FORMAT_H
#define SHMTOOL_EVENTS_TRACEPOINT_FORMAT_H

#include "error.h"

#include <stddef.h>
#include <stdint.h>

enum { TRACEPOINT_FIELDS = 6, TRACEPOINTS_MAX = 72 };

/** A tracepoint to look up. */
struct tracepoint_name {
	const char *group; /* "syscalls" */
	const char *name;  /* "sys_enter_shmget" */
	/* The wanted fields; none: those after the number of the system call, in their order. */
	const char *fields[TRACEPOINT_FIELDS];
};

/** Where the values are in the raw data of a tracepoint. */
struct tracepoint_format {
	uint16_t number; /* for perf_event_open(2), and common_type; 0: the kernel lacks it */
	uint16_t offsets[TRACEPOINT_FIELDS]; /* in bytes; 0: there is no such field */
	uint8_t sizes[TRACEPOINT_FIELDS];    /* in bytes, at most 255 */
};

/**
 * Look up tracepoints. The kernel may lack some of them.
 *
 * @param count    at most TRACEPOINTS_MAX
 * @param formats  receives a format for each name
 * @return 0, or -1 with error set if tracefs can't be read
 */
int tracepoint_formats_read(const struct tracepoint_name *names, size_t count,
                            struct tracepoint_format *formats, struct error *error);

/**
 * Parse the format file of a tracepoint.
 *
 * @param name    the wanted fields
 * @param text    modified
 * @param format  all zero; receives what the text contains
 */
void tracepoint_format_parse(const struct tracepoint_name *name, char *text,
                             struct tracepoint_format *format);

/** Read a number from raw data; 0 if the field is not there or beyond the size. */
uint64_t tracepoint_field(const struct tracepoint_format *format, size_t field, const void *data,
                          size_t size);

#endif
