/*
 * Preloaded by `make valgrind`: what memcheck of valgrind 3.19 does not know of system calls.
 *
 * It does not know that SHM_STAT_ANY, SEM_STAT_ANY and MSG_STAT_ANY fill the struct, and would
 * report every use of it. Calls that it does not implement fail with ENOSYS here, without its
 * warning; the program then uses its fallback for older kernels.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <valgrind/memcheck.h>

/* The commands of all three calls. */
enum { STAT_ANY_SHM = 15, STAT_ANY_SEM = 20, STAT_ANY_MSG = 13 };

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

int shmctl(int id, int command, struct shmid_ds *buffer)
{
	int (*call)(int, int, struct shmid_ds *) = next("shmctl");
	const int result = call(id, command, buffer);

	if (result >= 0 && command == STAT_ANY_SHM)
		VALGRIND_MAKE_MEM_DEFINED(buffer, sizeof(*buffer));
	return result;
}

int msgctl(int id, int command, struct msqid_ds *buffer)
{
	int (*call)(int, int, struct msqid_ds *) = next("msgctl");
	const int result = call(id, command, buffer);

	if (result >= 0 && command == STAT_ANY_MSG)
		VALGRIND_MAKE_MEM_DEFINED(buffer, sizeof(*buffer));
	return result;
}

int semctl(int id, int number, int command, ...)
{
	int (*call)(int, int, int, ...) = next("semctl");
	va_list arguments;
	struct semid_ds *buffer;
	int result;

	/* A union of a number and pointers. */
	va_start(arguments, command);
	buffer = va_arg(arguments, struct semid_ds *);
	va_end(arguments);
	result = call(id, number, command, buffer);
	if (result >= 0 && command == STAT_ANY_SEM)
		VALGRIND_MAKE_MEM_DEFINED(buffer, sizeof(*buffer));
	return result;
}

/* Those numbered later have the same number on all processors: cachestat, statmount, listmount. */
static bool is_unknown(long number)
{
#ifdef SYS_ustat
	if (number == SYS_ustat)
		return true;
#endif
	return number == SYS_openat2 || number == SYS_seccomp || number == SYS_pidfd_send_signal ||
	       number > SYS_epoll_pwait2;
}

/* Those of 'f' from 16 on, PAGEMAP_SCAN and PROCMAP_QUERY, write where a member points. */
int ioctl(int fd, unsigned long request, ...)
{
	int (*call)(int, unsigned long, ...) = next("ioctl");
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (_IOC_TYPE(request) == 'f' && _IOC_NR(request) >= 16) {
		errno = ENOTTY;
		return -1;
	}
	return call(fd, request, argument);
}

long syscall(long number, ...)
{
	long (*call)(long, ...) = next("syscall");
	long argument[6];
	va_list arguments;
	long result;

	va_start(arguments, number);
	for (size_t i = 0; i < sizeof(argument) / sizeof(argument[0]); i++)
		argument[i] = va_arg(arguments, long);
	va_end(arguments);
	if (is_unknown(number)) {
		errno = ENOSYS;
		return -1;
	}
	result = call(number, argument[0], argument[1], argument[2], argument[3], argument[4],
	              argument[5]);
	/* It knows only the first half of the sets. */
	if (result == 0 && number == SYS_capget)
		VALGRIND_MAKE_MEM_DEFINED((void *)argument[1],
		                          _LINUX_CAPABILITY_U32S_3 *
		                              sizeof(struct __user_cap_data_struct));
	return result;
}
