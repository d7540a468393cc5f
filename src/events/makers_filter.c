#include "events/makers_filter.h"

#include "system/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <stddef.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <unistd.h>

/* Numberings of system calls: those of aarch64 and riscv64 are the same. */
enum numbering { X86_64, I386, ARM, GENERIC, NUMBERINGS };

struct abi {
	uint32_t arch;
	uint32_t flag; /* a bit that may be set in the numbers */
	enum numbering numbering;
};

static const struct abi abis[] = {
#if defined(__x86_64__)
	/* With this flag: x32. Its numbers are the same. */
	{ AUDIT_ARCH_X86_64, 0x40000000, X86_64 },
#endif
#if defined(__x86_64__) || defined(__i386__)
	{ AUDIT_ARCH_I386, 0, I386 },
#endif
#if defined(__aarch64__)
	{ AUDIT_ARCH_AARCH64, 0, GENERIC },
#endif
#if defined(__aarch64__) || defined(__arm__)
	{ AUDIT_ARCH_ARM, 0, ARM },
#endif
#if defined(__riscv) && __riscv_xlen == 64
	{ AUDIT_ARCH_RISCV64, 0, GENERIC },
#endif
	/* On other machines, there is no filter. */
	{ .arch = 0 },
};
enum { ABIS = sizeof(abis) / sizeof(abis[0]) - 1 };

/* The headers define only the numbers of one ABI. -1: it has no such call. */
static const struct {
	const char *name;
	int numbers[NUMBERINGS];
} calls[MAKING_CALLS] = {
	[MAKING_OPENAT] = { "openat", { 257, 295, 322, 56 } },
	[MAKING_OPEN] = { "open", { 2, 5, 5, -1 } },
	[MAKING_SHMGET] = { "shmget", { 29, 395, 307, 194 } },
	[MAKING_SEMGET] = { "semget", { 64, 393, 299, 190 } },
	[MAKING_MSGGET] = { "msgget", { 68, 399, 303, 186 } },
	[MAKING_IPC] = { "ipc", { -1, 117, -1, -1 } },
	[MAKING_MQ_OPEN] = { "mq_open", { 240, 277, 274, 180 } },
	[MAKING_CREAT] = { "creat", { 85, 8, 8, -1 } },
	[MAKING_OPENAT2] = { "openat2", { 437, 437, 437, 437 } },
	[MAKING_LINKAT] = { "linkat", { 265, 303, 330, 37 } },
	[MAKING_LINK] = { "link", { 86, 9, 9, -1 } },
	[MAKING_MKNODAT] = { "mknodat", { 259, 297, 324, 33 } },
	[MAKING_MKNOD] = { "mknod", { 133, 14, 14, -1 } },
	[MAKING_MKDIRAT] = { "mkdirat", { 258, 296, 323, 34 } },
	[MAKING_MKDIR] = { "mkdir", { 83, 39, 39, -1 } },
	[MAKING_SYMLINKAT] = { "symlinkat", { 266, 304, 331, 36 } },
	[MAKING_SYMLINK] = { "symlink", { 88, 83, 83, -1 } },
	[MAKING_SHMAT] = { "shmat", { 30, 397, 305, 196 } },
	[MAKING_SHMDT] = { "shmdt", { 67, 398, 306, 197 } },
	[MAKING_SHMCTL] = { "shmctl", { 31, 396, 308, 195 } },
	[MAKING_SEMCTL] = { "semctl", { 66, 394, 300, 191 } },
	[MAKING_MSGCTL] = { "msgctl", { 71, 402, 304, 187 } },
	[MAKING_EXECVE] = { "execve", { 59, 11, 11, 221 } },
	[MAKING_EXECVEAT] = { "execveat", { 322, 358, 387, 281 } },
	[MAKING_EXIT_GROUP] = { "exit_group", { 231, 252, 248, 94 } },
};

/* Numbers of ipc(2), <linux/ipc.h>; the upper half of the argument is a version. */
enum { IPC_CALL_MASK = 0xffff };
static const struct {
	uint32_t number;
	enum making_call call;
} ipc_calls[] = {
	{ 23, MAKING_SHMGET }, { 2, MAKING_SEMGET },  { 13, MAKING_MSGGET }, { 21, MAKING_SHMAT },
	{ 22, MAKING_SHMDT },  { 24, MAKING_SHMCTL }, { 3, MAKING_SEMCTL },  { 14, MAKING_MSGCTL },
};
enum { IPC_CALLS = sizeof(ipc_calls) / sizeof(ipc_calls[0]) };

