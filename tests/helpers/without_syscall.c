/*
 * without_syscall NUMBER[:ARGUMENT:BITS] ERRNO COMMAND [ARGUMENT...]: runs a command for which a
 * system call always fails, as on a kernel that lacks it (ENOSYS) or forbids it (EPERM); or if it
 * has any of these bits set in an argument, counted from 0, as on a kernel that lacks a flag
 * (EINVAL). For calls that strace does not know yet.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#define IS_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

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
		fprintf(stderr, "usage: without_syscall NUMBER[:ARGUMENT:BITS] ERRNO COMMAND "
		                "[ARGUMENT...]\n");
		return 125;
	}
	filter[1].k = (unsigned int)strtoul(argv[1], &end, 10);
	if (*end == ':') {
		/* The low half of the argument. */
		filter[2].k += 8 * (unsigned int)strtoul(end + 1, &end, 10) + IS_BIG_ENDIAN * 4;
		filter[3] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JSET | BPF_K, (unsigned int)strtoul(end + 1, NULL, 0), 0, 1);
	}
	filter[4].k |= (unsigned int)strtoul(argv[2], NULL, 10) & SECCOMP_RET_DATA;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("without_syscall");
		return 125;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 126;
}
