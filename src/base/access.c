#include "base/access.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

int access_check(int directory, const char *path, int wanted)
{
	if (faccessat(directory, path, wanted, AT_EACCESS) == 0)
		return 0;
	/*
	 * EPERM also means an immutable file, which both report. The C library calls faccessat2(2)
	 * also without flags.
	 */
	return errno == EPERM ? (int)syscall(SYS_faccessat, directory, path, wanted) : -1;
}
