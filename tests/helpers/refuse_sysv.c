/*
 * refuse_sysv ctl|all ERROR COMMAND [ARGUMENT...]: runs a command for which shmctl(2), msgctl(2)
 * and semctl(2) always fail with EPERM, EACCES or ENOSYS, with `all` also shmget(2), msgget(2) and
 * semget(2), as in a container under seccomp(2) or SELinux. /proc is unaffected.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned int number;
} errors[] = { { "EPERM", EPERM }, { "EACCES", EACCES }, { "ENOSYS", ENOSYS } };

/* "further" is the number of instructions to the refusal. */
#define REFUSE_IF(call, further) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), (further), 0)

int main(int argc, char **argv)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		REFUSE_IF(SYS_shmctl, 7),
		REFUSE_IF(SYS_msgctl, 6),
		REFUSE_IF(SYS_semctl, 5),
		/* Skipped by `ctl`. */
		BPF_STMT(BPF_JMP | BPF_JA, 0),
		REFUSE_IF(SYS_shmget, 3),
		REFUSE_IF(SYS_msgget, 2),
		REFUSE_IF(SYS_semget, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
	};
	enum { JUMP = 4, REFUSAL = 9 };
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};
	size_t i = 0;

	while (argc >= 4 && i < sizeof(errors) / sizeof(errors[0]) &&
	       strcmp(argv[2], errors[i].name) != 0)
		i++;
	if (argc < 4 || i == sizeof(errors) / sizeof(errors[0]) ||
	    (strcmp(argv[1], "ctl") != 0 && strcmp(argv[1], "all") != 0)) {
		fprintf(stderr, "usage: refuse_sysv ctl|all EPERM|EACCES|ENOSYS COMMAND...\n");
		return 125;
	}
	if (strcmp(argv[1], "ctl") == 0)
		filter[JUMP].k = 3;
	filter[REFUSAL].k |= errors[i].number;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("refuse_sysv");
		return 125;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 126;
}
