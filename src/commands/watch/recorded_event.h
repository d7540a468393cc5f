/*
 * One recorded event: a line that recorder_append() has written becomes a struct event again. Nothing
 * in the line is trusted.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_RECORDED_EVENT_H
#define SHMTOOL_COMMANDS_WATCH_RECORDED_EVENT_H

#include "error.h"
#include "events/event.h"

#include <stddef.h>

struct json_object;
struct json_tokener;

struct recorded_event {
	struct event event;
	struct shm_object object;
	const char *source;       /* how it became known, NULL: unknown */
	const char *host;         /* name of the machine, NULL: unknown */
	struct json_object *json; /* owns the texts */
};

/** Make a parser for lines, to be freed with json_tokener_free(). */
struct json_tokener *recorded_event_tokener(void);

/**
 * Parse a line.
 *
 * @param line      without its newline; need not end in NUL
 * @param length    of the line in bytes, at most INT_MAX
 * @param recorded  receives the event, whose members point into recorded; free with
 *                  recorded_event_free()
 * @param error     receives a sentence about the line
 * @return 0, or -1 with error set and nothing to free
 */
int recorded_event_read(struct json_tokener *tokener, const char *line, size_t length,
                        struct recorded_event *recorded, struct error *error);

void recorded_event_free(struct recorded_event *recorded);

#endif
