#include "system/account.h"

#include "base/memory.h"
#include "base/number.h"

#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A cache of names by number that is never evicted. pwcache(3bsd) is not used: it evicts names,
 * truncates them at 31 bytes, and does not find groups that have hundreds of members.
 */
enum { BUCKETS = 1024 };

struct known_name {
	struct known_name *next;
	uint32_t number;
	char name[];
};

static const char *remember(struct known_name **bucket, uint32_t number, const char *name)
{
	char digits[16];
	struct known_name *known;
	size_t size;

	if (name == NULL) {
		snprintf(digits, sizeof(digits), "%u", number);
		name = digits;
	}
	size = strlen(name) + 1;
	known = malloc(sizeof(*known) + size);
	if (known == NULL)
		return "?";
	known->number = number;
	memcpy(known->name, name, size);
	known->next = *bucket;
	*bucket = known;
	return known->name;
}

const char *account_user(uid_t uid)
{
	static struct known_name *users[BUCKETS];
	struct known_name **bucket = &users[uid % BUCKETS];
	const struct passwd *entry;

	for (const struct known_name *known = *bucket; known != NULL; known = known->next) {
		if (known->number == uid)
			return known->name;
	}
	entry = getpwuid(uid);
	return remember(bucket, uid, entry != NULL ? entry->pw_name : NULL);
}

const char *account_group(gid_t gid)
{
	static struct known_name *groups[BUCKETS];
	struct known_name **bucket = &groups[gid % BUCKETS];
	const struct group *entry;

	for (const struct known_name *known = *bucket; known != NULL; known = known->next) {
		if (known->number == gid)
			return known->name;
	}
	entry = getgrgid(gid);
	return remember(bucket, gid, entry != NULL ? entry->gr_name : NULL);
}

/* A number below (uid_t)-1, which means "no user" to the kernel. */
static int parse_number(const char *text, uint32_t *number)
{
	uint64_t value;

	if (number_parse(text, NUMBER_DECIMAL, UINT32_MAX - 1, &value) != NUMBER_READ)
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
	char *user;
	int result;

	memset(owner, 0, sizeof(*owner));
	if (colon != NULL) {
		if (account_parse_group(colon + 1, &owner->gid, error) < 0)
			return -1;
		owner->group_given = true;
		if (colon == text)
			return 0;
	}
	user = needed(strndup(text, colon != NULL ? (size_t)(colon - text) : strlen(text)));
	result = account_parse_user(user, &owner->uid, error);
	owner->user_given = result == 0;
	free(user);
	return result;
}

int account_not_mapped(struct error *error)
{
	return error_set(error, STATUS_FAILED,
	                 "the owner can't be set: the user or group is not mapped in this user "
	                 "namespace");
}
