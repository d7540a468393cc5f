#include "commands/rm/ask.h"

#include "commands/rm/contents.h"
#include "objects/kind.h"
#include "output/text.h"
#include "stream/interrupt.h"
#include "system/account.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/*
 * Read a line from stdin. It is read byte by byte, so that nothing is read ahead and a signal
 * interrupts the wait in the middle of a line. Returns whether the answer is yes.
 */
static bool read_consent(void)
{
	bool is_first = true;
	bool is_consent = false;
	char byte;

	for (;;) {
		ssize_t length;

		if (interrupt_wait_readable(STDIN_FILENO) < 0)
			return false;
		length = read(STDIN_FILENO, &byte, 1);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return false;
		if (length == 0 || byte == '\n')
			return is_consent;
		if (is_first)
			is_consent = byte == 'y' || byte == 'Y';
		is_first = false;
	}
}

bool ask_removal(const struct command_context *context, const struct shm_object *object)
{
	char contents[CONTENTS_SIZE];
	char visible[REF_TEXT_SIZE * 4];
	char ref[REF_TEXT_SIZE];

	object_ref(object, ref);
	text_visible(visible, ref, TEXT_VISIBLE);
	contents_text(object, contents_waiters(object), contents);
	fprintf(stderr, "shmtool: %s: remove %s (%s%sowned by %s)? [y/N] ",
	        context->message.command, visible, contents, contents[0] != '\0' ? ", " : "",
	        account_user(object->uid));
	return read_consent();
}
