#include "system/process_wait.h"

#include "base/access.h"
#include "base/descriptor.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct known_call {
	long number;
	enum process_call call;
};

static const struct known_call native_calls[] = {
#ifdef SYS_semop
	{ SYS_semop, CALL_SEMOP },
#endif
#ifdef SYS_semtimedop
	{ SYS_semtimedop, CALL_SEMOP },
#endif
#ifdef SYS_semtimedop_time64
	{ SYS_semtimedop_time64, CALL_SEMOP },
#endif
#ifdef SYS_msgsnd
	{ SYS_msgsnd, CALL_MSGSND },
#endif
#ifdef SYS_msgrcv
	{ SYS_msgrcv, CALL_MSGRCV },
#endif
	{ -1, CALL_SEMOP },
};

/* Calls of 32-bit programs on a 64-bit kernel, from syscall_32.tbl; for ipc(2), see below. */
static const struct known_call narrow_calls[] = {
#if defined(__x86_64__)
	{ 400, CALL_MSGSND },
	{ 401, CALL_MSGRCV },
	{ 420, CALL_SEMOP },
#elif defined(__aarch64__)
	{ 298, CALL_SEMOP }, { 301, CALL_MSGSND }, { 302, CALL_MSGRCV },
	{ 312, CALL_SEMOP }, { 420, CALL_SEMOP },
#endif
	{ -1, CALL_SEMOP },
};

#if defined(SYS_ipc)
enum { NATIVE_IPC = SYS_ipc };
#else
enum { NATIVE_IPC = -1 };
#endif
#if defined(__x86_64__)
enum { NARROW_IPC = 117 };
#else
enum { NARROW_IPC = -1 };
#endif

/* The call that ipc(2) performs, by its first argument. */
static bool find_multiplexed(uint64_t operation, enum process_call *call)
{
	enum { SEMOP = 1, SEMTIMEDOP = 4, MSGSND = 11, MSGRCV = 12, OPERATION_MASK = 0xffff };

	switch (operation & OPERATION_MASK) {
	case SEMOP:
	case SEMTIMEDOP:
		*call = CALL_SEMOP;
		return true;
	case MSGSND:
		*call = CALL_MSGSND;
		return true;
	case MSGRCV:
		*call = CALL_MSGRCV;
		return true;
	default:
		return false;
	}
}

/* Whether the stack and instruction pointers are those of a 32-bit program on a 64-bit kernel. */
static bool is_narrow(uint64_t stack, uint64_t instruction)
{
	return sizeof(long) > sizeof(int32_t) && stack <= UINT32_MAX && instruction <= UINT32_MAX;
}

bool process_wait_parse(const char *text, struct process_wait *wait)
{
	uint64_t arguments[6];
	uint64_t stack;
	uint64_t instruction;
	long number;
	bool narrow;

	/* "running"; or "-1 SP PC" outside any call */
	if (sscanf(text,
	           "%ld %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
	           " %" SCNx64 " %" SCNx64,
	           &number, &arguments[0], &arguments[1], &arguments[2], &arguments[3],
	           &arguments[4], &arguments[5], &stack, &instruction) != 9 ||
	    number < 0)
		return false;
	narrow = is_narrow(stack, instruction);
	if (number == (narrow ? NARROW_IPC : NATIVE_IPC)) {
		wait->id = (int)arguments[1];
		return find_multiplexed(arguments[0], &wait->call);
	}
	wait->id = (int)arguments[0];
	for (const struct known_call *known = narrow ? narrow_calls : native_calls;
	     known->number >= 0; known++) {
		wait->call = known->call;
		if (known->number == number)
			return true;
	}
	return false;
}

/* A thread in a directory of /proc: 0, or -1 with errno. */
static int look_at_thread(int directory, const char *name, process_wait_fn *take, void *state)
{
	struct process_wait wait;
	char path[sizeof("4194304/syscall")];
	char text[256];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "%.7s/syscall", name);
	fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = read(fd, text, sizeof(text) - 1);
	descriptor_close(fd);
	if (length < 0)
		return -1;
	text[length] = '\0';
	if (process_wait_parse(text, &wait))
		take(&wait, state);
	return 0;
}

int process_wait_look(pid_t pid, process_wait_fn *take, void *state)
{
	const struct dirent *entry;
	char path[64];
	int failure = 0;
	DIR *stream;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	stream = opendir(path);
	if (stream == NULL) {
		errno = errno == ENOENT ? ESRCH : errno;
		return -1;
	}
	while ((errno = 0, entry = readdir(stream)) != NULL) {
		if (!isdigit((unsigned char)*entry->d_name) ||
		    look_at_thread(dirfd(stream), entry->d_name, take, state) == 0 ||
		    errno == ESRCH)
			continue;
		failure = errno;
		/* The directory of a thread that has exited no longer exists. */
		if (errno == ENOENT && access_check(dirfd(stream), entry->d_name, F_OK) < 0)
			failure = 0;
		if (failure != 0)
			break;
	}
	if (failure == 0 && errno != ESRCH && errno != ENOENT)
		failure = errno;
	closedir(stream);
	errno = failure;
	return failure != 0 ? -1 : 0;
}
