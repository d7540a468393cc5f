#include "commands/create/anonymous.h"

#include "base/memory.h"
#include "commands/create/memory_watch.h"
#include "commands/shared/child.h"
#include "memory/memory.h"
#include "objects/posix.h"
#include "objects/shortage.h"
#include "stream/transfer.h"
#include "system/hugepages.h"
#include "system/linux.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned int memfd_flags(const struct anonymous_request *request)
{
	unsigned int flags = 0;

	if (!request->hugetlb)
		return 0;
	flags |= MFD_HUGETLB;
	if (request->huge_page != 0)
		flags |= (unsigned int)__builtin_ctzll(request->huge_page) << MFD_HUGE_SHIFT;
	return flags;
}

static int no_memory(const struct anonymous_request *request, uint64_t bytes, int number,
                     struct error *error)
{
	if (request->hugetlb)
		return error_set(
		    error, STATUS_FAILED,
		    "not enough free huge pages for %" PRIu64 " bytes (shmtool limits)", bytes);
	if (number == EFBIG)
		return error_set(error, STATUS_FAILED,
		                 "%" PRIu64 " bytes exceed the file size limit, RLIMIT_FSIZE "
		                 "(ulimit -f unlimited)",
		                 bytes);
	return error_set_errno(error, number,
	                       "not enough memory for %" PRIu64 " bytes (request less)", bytes);
}

static int fill(int fd, struct content *content, struct error *error)
{
	struct shortage_stream stream = { .bytes = 0 };
	const struct transfer_watch watch = memory_watch(&stream);
	enum transfer_end end;
	uint64_t bytes;

	end = transfer_copy(content->fd, fd, &watch, &bytes);
	if (end == TRANSFER_WRITE_FAILED)
		return error_set_errno(error, errno, "not enough memory for the content of %s",
		                       content->name);
	if (end != TRANSFER_DONE)
		return content_failed(content, end, error);
	if (bytes == 0)
		return error_set(error, STATUS_FAILED,
		                 "%s is empty, but memory has at least 1 byte", content->name);
	return 0;
}

static int size_up(int fd, const struct anonymous_request *request, struct error *error)
{
	int result;

	if (request->bytes > INT64_MAX)
		return no_memory(request, request->bytes, EFBIG, error);
	if (!request->noreserve && !request->hugetlb &&
	    shortage_check_memory(request->bytes, error) < 0)
		return -1;
	result = request->noreserve ? ftruncate(fd, (off_t)request->bytes)
	                            : posix_reserve(fd, 0, request->bytes);
	return result < 0 ? no_memory(request, request->bytes, errno, error) : 0;
}

static int make(const struct anonymous_request *request, int *fd, struct error *error)
{
	char name[64];
	int result;

	snprintf(name, sizeof(name), REF_FILE_ANONYMOUS_NAME, (long)getpid());
	*fd = memfd_create(name, memfd_flags(request));
	if (*fd < 0 && request->hugetlb && (errno == EINVAL || errno == ENODEV))
		return hugepages_no_such_size(request->huge_page, STATUS_FAILED, error);
	if (*fd < 0)
		return error_set_errno(error, errno, "can't be created");
	if (request->content != NULL)
		result = fill(*fd, request->content, error);
	else
		result = size_up(*fd, request, error);
	if (result == 0 && fchmod(*fd, request->mode) < 0)
		result = error_set_errno(error, errno, "the mode can't be set");
	if (result < 0)
		close(*fd);
	return result;
}

int anonymous_run(const struct command_context *context, const struct anonymous_request *request,
                  enum exit_status *status, struct error *error)
{
	char ref[64];
	int fd;

	if (make(request, &fd, error) < 0)
		return -1;
	snprintf(ref, sizeof(ref), "pid:%ld:fd:%d", (long)getpid(), fd);
	if (setenv("SHMTOOL_REF", ref, 1) < 0)
		memory_is_out();
	if (context->verbose)
		message_note(&context->message, ref, "created, mode %o", request->mode);
	/* Undo what main() set for shmtool only. */
	signal(SIGXFSZ, SIG_DFL);
	execvp(context->program[0], context->program);
	*status = (enum exit_status)child_exec_failed(context, context->program[0], errno);
	close(fd);
	return 0;
}
