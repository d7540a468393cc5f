#include "commands/metrics/replacement.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "base/random.h"
#include "stream/interrupt.h"
#include "stream/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As in the kernel, path_resolution(7). */
enum { LINKS_MAX = 40 };

/* Read the symbolic link that a descriptor refers to. Returns NULL with errno. */
static char *read_link(int link)
{
	char target[PATH_MAX];
	const ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);

	if (length < 0)
		return NULL;
	target[length] = '\0';
	return needed(strdup(target));
}

/*
 * Follow a symbolic link: put its target before the rest of the path.
 *
 * @param directory  that the link is in; closed
 * @param link       descriptor of the link
 * @param rest       of the path; replaced
 * @return the directory that the path now begins at, or -1 with errno
 */
static int follow(int directory, int link, char **rest)
{
	char *target = read_link(link);
	char *joined;

	if (target == NULL || *target == '/')
		descriptor_close(directory);
	if (target == NULL)
		return -1;
	if (*target == '/')
		directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	joined = needed_text("%s/%s", target, *rest);
	free(*rest);
	free(target);
	*rest = joined;
	return directory;
}

/* Go to a directory in another one, which is closed. Parameters as for follow(). */
static int go(int directory, const char *name, unsigned int *links, char **rest)
{
	const int entry = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st = { .st_mode = 0 };

	if (entry >= 0)
		(void)fstat(entry, &st);
	if (entry >= 0 && S_ISLNK(st.st_mode) && (st.st_uid == 0 || st.st_uid == geteuid()) &&
	    ++*links <= LINKS_MAX) {
		directory = follow(directory, entry, rest);
		descriptor_close(entry);
		return directory;
	}
	descriptor_close(directory);
	if (entry < 0 || S_ISDIR(st.st_mode))
		return entry;
	close(entry);
	errno = S_ISLNK(st.st_mode) ? ELOOP : ENOTDIR;
	return -1;
}

/* Open a directory, following only trusted links. */
static int open_directory(const char *path)
{
	int directory = open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *rest = needed(strdup(path));
	unsigned int links = 0;

	while (directory >= 0 && rest[strspn(rest, "/")] != '\0') {
		const char *name = rest + strspn(rest, "/");
		char *first = needed(strndup(name, strcspn(name, "/")));
		char *left = needed(strdup(name + strlen(first)));

		free(rest);
		directory = go(directory, first, &links, &left);
		free(first);
		rest = left;
	}
	free(rest);
	return directory;
}

/* Check that there is nothing at the place, or a regular file. */
static int check(const struct replacement *replacement, struct error *error)
{
	struct stat st;

	if (fstatat(replacement->directory, replacement->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_set_errno(error, errno, "can't be inspected");
	if (S_ISREG(st.st_mode))
		return 0;
	if (S_ISLNK(st.st_mode))
		return error_set(error, STATUS_FAILED,
		                 "is a symbolic link, which is not replaced (name its target)");
	return error_set(error, STATUS_FAILED,
	                 "is not a regular file (without --output, standard output is used)");
}

int replacement_begin(const char *path, struct replacement *replacement, struct error *error)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	char *parent;

	replacement->directory = -1;
	if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(error, STATUS_USAGE, "is not the name of a file");
	if (strlen(name) > NAME_MAX)
		return error_set_errno(error, ENAMETOOLONG, "can't be replaced");
	memcpy(replacement->name, name, strlen(name) + 1);
	parent = needed(slash != NULL ? strndup(path, (size_t)(name - path)) : strdup("."));
	replacement->directory = open_directory(parent);
	free(parent);
	if (replacement->directory < 0 && errno == ELOOP)
		return error_set(error, STATUS_FAILED,
		                 "its path has a symbolic link of another user, or too many");
	if (replacement->directory < 0)
		return error_set_errno(error, errno, "its directory can't be opened");
	return check(replacement, error);
}

void replacement_end(struct replacement *replacement)
{
	descriptor_close(replacement->directory);
	replacement->directory = -1;
}

/* Write the text to a new file. Returns 0, or -1 with errno. */
static int fill(int file, const struct buffer *text)
{
	size_t written;

	if (transfer_write_all(file, text->data, text->used, &written) < 0)
		return -1;
	/* Regardless of the umask. */
	return fchmod(file, 0644);
}

/* Create, fill and rename a file. Returns 0, or -1 with errno. */
static int replace(const struct replacement *replacement, const char *name,
                   const struct buffer *text)
{
	const int directory = replacement->directory;
	const int file =
	    openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int result;
	int saved;

	if (file < 0)
		return -1;
	result = fill(file, text);
	saved = errno;
	/* Some file systems report lost data only here. */
	if (close(file) < 0 && result == 0) {
		result = -1;
		saved = errno;
	}
	if (result == 0) {
		result = renameat(directory, name, directory, replacement->name);
		saved = errno;
	}
	if (result < 0)
		(void)unlinkat(directory, name, 0);
	errno = saved;
	return result;
}

int replacement_write(const struct replacement *replacement, const struct buffer *text,
                      struct error *error)
{
	/* Room for the dot, the number and the suffix. */
	enum { NAME_KEPT = NAME_MAX - 16 };
	char name[NAME_MAX + 1];
	int result;

	snprintf(name, sizeof(name), ".%.*s.%08" PRIx32 ".tmp", NAME_KEPT, replacement->name,
	         random_number());
	interrupt_hold();
	result = replace(replacement, name, text);
	if (result < 0)
		error_set_errno(error, errno, "can't be replaced");
	interrupt_release();
	return result;
}
