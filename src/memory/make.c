#include "memory/make.h"

#include "base/descriptor.h"
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
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MEMORY_MODE = S_IRUSR | S_IWUSR, FILE_MODE = 0666 };

/* Returns 1; 0 if the object or another one with its name is gone; or -1 with error extended. */
static int take_back(const struct memory_made *made, int fd, struct error *error)
{
	uint64_t nattch;
	bool removed;
	int result;

	if (made->id >= 0)
		result = sysv_remove(made->id, &removed, &nattch);
	else
		result = object_files_withdraw(&made->beneath, made->file, fd);
	if (result == 0)
		return 1;
	if (errno == ENOENT || errno == ESTALE)
		return 0;
	error_append(error, " (it was created, and can't be removed again: %s)", strerror(errno));
	return -1;
}

static bool is_made(const struct memory_made *made)
{
	return made->id >= 0 || made->beneath.directory >= 0;
}

void memory_made_keep(struct memory_made *made)
{
	descriptor_close(made->beneath.directory);
	made->beneath.directory = -1;
	made->id = -1;
}

/* Skip a hole. Returns the offset of the next data, or the end. */
static uint64_t next_data(const struct memory *memory, uint64_t offset)
{
	const off_t data = memory->fd < 0 ? -1 : lseek(memory->fd, (off_t)offset, SEEK_DATA);

	if (data >= 0)
		return (uint64_t)data;
	return memory->fd >= 0 && errno == ENXIO ? memory->bytes : offset;
}

/* Whether all bytes are zeros, as they were created. */
static bool is_blank(struct memory *memory, struct error *error)
{
	static const char zeros[1 << 16];
	char chunk[sizeof(zeros)];
	uint64_t done;

	for (uint64_t at = 0; (at = next_data(memory, at)) < memory->bytes; at += done) {
		const uint64_t rest = memory->bytes - at;

		if (memory_read(memory, at, chunk, rest < sizeof(chunk) ? rest : sizeof(chunk),
		                &done, error) < 0)
			return false;
		if (done == 0)
			break;
		if (memcmp(chunk, zeros, done) != 0)
			return false;
	}
	return true;
}

void memory_made_remove(struct memory_made *made, struct memory *memory, struct error *error)
{
	struct error unsaid;

	if (is_made(made) && !is_blank(memory, &unsaid))
		error_append(error, "; it remains, since another process has stored into it");
	else if (is_made(made) && take_back(made, memory->fd, error) > 0)
		error_append(error, "; it was removed again");
	memory_made_keep(made);
}

static int make_segment(const struct ref *ref, uint64_t bytes, mode_t mode, struct memory *memory,
                        struct memory_made *made, struct error *error)
{
	const struct sysv_request request = { .key = ref->key, .bytes = bytes, .mode = mode };
	struct ref by_id = *ref;

	if (sysv_find_key(ref->key, &by_id.id) == 0)
		return 0;
	if (sysv_goes_with_creator())
		return error_set(error, STATUS_FAILED,
		                 "kernel.shm_rmid_forced is 1: a segment would disappear with its "
		                 "creator (as root: %ssysctl kernel.shm_rmid_forced=0)",
		                 place_ipc_prefix());
	if (sysv_create(&request, &made->id, error) < 0)
		return error->number == EEXIST ? 0 : -1;
	by_id.kind = REF_ID;
	by_id.id = made->id;
	if (memory_open(&by_id, REF_FILE_WRITE, memory, error) == 0)
		return 1;
	take_back(made, -1, error);
	return -1;
}

/*
 * Open the object by its name, so that it has this name in /proc/PID/fd and /proc/PID/maps, where that of
 * O_TMPFILE seems deleted. If that fails, the first descriptor serves as well.
 */
static void open_by_name(const struct posix_draft *draft, struct memory *memory)
{
	struct stat named;
	struct stat mine;
	int fd = beneath_open(&draft->beneath, draft->file, O_RDWR, &named);

	if (fd >= 0 && fstat(memory->fd, &mine) == 0 && mine.st_ino == named.st_ino) {
		close(memory->fd);
		memory->fd = fd;
	} else {
		descriptor_close(fd);
	}
}

/* Once it has its name, nothing else can fail. */
static int make_posix(const struct ref *ref, uint64_t bytes, mode_t mode, struct memory *memory,
                      struct memory_made *made, struct error *error)
{
	const struct owner nobody_else = { .user_given = false };
	struct posix_draft draft;
	int result = -1;

	if (posix_draft_begin(&draft, ref->file, error) < 0)
		return error->number == EEXIST ? 0 : -1;
	if (posix_draft_resize(&draft, bytes, false, error) == 0 &&
	    memory_of_file(draft.fd, ref->text, memory, error) == 0) {
		memory->is_posix = true;
		memory->has_name = true;
		if (posix_draft_publish(&draft, mode, &nobody_else, error) == 0)
			result = 1;
		else
			result = error->number == EEXIST ? 0 : -1;
	}
	if (result > 0) {
		made->beneath = draft.beneath;
		snprintf(made->file, sizeof(made->file), "%s", draft.file);
		open_by_name(&draft, memory);
		draft.fd = -1;
		draft.beneath.directory = -1;
	} else {
		memory->fd = -1;
	}
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
                     struct memory *memory, struct memory_made *made, struct error *error)
{
	int fd = ref_file_create(ref, mode, &made->beneath, made->file, error);
	int result;

	if (fd < 0)
		return error->number == EEXIST ? 0 : -1;
	result = reserve(fd, bytes);
	/* A requested mode applies exactly, regardless of the umask. */
	if (result == 0 && exact && fchmod(fd, mode) < 0)
		result = -1;
	if (result < 0)
		no_room(bytes, errno, error);
	else
		result = memory_of_file(fd, ref->text, memory, error);
	if (result == 0 && memory_enter(memory, REF_FILE_WRITE, error) == 0)
		return 1;
	take_back(made, fd, error);
	memory->fd = -1;
	close(fd);
	return -1;
}

int memory_make(const struct ref *ref, uint64_t bytes, const char *mode, struct memory *memory,
                struct memory_made *made, struct error *error)
{
	mode_t wanted = ref->kind == REF_FILE ? FILE_MODE : MEMORY_MODE;
	int result;

	if (mode != NULL)
		wanted = mode_apply(mode, wanted);
	if (ref->kind == REF_KEY)
		result = make_segment(ref, bytes, wanted, memory, made, error);
	else if (ref->kind == REF_POSIX)
		result = make_posix(ref, bytes, wanted, memory, made, error);
	else if (ref->kind == REF_FILE)
		result = make_file(ref, bytes, wanted, mode != NULL, memory, made, error);
	else
		return error_set(error, STATUS_USAGE,
		                 "can't be created: the kernel assigns ids and descriptors (give a "
		                 "key, ftok:PATH, /name or a path)");
	if (result <= 0)
		memory_made_keep(made);
	return result;
}

int memory_give_size(struct memory *memory, uint64_t bytes, struct error *error)
{
	struct stat st;

	if (fstat(memory->fd, &st) < 0)
		return error_set_errno(error, errno, "can't be inspected");
	if (st.st_size == 0 && reserve(memory->fd, bytes) < 0)
		return memory->is_posix ? shortage_of_space(errno, bytes, error)
		                        : no_room(bytes, errno, error);
	memory->bytes = st.st_size == 0 ? bytes : (uint64_t)st.st_size;
	if (memory_enter(memory, REF_FILE_WRITE, error) < 0)
		return -1;
	return st.st_size == 0;
}
