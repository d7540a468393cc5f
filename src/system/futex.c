#include "system/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

int futex_wait(const uint32_t *word, uint32_t value, unsigned int milliseconds)
{
	/* Seconds and nanoseconds, as SYS_futex takes them even if time_t is longer than a long. */
	const long limit[] = { (long)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000 };

	if (syscall(SYS_futex, word, FUTEX_WAIT, value, milliseconds > 0 ? limit : NULL, NULL, 0) ==
	        0 ||
	    errno == EAGAIN)
		return 0;
	return -1;
}

void futex_wake(const uint32_t *word)
{
	const int number = errno;

	(void)syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	errno = number;
}

int futex_own(const uint32_t *word)
{
	/* The kernel reads it when the thread ends. It does not follow list_op_pending. */
	static struct robust_list_head head;

	head.list.next = &head.list;
	head.futex_offset = 0;
	head.list_op_pending = (struct robust_list *)(uintptr_t)word;
	return (int)syscall(SYS_set_robust_list, &head, sizeof(head));
}
