/*
 * getpwnam(3), getgrnam(3) and their like for static builds with glibc, instead of those in its
 * archive: they read /etc/passwd and /etc/group, and nothing else. The C library's own would load
 * the modules that nsswitch.conf(5) names, and modules of another release do not fit.
 */
#include <stdio.h>

#if defined(SHMTOOL_STATIC) && defined(__GLIBC__)

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>

/* A file that is read from its start to the first entry that a function looks for. */
static FILE *users;
static FILE *groups;

/* Open the file if it is not. Returns whether it can be read. */
static bool is_open(FILE **stream, const char *path)
{
	if (*stream == NULL)
		*stream = fopen(path, "re");
	return *stream != NULL;
}

static void close_file(FILE **stream)
{
	if (*stream != NULL)
		fclose(*stream);
	*stream = NULL;
}

void setpwent(void)
{
	close_file(&users);
}

void endpwent(void)
{
	close_file(&users);
}

struct passwd *getpwent(void)
{
	return is_open(&users, "/etc/passwd") ? fgetpwent(users) : NULL;
}

struct passwd *getpwnam(const char *name)
{
	struct passwd *entry;

	setpwent();
	do
		entry = getpwent();
	while (entry != NULL && strcmp(entry->pw_name, name) != 0);
	endpwent();
	return entry;
}

struct passwd *getpwuid(uid_t uid)
{
	struct passwd *entry;

	setpwent();
	do
		entry = getpwent();
	while (entry != NULL && entry->pw_uid != uid);
	endpwent();
	return entry;
}

void setgrent(void)
{
	close_file(&groups);
}

void endgrent(void)
{
	close_file(&groups);
}

struct group *getgrent(void)
{
	return is_open(&groups, "/etc/group") ? fgetgrent(groups) : NULL;
}

struct group *getgrnam(const char *name)
{
	struct group *entry;

	setgrent();
	do
		entry = getgrent();
	while (entry != NULL && strcmp(entry->gr_name, name) != 0);
	endgrent();
	return entry;
}

struct group *getgrgid(gid_t gid)
{
	struct group *entry;

	setgrent();
	do
		entry = getgrent();
	while (entry != NULL && entry->gr_gid != gid);
	endgrent();
	return entry;
}

#endif