/* The filter: a section for each ABI with a few instructions for each call. */
enum {
	CALL_INSTRUCTIONS_MAX = 16,
	FILTER_SIZE = 8 + (ABIS + 1) * MAKING_CALLS * CALL_INSTRUCTIONS_MAX
};

struct filter {
	struct sock_filter instructions[FILTER_SIZE];
	unsigned short length;
};

const char *making_call_name(enum making_call call)
{
	return calls[call].name;
}

static void add(struct filter *filter, struct sock_filter instruction)
{
	filter->instructions[filter->length++] = instruction;
}

static void add_statement(struct filter *filter, unsigned int code, uint32_t value)
{
	add(filter, (struct sock_filter)BPF_STMT((unsigned short)code, value));
}

static void add_jump(struct filter *filter, unsigned int code, uint32_t value, unsigned int if_true,
                     unsigned int if_false)
{
	add(filter, (struct sock_filter)BPF_JUMP((unsigned short)(BPF_JMP | code | BPF_K), value,
	                                         (unsigned char)if_true, (unsigned char)if_false));
}

/* Load the lower half of an argument, which has all flags. */
static void load_argument(struct filter *filter, int number)
{
	const size_t half = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(uint32_t) : 0;

	add_statement(filter, BPF_LD | BPF_W | BPF_ABS,
	              (uint32_t)(offsetof(struct seccomp_data, args) +
	                         (size_t)number * sizeof(uint64_t) + half));
}

/* Continue with the next two instructions, notify and allow, depending on bits of an argument. */
static void test_flags(struct filter *filter, int argument, uint32_t flags)
{
	load_argument(filter, argument);
	add_jump(filter, BPF_JSET, flags, 0, 1);
}

/* A call that makes an object if it has no key or if flags has IPC_CREAT. */
static void test_key(struct filter *filter, int argument)
{
	load_argument(filter, 0);
	add_jump(filter, BPF_JEQ, IPC_PRIVATE, 2, 0);
	test_flags(filter, argument, IPC_CREAT);
}

/* Continue with the next two instructions if the loaded value is one of some. */
static void test_values(struct filter *filter, const uint32_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_jump(filter, BPF_JEQ, values[i], (unsigned int)(count - 1 - i),
		         i == count - 1 ? 1 : 0);
}

static void test_ipc(struct filter *filter, bool uses)
{
	uint32_t values[IPC_CALLS];
	size_t count = 0;

	for (size_t i = 0; i < IPC_CALLS; i++) {
		if (uses || ipc_calls[i].call < MAKING_FIRST_USE)
			values[count++] = ipc_calls[i].number;
	}
	load_argument(filter, 0);
	add_statement(filter, BPF_ALU | BPF_AND | BPF_K, IPC_CALL_MASK);
	test_values(filter, values, count);
}

/* A command that changes something. SHM_LOCK and SHM_UNLOCK of segments are others of sets and queues. */
static void test_command(struct filter *filter, int argument, bool is_segment)
{
	static const uint32_t commands[] = { IPC_RMID, IPC_SET, SHM_LOCK, SHM_UNLOCK };

	load_argument(filter, argument);
	add_statement(filter, BPF_ALU | BPF_AND | BPF_K, ~(uint32_t)LINUX_IPC_64);
	test_values(filter, commands, is_segment ? 4 : 2);
}

