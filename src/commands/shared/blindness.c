#include "commands/shared/blindness.h"

#include "usage/verdict.h"

#include <stdbool.h>

void tell_blind(const struct command_context *context, const struct users_blind *blind)
{
	char text[USERS_BLIND_TEXT_SIZE];

	if (!users_are_blind(blind))
		return;
	users_blind_text(blind, false, text);
	message_note(&context->message, NULL, "%s", text);
}

void tell_left_out(const struct command_context *context, const struct object_list *lists,
                   size_t count)
{
	size_t left_out = 0;

	for (size_t i = 0; i < count; i++) {
		if (lists[i].usages != NULL)
			left_out += lists[i].usages->left_out;
	}
	if (left_out > 0)
		message_note(&context->message, NULL,
		             "%zu object%s left out: whether %s used is unknown", left_out,
		             left_out == 1 ? " is" : "s are", left_out == 1 ? "it is" : "they are");
}

void tell_unseen(const struct command_context *context, const struct object_list *lists,
                 size_t count)
{
	tell_left_out(context, lists, count);
	for (size_t i = 0; i < count; i++) {
		if (lists[i].usages != NULL && users_are_blind(&lists[i].usages->blind)) {
			tell_blind(context, &lists[i].usages->blind);
			break;
		}
	}
}
