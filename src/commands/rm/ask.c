#include "commands/rm/ask.h"

#include "commands/shared/consent.h"
#include "commands/shared/contents.h"
#include "objects/kind.h"
#include "output/text.h"
#include "system/account.h"

#include <stdio.h>

int ask_removal(const struct command_context *context, const struct shm_object *object,
                struct error *error)
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
	return consent_read(error);
}
