/*
 * The members of a recorded event, as data: the same tables write and read them.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_FIELDS_H
#define SHMTOOL_COMMANDS_WATCH_FIELDS_H

#include "error.h"
#include "events/event.h"
#include "output/buffer.h"

#include <stddef.h>
#include <stdint.h>

struct json_object;

enum record_type {
	RECORD_UNSIGNED, /* of the size of the member */
	RECORD_SIGNED,
	RECORD_BOOL,
	RECORD_TEXT,  /* const char * */
	RECORD_CHARS, /* an array of char that ends with NUL */
};

/** A member of a struct, and its name in JSON. A value that is the default is not recorded. */
struct record_field {
	const char *name;
	enum record_type type;
	size_t offset;      /* in the struct, in bytes */
	size_t size;        /* of the member, in bytes */
	unsigned int kinds; /* bits of KIND_BIT(): only of objects of these kinds; 0: always */
	uint64_t none;      /* the default of a number */
};

struct record_fields {
	const struct record_field *fields;
	size_t count;
};

/** The members of struct event, struct event_process and struct shm_object. */
extern const struct record_fields event_fields;
extern const struct record_fields process_fields;
extern const struct record_fields object_fields;

/**
 * Append the members of a struct, each as ,"name":value.
 *
 * @param structure  to read
 * @param kinds      bit of the object's kind; 0: no object
 */
void fields_append(struct buffer *buffer, const struct record_fields *fields, const void *structure,
                   unsigned int kinds);

/**
 * Read the members of a struct; those that are missing receive their default.
 *
 * @param json       an object
 * @param structure  receives the values; texts are those of json, decoded in place
 * @param kinds      bit of the object's kind; 0: no object
 * @param error      receives a sentence about the first invalid member
 * @return 0, or -1 with error set
 */
int fields_read(struct json_object *json, const struct record_fields *fields, void *structure,
                unsigned int kinds, struct error *error);

/**
 * Get a text of JSON in the form that it had before it was recorded: without escapes.
 *
 * @return NULL if it is no text, or no recorded text can be like it
 */
const char *fields_text(struct json_object *json);

#endif
