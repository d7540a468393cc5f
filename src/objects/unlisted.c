#include "objects/unlisted.h"

#include "base/allocated.h"
#include "base/descriptor.h"
#include "objects/posix.h"
#include "objects/sum.h"
#include "system/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bounds on a walk, since any user can create many files and deeply nested directories. */
enum { WALK_FILES_MAX = 1000000, WALK_DEPTH_MAX = 64 };

struct walk {
	struct unlisted *unlisted;
	struct object_sum sum;   /* files below directories, and all objects */
	struct object_sum *also; /* a second sum of the same files; NULL for none */
	dev_t device;
	uint64_t files;
	int failure; /* of unlisted_search(): errno; 0: none */
};

static DIR *open_stream(int directory)
{
	const int fd = descriptor_open_directory(directory, ".");
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;

	if (stream == NULL)
		descriptor_close(fd);
	return stream;
}

static void add_file(struct object_sum *sum, const struct stat *st)
{
	object_sum_add_file(sum, st->st_ino, !S_ISDIR(st->st_mode) && st->st_nlink > 1,
	                    S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0, allocated_bytes(st));
}

static void walk_directory(struct walk *walk, int directory, unsigned int depth);

/* Process one name below a directory. */
static void walk_name(struct walk *walk, const struct beneath *parent, const char *name,
                      unsigned int depth)
{
	int fd = beneath_look(parent, name);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_dev == walk->device) {
		add_file(&walk->sum, &st);
		if (walk->also != NULL)
			add_file(walk->also, &st);
		if (S_ISDIR(st.st_mode))
			walk_directory(walk, fd, depth + 1);
	}
	close(fd);
}

