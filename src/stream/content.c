#include "stream/content.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int content_open(const char *path, struct content *content, struct error *error)
{
	struct stat st;
	off_t position;

	content->is_sized = false;
	content->bytes = 0;
	if (strcmp(path, "-") == 0) {
		content->name = "standard input";
		content->fd = STDIN_FILENO;
	} else {
		content->name = path;
		content->fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	}
	if (content->fd < 0 || fstat(content->fd, &st) < 0) {
		error_set_errno(error, errno, "%s can't be read", content->name);
		content_close(content);
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		content_close(content);
		return error_set(error, STATUS_FAILED, "%s is a directory", content->name);
	}
	/* Files in /proc report size 0 but have content. */
	position = lseek(content->fd, 0, SEEK_CUR);
	if (S_ISREG(st.st_mode) && position < 0 && errno != ESPIPE) {
		error_set_errno(error, errno, "the position in %s can't be read", content->name);
		content_close(content);
		return -1;
	}
	if (S_ISREG(st.st_mode) && st.st_size > 0 && position >= 0 && position < st.st_size) {
		content->is_sized = true;
		content->bytes = (uint64_t)(st.st_size - position);
	}
	return 0;
}

int content_collect(struct content *content, const struct transfer_watch *watch,
                    struct error *error)
{
	enum transfer_end end;
	int collected;

	if (content->is_sized)
		return 0;
	collected = memfd_create("shmtool", MFD_CLOEXEC);
	if (collected < 0)
		return error_set_errno(error, errno, "%s can't be collected", content->name);
	end = transfer_copy(content->fd, collected, watch, &content->bytes);
	if (end == TRANSFER_WRITE_FAILED && errno == EFBIG) {
		error_set(error, STATUS_FAILED,
		          "%s exceeds your file size limit, RLIMIT_FSIZE (ulimit -f unlimited)",
		          content->name);
	} else if (end == TRANSFER_WRITE_FAILED && errno == ENOMEM) {
		error_set(error, STATUS_FAILED,
		          "not enough memory for %s: %" PRIu64 " bytes were read", content->name,
		          content->bytes);
	} else if (end == TRANSFER_WRITE_FAILED) {
		error_set_errno(error, errno, "%s can't be collected", content->name);
	} else if (end != TRANSFER_DONE) {
		content_failed(content, end, error);
	} else if (lseek(collected, 0, SEEK_SET) < 0) {
		error_set_errno(error, errno, "%s can't be collected", content->name);
	} else {
		content_close(content);
		content->fd = collected;
		content->is_sized = true;
		return 0;
	}
	close(collected);
	return -1;
}

int content_failed(const struct content *content, enum transfer_end end, struct error *error)
{
	if (end == TRANSFER_INTERRUPTED)
		return error_set(error, STATUS_FAILED, "interrupted, nothing was created");
	if (errno == EFAULT)
		return error_set(error, STATUS_FAILED, "not enough memory for the content of %s",
		                 content->name);
	return error_set_errno(error, errno, "%s can't be read", content->name);
}

void content_close(struct content *content)
{
	if (content->fd > STDIN_FILENO)
		close(content->fd);
	content->fd = -1;
}
