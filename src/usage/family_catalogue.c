#include "usage/family_catalogue.h"

#include "base/descriptor.h"
#include "usage/family_built_in.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

/* The Makefile sets it: FAMILIESDIR. */
#ifndef SHMTOOL_FAMILIES_DIR
#define SHMTOOL_FAMILIES_DIR "/usr/local/share/shmtool/families"
#endif

/* The shipped files, if the program contains them. */
#ifdef SHMTOOL_STATIC
#define built_in family_built_in
#else
static const struct family_file built_in[] = { { NULL, NULL } };
#endif

/* Directories of the shipped files, relative to that of the program: in a build tree, installed. */
static const struct {
	unsigned int up; /* directories */
	const char *path;
} beside_program[] = {
	{ 0, "share/families" },
	{ 1, "share/families" },
	{ 2, "share/families" },
	{ 1, "share/shmtool/families" },
};
enum { BESIDE_PROGRAM = sizeof(beside_program) / sizeof(beside_program[0]) };

/* The users whose files are trusted besides root: those who can change the program itself. */
struct trust {
	uid_t owners[3];
	size_t owner_count;
	bool has_group; /* its members may write, as they may write to the program */
	gid_t group;
};

static void trust_owner(struct trust *trust, uid_t owner)
{
	trust->owners[trust->owner_count++] = owner;
}

/* If root is not mapped, user_namespaces(7), its files have the owner of the root directory. */
static struct trust trust_root(void)
{
	struct trust trust = { .owner_count = 0 };
	struct stat st;

	trust_owner(&trust, 0);
	if (stat("/", &st) == 0)
		trust_owner(&trust, st.st_uid);
	return trust;
}

/* A directory of rules. */
struct source {
	char path[PATH_MAX];
	bool is_local;
	bool may_be_missing;
	struct trust trust;
	bool is_built_in; /* in the program, not in a directory */
};

static void complain(const struct family_problems *problems, const char *file, const char *format,
                     ...) __attribute__((format(printf, 3, 4)));

