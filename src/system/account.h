/*
 * Users and groups by name and number.
 */
#ifndef SHMTOOL_SYSTEM_ACCOUNT_H
#define SHMTOOL_SYSTEM_ACCOUNT_H

#include "error.h"

#include <stdbool.h>
#include <sys/types.h>

/**
 * The name of a user; the number as text if it has none. Each number is looked up once,
 * getpwuid(3).
 *
 * @return valid until the program exits; "?" if out of memory
 */
const char *account_user(uid_t uid);

/** The name of a group, as account_user(). */
const char *account_group(gid_t gid);

/**
 * Find a user by name or number. The number need not be that of an existing user.
 *
 * @return 0, or -1 with a usage error in error
 */
int account_parse_user(const char *text, uid_t *uid, struct error *error);

/** Find a group, as account_parse_user(). */
int account_parse_group(const char *text, gid_t *gid, struct error *error);

/** A new owner: a user, a group, or both. */
struct owner {
	bool user_given;
	bool group_given;
	uid_t uid;
	gid_t gid;
};

/**
 * Parse "USER", "USER:GROUP" or ":GROUP".
 *
 * @param owner  receives the user and group that text names
 * @return 0, or -1 with a usage error in error
 */
int account_parse_owner(const char *text, struct owner *owner, struct error *error);

/**
 * Report that an owner can't be set because it is not mapped in this user namespace: EINVAL of
 * chown(2) and IPC_SET, user_namespaces(7).
 *
 * @return -1, with error set
 */
int account_not_mapped(struct error *error);

#endif
