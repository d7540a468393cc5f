/*
 * Memory without a name, for a program and those that it starts: memfd_create(2).
 */
#ifndef SHMTOOL_COMMANDS_CREATE_ANONYMOUS_H
#define SHMTOOL_COMMANDS_CREATE_ANONYMOUS_H

#include "cli/command.h"
#include "error.h"
#include "stream/content.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct anonymous_request {
	uint64_t bytes;          /* size; not with content */
	struct content *content; /* what it is filled with, NULL for zeros */
	mode_t mode;             /* of the file, for whoever opens it by its REF */
	bool noreserve;          /* leave it sparse */
	bool hugetlb;            /* of huge pages */
	uint64_t huge_page;      /* bytes, of hugepages.h; 0 for the default size */
};

/**
 * Make it, and become the program behind "--", which inherits it. Its REF is in SHMTOOL_REF of
 * the environment.
 *
 * @param status  receives what the command shall return if the program can't be executed, which
 *                has been printed; returns 0 then
 * @return does not return if all is well; 0, or -1 with error set
 */
int anonymous_run(const struct command_context *context, const struct anonymous_request *request,
                  enum exit_status *status, struct error *error);

#endif
