/*
 * Memory that the program can't go on without, and arrays that grow.
 *
 * Where it runs out, the program ends with a sentence: there is no way to list or to measure objects
 * without it. Only what must not end halfway checks for NULL itself: removing (a name that was moved
 * aside must be restored), what guard's processes do to clean up, and buffers whose size the user
 * chooses.
 */
#ifndef SHMTOOL_BASE_MEMORY_H
#define SHMTOOL_BASE_MEMORY_H

#include <stddef.h>

/**
 * Set the words before the sentence. At first, it is the program's name.
 *
 * @param program  as "shmtool: ", or ""
 * @param command  as "stat"; both must stay valid
 */
void memory_speak_as(const char *program, const char *command);

/** Report that memory ran out, and end the program with status 1; a child process ends alone. */
_Noreturn void memory_is_out(void);

/**
 * End the program if an allocation failed.
 *
 * @param memory  from calloc(3), strdup(3) or the like; NULL means failure
 * @return memory
 */
void *needed(void *memory);

/** Allocate zeroed memory, as calloc(3), also for no elements. Never NULL. */
void *needed_array(size_t count, size_t size);

/** Print to an allocated string, as asprintf(3). Never NULL. */
char *needed_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * Double the room of an array when it is full. The room follows from the number of elements: it is
 * the next power of two. So an array belongs to this function from the first element on.
 *
 * @param items  NULL at first
 * @param count  elements that are used
 * @param size   of an element in bytes
 * @return the array with room for one more element, or NULL: then the old one is still valid
 */
void *vector_try_grow(void *items, size_t count, size_t size);

/** As vector_try_grow(), but the program ends if there is no memory. */
void *vector_grow(void *items, size_t count, size_t size);

#endif
