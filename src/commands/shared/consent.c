#include "commands/shared/consent.h"

#include "stream/interrupt.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

/*
 * The line is read byte by byte, so that nothing is read ahead and a signal interrupts the wait in
 * the middle of a line.
 */
int consent_read(struct error *error)
{
	bool is_first = true;
	bool is_consent = false;
	char byte;

	for (;;) {
		ssize_t length;

		if (interrupt_wait_readable(STDIN_FILENO) < 0)
			return 0;
		length = read(STDIN_FILENO, &byte, 1);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return error_set_errno(error, errno, "standard input can't be read");
		if (length == 0 || byte == '\n')
			return is_consent;
		if (is_first)
			is_consent = byte == 'y' || byte == 'Y';
		is_first = false;
	}
}
