#include "memory/make.h"

#include "objects/posix_draft.h"
#include "objects/ref_file.h"
#include "objects/segment.h"
#include "objects/segment_make.h"
#include "objects/shortage.h"
#include "system/mode.h"
#include "system/place.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MEMORY_MODE = S_IRUSR | S_IWUSR, FILE_MODE = 0666 };

static int make_segment(key_t key, uint64_t bytes, mode_t mode, struct error *error)
{
	const struct sysv_request request = { .key = key, .bytes = bytes, .mode = mode };
	int id;

	if (sysv_find_key(key, &id) == 0)
		return 0;
	if (sysv_goes_with_creator())
		return error_set(error, STATUS_FAILED,
		                 "kernel.shm_rmid_forced is 1: a segment would disappear with its "
		                 "creator (as root: %ssysctl kernel.shm_rmid_forced=0)",
		                 place_ipc_prefix());
	if (sysv_create(&request, &id, error) == 0)
		return 1;
	return error->number == EEXIST ? 0 : -1;
}

static int make_posix(const struct ref *ref, uint64_t bytes, mode_t mode, struct error *error)
{
	const struct owner nobody_else = { .user_given = false };
	struct posix_draft draft;
	int result = 1;

	if (posix_draft_begin(&draft, ref->file, error) < 0)
		return error->number == EEXIST ? 0 : -1;
	if (posix_draft_resize(&draft, bytes, false, error) < 0)
		result = -1;
	else if (posix_draft_publish(&draft, mode, &nobody_else, error) < 0)
		result = error->number == EEXIST ? 0 : -1;
	posix_draft_discard(&draft);
	return result;
}

static int no_room(uint64_t bytes, int number, struct error *error)
{
	if (number == EFBIG || number == EINVAL)
		return error_set(error, STATUS_FAILED,
		                 "no file there can have %" PRIu64 " byte%s (the limit of its file "
		                 "system, or RLIMIT_FSIZE: ulimit -f)",
		                 bytes, plural_s(bytes));
	return error_set_errno(error, number, "%" PRIu64 " byte%s can't be reserved for it", bytes,
	                       plural_s(bytes));
}

/* Reserve space for an empty file: -1 with errno. */
static int reserve(int fd, uint64_t bytes)
{
	if (bytes > INT64_MAX) {
		errno = EFBIG;
		return -1;
	}
	if (fallocate(fd, 0, 0, (off_t)bytes) == 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != ENOSYS)
		return -1;
	return ftruncate(fd, (off_t)bytes);
}

static int make_file(const struct ref *ref, uint64_t bytes, mode_t mode, bool exact,
                     struct error *error)
{
	int fd = ref_file_create(ref, mode, error);
	int result;

	if (fd < 0)
		return error->number == EEXIST ? 0 : -1;
	result = reserve(fd, bytes);
	/* A requested mode applies exactly, regardless of the umask. */
	if (result == 0 && exact && fchmod(fd, mode) < 0)
		result = -1;
	if (result < 0) {
		no_room(bytes, errno, error);
		ref_file_remove(ref);
	}
	close(fd);
	return result < 0 ? -1 : 1;
}

int memory_make(const struct ref *ref, uint64_t bytes, const char *mode, struct error *error)
{
	mode_t wanted = ref->kind == REF_FILE ? FILE_MODE : MEMORY_MODE;

	if (mode != NULL)
		wanted = mode_apply(mode, wanted);
	if (ref->kind == REF_KEY)
		return make_segment(ref->key, bytes, wanted, error);
	if (ref->kind == REF_POSIX)
		return make_posix(ref, bytes, wanted, error);
	if (ref->kind == REF_FILE)
		return make_file(ref, bytes, wanted, mode != NULL, error);
	return error_set(error, STATUS_USAGE,
	                 "can't be created: the kernel assigns ids and descriptors (give a key, "
	                 "ftok:PATH, /name or a path)");
}

int memory_give_size(const struct memory *memory, uint64_t bytes, struct error *error)
{
	struct stat st;

	if (fstat(memory->fd, &st) < 0)
		return error_set_errno(error, errno, "can't be inspected");
	if (st.st_size > 0)
		return 0;
	if (reserve(memory->fd, bytes) == 0)
		return 1;
	return memory->is_posix ? shortage_of_space(errno, bytes, error)
	                        : no_room(bytes, errno, error);
}
