/*
 * Essential memory allocations, and growing arrays.
 *
 * If memory runs out, the program ends with an error message: it cannot list or measure objects
 * without it. Only code that must not stop halfway checks for NULL itself: removal (a renamed file
 * must be restored), the clean-up of guard's processes, and buffers of user-chosen size.
 */
#ifndef SHMTOOL_BASE_MEMORY_H
#define SHMTOOL_BASE_MEMORY_H

#include <stddef.h>

/**
 * Set the prefix of the message, initially the program's name.
 *
 * @param program  as "shmtool: ", or ""
 * @param command  such as "stat"; both must stay valid
 */
void memory_speak_as(const char *program, const char *command);

/** Set the status with which the program ends then, initially 1. */
void memory_end_with(int status);

/**
 * Set a function that runs once before the message, for example to restore a terminal; NULL for none.
 */
void memory_end_after(void (*restore)(void));

/**
 * Report that memory has run out, and end the program. In a child process, only that
 * process ends.
 */
_Noreturn void memory_is_out(void);

/**
 * End the program if an allocation failed.
 *
 * @param memory  from calloc(3), strdup(3) or similar; NULL means failure
 * @return memory
 */
void *needed(void *memory);

/** Allocate zeroed memory, as calloc(3), even for zero elements. Never NULL. */
void *needed_array(size_t count, size_t size);

/** Print to an allocated string, as asprintf(3). Never NULL. */
char *needed_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * Double the capacity of a full array. The capacity is derived from the number of elements, as the
 * next power of two, so an array must be grown by this function from its first element on.
 *
 * @param items  NULL at first
 * @param count  number of elements in use
 * @param size   of an element in bytes
 * @return the array with room for one more element, or NULL; the old one is then still valid
 */
void *vector_try_grow(void *items, size_t count, size_t size);

/** As vector_try_grow(), but the program ends if there is no memory. */
void *vector_grow(void *items, size_t count, size_t size);

#endif
