/*
 * Memory without a name, for a program and its descendants: memfd_create(2).
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
	uint64_t bytes;          /* size; unused with content */
	struct content *content; /* initial content, NULL for zeros */
	mode_t mode;             /* of the file, for processes that open it by its REF */
	bool noreserve;          /* leave it sparse */
	bool hugetlb;            /* of huge pages */
	uint64_t huge_page;      /* page size in bytes, from hugepages.h; 0 for the default size */
};

/**
 * Create the memory and execute the program given after "--", which inherits it. SHMTOOL_REF in its
 * environment holds the REF.
 *
 * @param status  receives the exit status if the program can't be executed; the error is printed
 *                and 0 returned
 * @return does not return on success; 0, or -1 with error set
 */
int anonymous_run(const struct command_context *context, const struct anonymous_request *request,
                  enum exit_status *status, struct error *error);

#endif
