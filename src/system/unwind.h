/*
 * The calls that led a thread to where it is, by libdw of elfutils. The library is optional: it is
 * found at build time, and loaded here at run time.
 */
#ifndef SHMTOOL_SYSTEM_UNWIND_H
#define SHMTOOL_SYSTEM_UNWIND_H

#include "error.h"
#include "system/thread_snapshot.h"

#include <stddef.h>

/** The number of calls that are listed, at most. */
enum { UNWIND_FRAMES = 64 };

/**
 * Load the library.
 *
 * @return 0, or -1 with error set: the build or the machine lacks it
 */
int unwind_load(struct error *error);

/**
 * List the calls, the innermost first, a line for each: "function (file:line)", without debugging
 * information "function (module)", without symbols "module+0xoffset". The list ends with main(),
 * after UNWIND_FRAMES lines, or with the last line that fits. Control characters in names become
 * question marks.
 *
 * The files of the program are opened, and parsed by a library that does not expect malicious ones.
 * So call this in a child process that has no more privileges than the program.
 *
 * @param text  receives the lines, each ended by a newline; empty if nothing was found
 * @param size  of text in bytes
 */
void unwind_list(const struct thread_snapshot *snapshot, char *text, size_t size);

#endif