static void complain(const struct family_problems *problems, const char *file, const char *format,
                     ...)
{
	char sentence[FAMILY_PROBLEM_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	problems->take(problems->closure, file, 0, sentence);
}

/* Report a file or directory that users other than the trusted ones can write. */
static bool is_trusted(const struct trust *trust, const struct stat *st, const char *path,
                       const struct family_problems *problems)
{
	bool is_owned = false;

	for (size_t i = 0; i < trust->owner_count; i++)
		is_owned = is_owned || st->st_uid == trust->owners[i];
	if (!is_owned) {
		complain(problems, path, "is not trusted: it is owned by user %u (chown root)",
		         (unsigned int)st->st_uid);
		return false;
	}
	if ((st->st_mode & S_IWOTH) ||
	    ((st->st_mode & S_IWGRP) && !(trust->has_group && st->st_gid == trust->group))) {
		complain(problems, path,
		         "is not trusted: other users can write to it (chmod go-w)");
		return false;
	}
	return true;
}

/* TRUST: NULL if the file is trusted regardless of its owner. */
static int read_file(int directory, const char *name, const char *path, const struct trust *trust,
                     bool is_local, struct families *families,
                     const struct family_problems *problems)
{
	const int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	FILE *stream;
	struct stat st;
	int result = -1;

	if (fd < 0 || fstat(fd, &st) < 0) {
		complain(problems, path, "can't be read: %s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		complain(problems, path, "is not a regular file");
	} else if (trust == NULL || is_trusted(trust, &st, path, problems)) {
		stream = fdopen(fd, "r");
		if (stream == NULL) {
			complain(problems, path, "can't be read: %s", strerror(errno));
		} else {
			result = family_rules_read(stream, path, is_local, families, problems);
			fclose(stream);
			return result;
		}
	}
	descriptor_close(fd);
	return result;
}

static int is_rule_file(const struct dirent *entry)
{
	const size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       strcmp(entry->d_name + length - 5, ".conf") == 0;
}

static int compare_files(const struct dirent **first, const struct dirent **second)
{
	return strcmp((*first)->d_name, (*second)->d_name);
}

static int read_entries(int directory, const struct source *source, struct families *families,
                        const struct family_problems *problems)
{
	struct dirent **entries = NULL;
	int count = scandirat(directory, ".", &entries, is_rule_file, compare_files);
	int result = 0;

	if (count < 0) {
		complain(problems, source->path, "can't be read: %s", strerror(errno));
		return -1;
	}
	if (count == 0 && !source->may_be_missing) {
		complain(problems, source->path, "has no families (install shmtool again)");
		result = -1;
	}
	for (int i = 0; i < count; i++) {
		char path[PATH_MAX + NAME_MAX + 2];

		snprintf(path, sizeof(path), "%s/%s", source->path, entries[i]->d_name);
		if (read_file(directory, entries[i]->d_name, path, &source->trust, source->is_local,
		              families, problems) < 0)
			result = -1;
		free(entries[i]);
	}
	free(entries);
	return result;
}

/* Read the files that the program contains. */
static int read_built_in(struct families *families, const struct family_problems *problems)
{
	int result = 0;

	for (const struct family_file *file = built_in; file->name != NULL; file++) {
		FILE *stream = fmemopen((void *)(uintptr_t)file->text, strlen(file->text), "r");

		if (stream == NULL) {
			complain(problems, file->name, "can't be read: %s", strerror(errno));
			return -1;
		}
		if (family_rules_read(stream, file->name, false, families, problems) < 0)
			result = -1;
		fclose(stream);
	}
	return result;
}

static int read_source(const struct source *source, struct families *families,
                       const struct family_problems *problems)
{
	struct stat st;
	int directory;
	int result = -1;

	if (source->is_built_in)
		return read_built_in(families, problems);
	directory = open(source->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	if (directory < 0 && errno == ENOENT && source->may_be_missing)
		return 0;
	if (directory < 0 && errno == ENOENT)
		complain(problems, source->path,
		         "is missing: without the families, it is not known what to keep (make "
		         "install, or set %s)",
		         FAMILIES_VARIABLE);
	else if (directory < 0 || fstat(directory, &st) < 0)
		complain(problems, source->path, "can't be read: %s", strerror(errno));
	else if (is_trusted(&source->trust, &st, source->path, problems))
		result = read_entries(directory, source, families, problems);
	descriptor_close(directory);
	return result;
}

/*
 * Look for a directory beside the program, whose path has no symbolic links. Returns whether it is
 * there.
 */
static bool find_beside(const char *program, size_t candidate, char path[PATH_MAX])
{
	size_t length = strlen(program);

	for (unsigned int i = 0; i <= beside_program[candidate].up && length > 0; i++) {
		do {
			length--;
		} while (length > 0 && program[length] != '/');
	}
	snprintf(path, PATH_MAX, "%.*s/%s", (int)length, program, beside_program[candidate].path);
	return access(path, F_OK) == 0;
}

/* Find the shipped files. In a build tree they are trusted as much as the program itself. */
static void find_shipped(struct source *shipped)
{
	char program[PATH_MAX];
	struct stat st;
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	*shipped =
	    (struct source){ .is_built_in = built_in[0].name != NULL, .trust = trust_root() };
	if (shipped->is_built_in)
		return;
	if (length > 0 && stat("/proc/self/exe", &st) == 0) {
		program[length] = '\0';
		trust_owner(&shipped->trust, st.st_uid);
		shipped->trust.has_group = (st.st_mode & S_IWGRP) != 0;
		shipped->trust.group = st.st_gid;
		for (size_t i = 0; i < BESIDE_PROGRAM; i++) {
			if (find_beside(program, i, shipped->path))
				return;
		}
	}
	snprintf(shipped->path, sizeof(shipped->path), "%s", SHMTOOL_FAMILIES_DIR);
}

/*
 * Find the directories. Those of the environment are for tests, and are ignored by a program that
 * has been granted privileges.
 */
static void find_sources(struct source *shipped, struct source *local)
{
	const char *variable = getauxval(AT_SECURE) ? NULL : getenv(FAMILIES_VARIABLE);
	size_t length;

	find_shipped(shipped);
	*local = (struct source){ FAMILIES_LOCAL_DIRECTORY, true, true, trust_root(), false };
	if (variable == NULL || *variable == '\0')
		return;
	length = strcspn(variable, ":");
	snprintf(shipped->path, sizeof(shipped->path), "%.*s", (int)length, variable);
	snprintf(local->path, sizeof(local->path), "%s",
	         variable[length] == ':' ? variable + length + 1 : "");
	shipped->is_built_in = false;
	shipped->trust = trust_root();
	if (geteuid() != 0) {
		trust_owner(&shipped->trust, geteuid());
		trust_owner(&local->trust, geteuid());
	}
}

static void complain_of_duplicate(void *closure, const struct family *family,
                                  const struct family *first)
{
	const struct family_problems *problems = closure;
	char sentence[FAMILY_PROBLEM_SIZE];

	snprintf(sentence, sizeof(sentence), "family '%s' is already defined in %s:%u",
	         family->name, first->file, first->line);
	problems->take(problems->closure, family->file, family->line, sentence);
}

/* Counts the problems and passes them on. */
struct counting {
	const struct family_problems *problems;
	size_t count;
};

static void count_problem(void *closure, const char *file, unsigned int line, const char *sentence)
{
	struct counting *counting = closure;

	counting->count++;
	counting->problems->take(counting->problems->closure, file, line, sentence);
}

/* Complete a catalogue. Returns 0, or -1 if there was a problem. */
static int finish(struct families *families, const struct counting *counting,
                  const struct family_problems *counted)
{
	families_finish(families, complain_of_duplicate, (void *)(uintptr_t)counted);
	return counting->count > 0 ? -1 : 0;
}

static int read_kinds(unsigned int kinds, struct families **families,
                      const struct family_problems *problems)
{
	struct counting counting = { .problems = problems };
	const struct family_problems counted = { count_problem, &counting };
	struct source shipped;
	struct source local;

	*families = families_new();
	families_narrow(*families, kinds);
	find_sources(&shipped, &local);
	(void)read_source(&shipped, *families, &counted);
	if (local.path[0] != '\0')
		(void)read_source(&local, *families, &counted);
	return finish(*families, &counting, &counted);
}

int families_read_all(struct families **families, const struct family_problems *problems)
{
	return read_kinds(FAMILY_KINDS_ALL, families, problems);
}

int families_read_files(int count, char **paths, struct families **families,
                        const struct family_problems *problems)
{
	struct counting counting = { .problems = problems };
	const struct family_problems counted = { count_problem, &counting };

	*families = families_new();
	for (int i = 0; i < count; i++)
		(void)read_file(AT_FDCWD, paths[i], paths[i], NULL, true, *families, &counted);
	return finish(*families, &counting, &counted);
}

/* Keeps the first problem and the number of others. */
struct first_problem {
	struct error *error;
	size_t count;
};

static void take_first(void *closure, const char *file, unsigned int line, const char *sentence)
{
	struct first_problem *first = closure;

	if (first->count++ > 0)
		return;
	if (line > 0)
		error_set(first->error, STATUS_FAILED, "%s:%u: %s", file, line, sentence);
	else
		error_set(first->error, STATUS_FAILED, "%s: %s", file, sentence);
}

int families_load_kinds(unsigned int kinds, struct families **families, struct error *error)
{
	struct first_problem first = { .error = error };
	const struct family_problems problems = { take_first, &first };

	if (read_kinds(kinds, families, &problems) == 0)
		return 0;
	if (first.count > 1)
		error_append(error, ", and %zu more (shmtool families --check lists them)",
		             first.count - 1);
	families_free(*families);
	*families = NULL;
	return -1;
}

int families_load(struct families **families, struct error *error)
{
	return families_load_kinds(FAMILY_KINDS_ALL, families, error);
}

const struct families *families_shared(struct error *error)
{
	static struct families *families;

	return families != NULL || families_load(&families, error) == 0 ? families : NULL;
}
