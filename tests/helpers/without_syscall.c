/*
 * without_syscall NUMBER ERRNO COMMAND [ARGUMENT...]: runs a command for which a system call always
 * fails, as on a kernel that lacks it (ENOSYS) or forbids it (EPERM). For calls that strace does
 * not know yet.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};

	if (argc < 4) {
		fprintf(stderr, "usage: without_syscall NUMBER ERRNO COMMAND [ARGUMENT...]\n");
		return 125;
	}
	filter[1].k = (unsigned int)strtoul(argv[1], NULL, 10);
	filter[2].k |= (unsigned int)strtoul(argv[2], NULL, 10) & SECCOMP_RET_DATA;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("without_syscall");
		return 125;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 126;
}
