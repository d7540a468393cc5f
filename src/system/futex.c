#include "system/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The struct that SYS_futex takes on every architecture, even if time_t has 64 bits. */
struct futex_time {
	long seconds;
	long nanoseconds;
};

int futex_wait(const uint32_t *word, uint32_t value, unsigned int milliseconds)
{
	const struct futex_time limit = {
		.seconds = (long)(milliseconds / 1000),
		.nanoseconds = (long)(milliseconds % 1000) * 1000000,
	};

	if (syscall(SYS_futex, word, FUTEX_WAIT, value, milliseconds > 0 ? &limit : NULL, NULL,
	            0) == 0 ||
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
