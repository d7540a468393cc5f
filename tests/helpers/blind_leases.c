/*
 * blind_leases COMMAND [ARGUMENT...]: run a command as on a kernel whose write leases are always
 * granted, whoever has the file open. The command keeps this process's number.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Until the command is executed, both processes have the same memory and descriptors. */
static volatile int listener = -1;
static int ready[2];

/* Answer for the kernel: leases are granted, and nobody waits for their end. */
static int answer_leases(void *unused)
{
	struct seccomp_notif_resp answer;
	struct seccomp_notif call;
	struct pollfd wanted = { .events = POLLIN };
	char byte;

	(void)unused;
	if (read(ready[0], &byte, 1) != 1)
		return 1;
	wanted.fd = listener;
	while (poll(&wanted, 1, -1) > 0 && !(wanted.revents & POLLHUP)) {
		memset(&call, 0, sizeof(call));
		memset(&answer, 0, sizeof(answer));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
			continue;
		answer.id = call.id;
		answer.val = call.data.args[1] == F_GETLEASE ? F_WRLCK : 0;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_SETLEASE, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_GETLEASE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};

	if (argc < 2) {
		fprintf(stderr, "usage: blind_leases COMMAND [ARGUMENT...]\n");
		return 125;
	}
	if (pipe2(ready, O_CLOEXEC) < 0 ||
	    clone(answer_leases, stack + sizeof(stack), CLONE_FILES | CLONE_VM, NULL) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		perror("blind_leases");
		return 125;
	}
	listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	                        SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (listener < 0 || write(ready[1], "", 1) != 1) {
		perror("blind_leases");
		return 125;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 126;
}