/* Notify of a call, unless its arguments show that it makes or changes nothing. */
static void test_call(struct filter *filter, enum making_call call,
                      const struct making_filter *reported)
{
	switch (call) {
	case MAKING_SHMGET:
	case MAKING_SEMGET:
		test_key(filter, 2);
		break;
	case MAKING_MSGGET:
		test_key(filter, 1);
		break;
	case MAKING_OPENAT:
		test_flags(filter, 2, O_CREAT);
		break;
	case MAKING_MQ_OPEN:
	case MAKING_OPEN:
		test_flags(filter, 1, O_CREAT);
		break;
	case MAKING_IPC:
		test_ipc(filter, reported->uses);
		break;
	case MAKING_LINKAT:
		/* A file that was opened with O_TMPFILE, by its descriptor. */
		if (!reported->links)
			test_flags(filter, 4, AT_EMPTY_PATH | AT_SYMLINK_FOLLOW);
		break;
	case MAKING_SHMCTL:
	case MAKING_MSGCTL:
		test_command(filter, 1, call == MAKING_SHMCTL);
		break;
	case MAKING_SEMCTL:
		test_command(filter, 2, false);
		break;
	default:
		break;
	}
	add_statement(filter, BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	add_statement(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

static bool is_reported(enum making_call call, const struct making_filter *reported)
{
	if (call == MAKING_LINK)
		return reported->links;
	return call < MAKING_FIRST_USE || reported->uses;
}

/*
 * Only instructions that the kernel understands precede the decision about other calls: it then
 * allows these without running the filter at all, since Linux 5.11.
 */
static void add_abi(struct filter *filter, const struct abi *abi,
                    const struct making_filter *reported)
{
	add_statement(filter, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	if (abi->flag != 0)
		add_statement(filter, BPF_ALU | BPF_AND | BPF_K, ~abi->flag);
	for (int call = 0; call < MAKING_CALLS; call++) {
		const int number = calls[call].numbers[abi->numbering];
		const unsigned short jump = filter->length;

		if (number < 0 || !is_reported((enum making_call)call, reported))
			continue;
		add_jump(filter, BPF_JEQ, (uint32_t)number, 0, 0);
		test_call(filter, (enum making_call)call, reported);
		filter->instructions[jump].jf = (unsigned char)(filter->length - jump - 1);
	}
	add_statement(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

static void make_filter(struct filter *filter, const struct making_filter *reported)
{
	filter->length = 0;
	/* cppcheck-suppress unsignedLessThanZero ; it knows no processor, and so no ABI */
	for (size_t i = 0; i < ABIS; i++) {
		unsigned short jump;

		add_statement(filter, BPF_LD | BPF_W | BPF_ABS,
		              offsetof(struct seccomp_data, arch));
		add_jump(filter, BPF_JEQ, abis[i].arch, 1, 0);
		jump = filter->length;
		/* A conditional jump would not reach beyond the section. */
		add_statement(filter, BPF_JMP | BPF_JA, 0);
		add_abi(filter, &abis[i], reported);
		filter->instructions[jump].k = (uint32_t)(filter->length - jump - 1);
	}
	add_statement(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

/*
 * Without SECCOMP_FILTER_FLAG_SPEC_ALLOW (Linux 4.17), kernels before 5.16 slow the program down by
 * a mitigation meant for untrusted programs.
 *
 * With LINUX_SECCOMP_WAIT_KILLABLE (5.19), signals do not interrupt a call that is being recorded.
 */
static int install(const struct sock_fprog *program)
{
	static const unsigned int optional[] = {
		LINUX_SECCOMP_WAIT_KILLABLE | SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	};
	int listener = -1;

	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
		listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		                        SECCOMP_FILTER_FLAG_NEW_LISTENER | optional[i], program);
		if (listener >= 0 || errno != EINVAL)
			break;
	}
	return listener;
}

int making_filter_install(const struct making_filter *reported)
{
	struct filter filter;
	struct sock_fprog program = { .filter = filter.instructions };
	int listener;

	if (ABIS == 0) {
		errno = ENOSYS;
		return -1;
	}
	make_filter(&filter, reported);
	program.len = filter.length;
	listener = install(&program);
	if (listener < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		listener = install(&program);
	return listener;
}

static enum making_call take_ipc(uint64_t arguments[6])
{
	enum { POINTER = 3 };
	const uint64_t number = arguments[0] & IPC_CALL_MASK;
	enum making_call call = MAKING_CALLS;

	memmove(arguments, arguments + 1, 5 * sizeof(*arguments));
	arguments[5] = 0;
	for (size_t i = 0; i < IPC_CALLS; i++) {
		if (ipc_calls[i].number == number)
			call = ipc_calls[i].call;
	}
	if (call == MAKING_SHMDT)
		arguments[0] = arguments[POINTER];
	if (call == MAKING_SHMAT) {
		arguments[2] = arguments[1];
		arguments[1] = arguments[POINTER];
	}
	return call;
}

enum making_call making_call_of(const struct seccomp_data *data, uint64_t arguments[6])
{
	const struct abi *abi = abis;

	while (abi->arch != data->arch && abi->arch != 0)
		abi++;
	for (int call = 0; call < MAKING_CALLS && abi->arch != 0; call++) {
		const int number = calls[call].numbers[abi->numbering];

		if (number < 0 || ((uint32_t)data->nr & ~abi->flag) != (uint32_t)number)
			continue;
		for (size_t i = 0; i < 6; i++)
			arguments[i] = data->args[i];
		return call == MAKING_IPC ? take_ipc(arguments) : (enum making_call)call;
	}
	return MAKING_CALLS;
}

bool making_call_is_native(const struct seccomp_data *data)
{
	/* The first of the table. */
	return data->arch == abis[0].arch && !((uint32_t)data->nr & abis[0].flag);
}
