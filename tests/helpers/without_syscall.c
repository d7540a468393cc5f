/*
 * without_syscall CALL[:ARGUMENT:BITS] ERROR COMMAND [ARGUMENT...]: runs a command for which a
 * system call always fails, as on a kernel that lacks it (ENOSYS) or forbids it (EPERM); or if it
 * has any of these bits set in an argument, counted from 0, as on a kernel that lacks a flag
 * (EINVAL). CALL and ERROR are numbers, or names of the tables below. For calls that strace does
 * not know yet, and for programs that must not be traced.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system/linux.h"

#define IS_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

struct word {
	const char *name;
	unsigned int number;
};

#define CALL(name)                                                                                 \
	{                                                                                          \
#name, SYS_##name                                                                  \
	}
#define ERROR(name)                                                                                \
	{                                                                                          \
#name, name                                                                        \
	}

static const struct word calls[] = {
	CALL(cachestat),        CALL(clone3),
	CALL(close_range),      CALL(copy_file_range),
	CALL(faccessat2),       CALL(fallocate),
	CALL(fanotify_init),    CALL(getrandom),
	CALL(inotify_init1),    CALL(kcmp),
	CALL(madvise),          CALL(memfd_create),
	CALL(openat2),          CALL(perf_event_open),
	CALL(pidfd_open),       CALL(pidfd_send_signal),
	CALL(process_vm_readv), CALL(renameat2),
	CALL(seccomp),          CALL(sendfile),
	CALL(splice),           CALL(statx),
	CALL(vmsplice),         { NULL, 0 },
};

static const struct word errors[] = {
	ERROR(EINVAL), ERROR(ENOSYS), ERROR(EOPNOTSUPP), ERROR(EPERM), { NULL, 0 },
};

/* The number of a word, which ends at a colon, or of a number; *end is what follows. */
static unsigned int number_of(const char *word, const struct word *words, char **end)
{
	size_t length = strcspn(word, ":");

	for (; words->name; words++) {
		if (strlen(words->name) == length && strncmp(words->name, word, length) == 0) {
			*end = (char *)word + length;
			return words->number;
		}
	}
	return (unsigned int)strtoul(word, end, 10);
}

int main(int argc, char **argv)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};

	char *end;

	if (argc < 4) {
		fprintf(stderr, "usage: without_syscall CALL[:ARGUMENT:BITS] ERROR COMMAND "
		                "[ARGUMENT...]\n");
		return 125;
	}
	filter[1].k = number_of(argv[1], calls, &end);
	if (end == argv[1]) {
		fprintf(stderr, "without_syscall: %s: unknown call\n", argv[1]);
		return 125;
	}
	if (*end == ':') {
		/* The low half of the argument. */
		filter[2].k += 8 * (unsigned int)strtoul(end + 1, &end, 10) + IS_BIG_ENDIAN * 4;
		filter[3] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JSET | BPF_K, (unsigned int)strtoul(end + 1, NULL, 0), 0, 1);
	}
	filter[4].k |= number_of(argv[2], errors, &end) & SECCOMP_RET_DATA;
	if (end == argv[2]) {
		fprintf(stderr, "without_syscall: %s: unknown error\n", argv[2]);
		return 125;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("without_syscall");
		return 125;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 126;
}