static void walk_directory(struct walk *walk, int directory, unsigned int depth)
{
	DIR *stream = depth <= WALK_DEPTH_MAX ? open_stream(directory) : NULL;
	const struct beneath beneath = beneath_begin(stream != NULL ? dirfd(stream) : -1);
	const struct dirent *entry;

	if (stream == NULL) {
		walk->unlisted->is_partial = true;
		return;
	}
	while ((errno = 0, entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (++walk->files > WALK_FILES_MAX)
			break;
		walk_name(walk, &beneath, entry->d_name, depth);
	}
	walk->unlisted->is_partial |= entry != NULL || errno != 0;
	closedir(stream);
}

/* Process the files in POSIX_DIRECTORY itself that are not regular. Returns 0, or -1 with errno. */
static int walk_top(struct walk *walk, DIR *stream)
{
	const struct beneath beneath = beneath_begin(dirfd(stream));
	const struct dirent *entry;

	while ((errno = 0, entry = readdir(stream)) != NULL) {
		struct stat st;
		int fd;

		if (entry->d_type == DT_REG || strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		fd = beneath_look(&beneath, entry->d_name);
		if (fd < 0)
			continue;
		if (fstat(fd, &st) == 0 && st.st_dev == walk->device && !S_ISREG(st.st_mode)) {
			walk->unlisted->directories += S_ISDIR(st.st_mode);
			walk->unlisted->others += !S_ISDIR(st.st_mode);
			if (S_ISDIR(st.st_mode))
				walk_directory(walk, fd, 1);
		}
		close(fd);
	}
	return errno == 0 ? 0 : -1;
}

/* Count the objects: memory, memory and semaphores, and both as a base for directories. */
static void count_objects(const struct object_list *list, struct unlisted *unlisted,
                          struct object_sum *all)
{
	struct object_sum memory = { .files = 0 };
	struct object_sum both = { .files = 0 };

	for (size_t i = 0; i < list->count; i++) {
		const struct shm_object *object = &list->objects[i];

		if (object->kind == KIND_PSHM)
			object_sum_add(&memory, object);
		else
			unlisted->semaphores++;
		object_sum_add(&both, object);
		object_sum_add(all, object);
	}
	object_sum_end(&memory);
	object_sum_end(&both);
	unlisted->memory_bytes = memory.used;
	unlisted->memory_files = memory.files;
	unlisted->semaphore_bytes = both.used - memory.used;
	/* The caller subtracts this base from the sum that includes directories. */
	unlisted->directory_bytes = both.used;
	unlisted->directory_files = both.files;
}

/* Set the error of a directory that can't be read to its end, by errno. */
static int not_all(struct error *error)
{
	return error_set_errno(error, errno, "not all files in %s can be inspected",
	                       POSIX_DIRECTORY);
}

int unlisted_read(struct unlisted *unlisted, struct error *error)
{
	struct walk walk = { .unlisted = unlisted };
	struct object_list list = { .count = 0 };
	int directory = posix_open_directory();
	DIR *stream = directory >= 0 ? open_stream(directory) : NULL;
	struct stat st;
	int result = -1;

	memset(unlisted, 0, sizeof(*unlisted));
	if (stream == NULL || fstat(directory, &st) < 0) {
		/* If the directory does not exist, there is nothing to count. */
		if (errno == ENOENT)
			result = 0;
		else
			error_set_errno(error, errno, "%s can't be read", POSIX_DIRECTORY);
		goto done;
	}
	walk.device = st.st_dev;
	if (posix_list(KINDS_DEVSHM, &list, error) < 0)
		goto done;
	count_objects(&list, unlisted, &walk.sum);
	if (walk_top(&walk, stream) < 0) {
		not_all(error);
		goto done;
	}
	object_sum_end(&walk.sum);
	unlisted->directory_bytes = walk.sum.used - unlisted->directory_bytes;
	unlisted->directory_files = walk.sum.files - unlisted->directory_files;
	result = 0;
done:
	object_list_free(&list);
	if (stream != NULL)
		closedir(stream);
	descriptor_close(directory);
	return result;
}

/* Of other users' directories, nothing is known; but a shortage is a failure. */
static void note_failure(struct walk *walk)
{
	if (errno_is_passing(errno))
		walk->failure = errno;
}

static void search_directory(const struct unlisted_search *search, struct walk *walk, int directory,
                             const char *path, unsigned int depth);

/* Report a new entry, including its contents. */
static void take_entry(const struct unlisted_search *search, struct walk *walk, int fd,
                       struct unlisted_entry *entry, unsigned int depth)
{
	walk->sum = (struct object_sum){ .files = 0 };
	add_file(&walk->sum, &entry->st);
	if (walk->also != NULL)
		add_file(walk->also, &entry->st);
	if (S_ISDIR(entry->st.st_mode))
		walk_directory(walk, fd, depth);
	object_sum_end(&walk->sum);
	entry->bytes = walk->sum.bytes;
	search->found(search->closure, entry);
}

static void search_name(const struct unlisted_search *search, struct walk *walk,
                        const struct beneath *parent, const char *path, const char *name,
                        unsigned int depth)
{
	char below[PATH_MAX];
	struct unlisted_entry entry = { .path = below };
	int fd = beneath_look(parent, name);

	if (fd < 0) {
		note_failure(walk);
		return;
	}
	/* Regular files in the directory itself are objects. */
	if (snprintf(below, sizeof(below), "%s/%s", path, name) < (int)sizeof(below) &&
	    fstat(fd, &entry.st) == 0 && entry.st.st_dev == walk->device &&
	    (depth > 1 || !S_ISREG(entry.st.st_mode))) {
		if (!search->is_known(search->closure, entry.st.st_ino))
			take_entry(search, walk, fd, &entry, depth);
		else if (S_ISDIR(entry.st.st_mode))
			search_directory(search, walk, fd, below, depth + 1);
	}
	close(fd);
}

static void search_directory(const struct unlisted_search *search, struct walk *walk, int directory,
                             const char *path, unsigned int depth)
{
	DIR *stream = depth <= WALK_DEPTH_MAX ? open_stream(directory) : NULL;
	const struct beneath beneath = beneath_begin(stream != NULL ? dirfd(stream) : -1);
	const struct dirent *entry;

	if (stream == NULL) {
		if (depth <= WALK_DEPTH_MAX)
			note_failure(walk);
		return;
	}
	while ((errno = 0, entry = readdir(stream)) != NULL && ++walk->files <= WALK_FILES_MAX) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			search_name(search, walk, &beneath, path, entry->d_name, depth);
	}
	if (entry == NULL && errno != 0)
		walk->failure = errno;
	closedir(stream);
}

int unlisted_search(const struct unlisted_search *search, struct error *error)
{
	struct unlisted unlisted = { .directories = 0 };
	struct walk walk = { .unlisted = &unlisted, .also = search->sum };
	int directory = posix_open_directory();
	struct stat st;

	if (directory < 0 || fstat(directory, &st) < 0) {
		descriptor_close(directory);
		/* If the directory does not exist, there is nothing to count. */
		return errno == ENOENT
		           ? 0
		           : error_set_errno(error, errno, "%s can't be read", POSIX_DIRECTORY);
	}
	walk.device = st.st_dev;
	search_directory(search, &walk, directory, "", 1);
	close(directory);
	errno = walk.failure;
	return walk.failure == 0 ? 0 : not_all(error);
}

static void append(char text[UNLISTED_TEXT_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(char text[UNLISTED_TEXT_SIZE], const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	if (used > 0)
		used += (size_t)snprintf(text + used, UNLISTED_TEXT_SIZE - used, ", ");
	va_start(arguments, format);
	vsnprintf(text + used, UNLISTED_TEXT_SIZE - used, format, arguments);
	va_end(arguments);
}

void unlisted_text(const struct unlisted *unlisted, bool with_semaphores,
                   enum unlisted_measure measure, char text[UNLISTED_TEXT_SIZE])
{
	const uint64_t amount =
	    measure == UNLISTED_BYTES ? unlisted->directory_bytes : unlisted->directory_files;
	const char *unit = measure == UNLISTED_BYTES ? "byte" : "file";

	text[0] = '\0';
	if (with_semaphores && unlisted->semaphores > 0)
		append(text, "%" PRIu64 " named semaphore%s (--kind psem)", unlisted->semaphores,
		       unlisted->semaphores == 1 ? "" : "s");
	if (unlisted->directories > 0)
		append(text, "%" PRIu64 " director%s with %s%" PRIu64 " %s%s",
		       unlisted->directories, unlisted->directories == 1 ? "y" : "ies",
		       unlisted->is_partial ? "at least " : "", amount, unit,
		       amount == 1 ? "" : "s");
	if (unlisted->others > 0)
		append(text, "%" PRIu64 " symbolic link%s, socket%s or the like", unlisted->others,
		       unlisted->others == 1 ? "" : "s", unlisted->others == 1 ? "" : "s");
}
