#include "commands/users/check.h"

#include "objects/object.h"
#include "usage/blind.h"
#include "usage/verdict.h"

/* The verdict on one object. */
enum finding { IS_USED, IS_UNUSED, IS_UNKNOWN };

/* A process that only did the last operation on a queue or set counts while it runs. */
static enum finding judge_user(const struct user *user)
{
	const bool is_past = user->how >= USER_OPERATED && user->how <= USER_RECEIVED;

	if (!is_past || user->life == CREATOR_LIVES)
		return IS_USED;
	return user->life == CREATOR_UNKNOWN ? IS_UNKNOWN : IS_UNUSED;
}

static enum finding judge_users(const struct user *users, size_t count)
{
	enum finding finding = IS_UNUSED;

	for (size_t i = 0; i < count && finding != IS_USED; i++) {
		const enum finding one = judge_user(&users[i]);

		if (one != IS_UNUSED)
			finding = one;
	}
	return finding;
}

/* Judge an object that no process was seen to use. */
static enum finding judge_unseen(const struct used *used, const struct shm_object *object,
                                 const struct users_blind *blind, char text[USERS_BLIND_TEXT_SIZE])
{
	text[0] = '\0';
	/* The kernel's numbers include the processes that can't be seen. */
	if (object != NULL && object->kind == KIND_SHM)
		return verdict_unseen_attaches(object, 0) > 0 ? IS_USED : IS_UNUSED;
	if (used->limits.waiting > 0)
		return IS_USED;
	if (used->limits.failure != 0 || used->limits.outside)
		return IS_UNKNOWN;
	if (object != NULL && object->kind == KIND_SEM)
		return IS_UNUSED;
	users_blind_text(blind, object != NULL && verdict_needs_mount(object), text);
	return text[0] != '\0' ? IS_UNKNOWN : IS_UNUSED;
}

static void report_unknown(const struct command_context *context, const char *ref, const char *text)
{
	struct error error;

	error_set(&error, STATUS_UNKNOWN, "it is unknown whether a process uses it%s%s",
	          text[0] != '\0' ? ": " : "", text);
	message_error(&context->message, ref, &error);
}

enum exit_status check_users(const struct command_context *context, const struct asked *asked,
                             const struct users_list *list, enum exit_status status)
{
	bool all_known = status == STATUS_DONE;
	bool any_used = false;
	size_t first = 0;

	for (size_t i = 0; i < asked->count; i++) {
		const struct used *used = &asked->used[i];
		const struct shm_object *object =
		    used->object != SIZE_MAX ? &asked->objects.objects[used->object] : NULL;
		char text[USERS_BLIND_TEXT_SIZE] = "";
		enum finding finding;
		size_t end = first;

		while (end < list->count && list->users[end].target == i)
			end++;
		finding = judge_users(&list->users[first], end - first);
		if (finding == IS_UNUSED)
			finding = judge_unseen(used, object, &list->blind, text);
		if (finding == IS_UNKNOWN)
			report_unknown(context, used->ref, text);
		any_used |= finding == IS_USED;
		all_known &= finding != IS_UNKNOWN;
		first = end;
	}
	if (any_used)
		return STATUS_DONE;
	return all_known ? STATUS_FAILED : STATUS_UNKNOWN;
}
