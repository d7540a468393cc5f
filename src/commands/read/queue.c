#include "commands/read/queue.h"

#include "objects/inventory.h"
#include "objects/object.h"
#include "objects/posix_queue.h"

#include <errno.h>
#include <stdio.h>

bool is_queue(const struct ref *ref)
{
	return ref->kind == REF_POSIX && ref->object == KIND_PMSG;
}

int queue_print(const struct command_context *context, const struct ref *ref, struct error *error)
{
	struct object_list list = { .count = 0 };
	char line[POSIX_QUEUE_LINE_SIZE];
	int result = inventory_find(ref, &list, error);

	if (result == 0 && posix_queue_read(&list.objects[0], line) < 0)
		result = errno == EACCES ? error_set(error, STATUS_FAILED,
		                                     "no permission to open it for reading")
		                         : error_set_errno(error, errno, "can't be read");
	object_list_free(&list);
	if (result < 0)
		return -1;
	(void)fputs(line, stdout);
	message_note(
	    &context->message, ref->text,
	    "is a queue: this is its status, since no message can be read without removing "
	    "it");
	return 0;
}
