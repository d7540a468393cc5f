#include "ipc/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/grp.h>
#include <bsd/pwd.h>

/* The same owner comes row after row: then even the cache's hash need not be asked. */
const char *account_user(uid_t uid)
{
	static const char *last_name;
	static uid_t last_uid;

	if (last_name == NULL || uid != last_uid) {
		last_name = user_from_uid(uid, 0);
		last_uid = uid;
	}
	return last_name;
}

const char *account_group(gid_t gid)
{
	static const char *last_name;
	static gid_t last_gid;

	if (last_name == NULL || gid != last_gid) {
		last_name = group_from_gid(gid, 0);
		last_gid = gid;
	}
	return last_name;
}

/* A number below (uid_t)-1, which means "no user" to the kernel. */
static int parse_number(const char *text, uint32_t *number)
{
	unsigned long long value;
	char *end;

	if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text))
		return -1;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || value >= UINT32_MAX)
		return -1;
	*number = (uint32_t)value;
	return 0;
}

int account_parse_user(const char *text, uid_t *uid, struct error *error)
{
	struct passwd *entry = text[0] != '\0' ? getpwnam(text) : NULL;

	if (entry != NULL) {
		*uid = entry->pw_uid;
		return 0;
	}
	if (parse_number(text, uid) == 0)
		return 0;
	return error_set(error, STATUS_USAGE, "unknown user '%s'", text);
}

int account_parse_group(const char *text, gid_t *gid, struct error *error)
{
	struct group *entry = text[0] != '\0' ? getgrnam(text) : NULL;

	if (entry != NULL) {
		*gid = entry->gr_gid;
		return 0;
	}
	if (parse_number(text, gid) == 0)
		return 0;
	return error_set(error, STATUS_USAGE, "unknown group '%s'", text);
}

int account_parse_owner(const char *text, struct owner *owner, struct error *error)
{
	const char *colon = strchr(text, ':');
	char user[256];

	if (colon != NULL) {
		if (account_parse_group(colon + 1, &owner->gid, error) < 0)
			return -1;
		owner->group_given = true;
		if (colon == text)
			return 0;
	}
	snprintf(user, sizeof(user), "%.*s", colon != NULL ? (int)(colon - text) : 255, text);
	if (account_parse_user(user, &owner->uid, error) < 0)
		return -1;
	owner->user_given = true;
	return 0;
}
