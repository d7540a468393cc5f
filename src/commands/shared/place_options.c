#include "commands/shared/place_options.h"

#include "base/memory.h"
#include "commands/shared/complete.h"
#include "objects/tree.h"
#include "system/place.h"

#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_pid(const char *text, void *destination, struct error *error)
{
	struct optional_number *pid = destination;
	struct error unused;

	if (option_parse_count(text, pid, &unused) < 0 || pid->number > INT_MAX)
		return error_set(error, STATUS_USAGE, "invalid PID: must be a decimal number");
	return 0;
}

static int parse_directory(const char *text, void *destination, struct error *error)
{
	struct place_directories *directories = destination;

	if (*text == '\0')
		return error_set(error, STATUS_USAGE, "the path is empty");
	if (directories->count == PLACE_DIRECTORIES_MAX)
		return error_set(error, STATUS_USAGE, "too many directories: at most %d",
		                 PLACE_DIRECTORIES_MAX);
	directories->paths[directories->count++] = text;
	return 0;
}

const struct option_spec place_option_specs[PLACE_OPTION_COUNT] = {
	{ "ns", 0, "PID", "in the IPC namespace and the /dev/shm of process PID", parse_pid,
	  complete_namespaces, offsetof(struct place_options, pid), OPTION_ONCE },
	{ "dir", 0, "PATH", "in this directory of a tmpfs or hugetlbfs (repeatable)",
	  parse_directory, complete_directories, offsetof(struct place_options, directories), 0 },
	{ "recursive", 0, NULL, "also the files below directories, and the directories", NULL, NULL,
	  offsetof(struct place_options, recursive), 0 },
};

/* The directories of --dir. A process has one place. */
static struct {
	const struct object_tree *trees[PLACE_DIRECTORIES_MAX];
	size_t count;
	bool is_part; /* others could not be opened */
} chosen;

bool place_options_have_trees(const struct place_options *options)
{
	return options->recursive || options->directories.count > 0;
}

int place_options_check(const struct place_options *options, bool has_refs, const char *other,
                        struct error *error)
{
	if (has_refs && options->recursive)
		return error_set(error, STATUS_USAGE, "--recursive can't be combined with REFs");
	if (other == NULL || !place_options_have_trees(options))
		return 0;
	return error_set(error, STATUS_USAGE, "--dir and --recursive can't be combined with %s",
	                 other);
}

static bool is_same(const struct object_tree *tree, const struct object_tree *other)
{
	return tree->inode == other->inode && tree->device == other->device &&
	       tree->top.mount == other->top.mount;
}

static bool is_below(const struct object_tree *tree, const struct object_tree *other)
{
	const size_t length = strlen(other->path);

	return tree->top.mount == other->top.mount &&
	       strncmp(tree->path, other->path, length) == 0 && tree->path[length] == '/';
}

/* Drop directories whose files would be listed twice. Returns the number of the others. */
static size_t drop_covered(const struct object_tree **trees, size_t count, bool recursive)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const struct object_tree *tree = trees[i];
		bool is_wanted = true;

		for (size_t j = 0; j < kept && is_wanted; j++)
			is_wanted = !is_same(tree, trees[j]);
		for (size_t j = 0; recursive && j < count && is_wanted; j++)
			is_wanted = !is_below(tree, trees[j]);
		if (is_wanted)
			trees[kept++] = tree;
	}
	return kept;
}

void place_options_begin(const struct place_options *options, bool has_kinds,
                         struct object_filter *filter)
{
	filter->recursive = options->recursive;
	/* Families may have rules for directories or for files in them. */
	if (place_options_have_trees(options) && !has_kinds && filter->family.has_wanted)
		filter->kinds |= KIND_BIT(KIND_PSHM);
	if (place_options_have_trees(options) && !has_kinds && filter->uses == 0 &&
	    !filter->used_by.given && (filter->kinds & KIND_BIT(KIND_PSHM)))
		filter->kinds |= KIND_BIT(KIND_DIR);
}

/*
 * Open the directories of --dir, and print errors. Returns 0, or -1 if none could be opened; without
 * --dir there are none.
 */
static int open_directories(const struct command_context *context,
                            const struct place_options *options)
{
	const size_t count = options->directories.count;
	struct error error;
	size_t opened = 0;

	for (size_t i = 0; i < count; i++) {
		chosen.trees[opened] = object_tree_open(options->directories.paths[i], &error);
		if (chosen.trees[opened] != NULL)
			opened++;
		else
			message_error(&context->message, options->directories.paths[i], &error);
	}
	chosen.is_part = opened < count;
	chosen.count = drop_covered(chosen.trees, opened, options->recursive);
	return count > 0 && opened == 0 ? -1 : 0;
}

int place_options_enter(const struct command_context *context, const struct place_options *options)
{
	struct error error;
	char subject[32];

	if (!options->pid.given || (place_enter((pid_t)options->pid.number, &error) == 0 &&
	                            place_check_directories(&error) == 0))
		return open_directories(context, options);
	snprintf(subject, sizeof(subject), "--ns %" PRIu64, options->pid.number);
	message_error(&context->message, subject, &error);
	return -1;
}

enum exit_status place_options_select(const struct place_options *options,
                                      struct object_filter *filter)
{
	if (options->directories.count == 0)
		return STATUS_DONE;
	filter->trees = chosen.trees;
	filter->tree_count = chosen.count;
	return chosen.is_part ? STATUS_FAILED : STATUS_DONE;
}

/* Whether ".." is one of the names of a path. */
static bool has_dots(const char *path)
{
	for (;;) {
		const size_t length = strcspn(path, "/");

		if (length == 2 && strncmp(path, "..", 2) == 0)
			return true;
		if (path[length] == '\0')
			return false;
		path += length + 1;
	}
}

/* Whether an operand has the prefix of a path. */
static bool has_prefix(const char *operand)
{
	return strncmp(operand, "path:", 5) == 0 || strncmp(operand, "dir:", 4) == 0 ||
	       strncmp(operand, "file:", 5) == 0;
}

/* Whether an operand begins with the directory. */
static bool is_complete(const char *operand, const char *directory)
{
	const size_t length = strlen(directory);

	return strncmp(operand, directory, length) == 0 &&
	       (operand[length] == '/' || (length > 0 && directory[length - 1] == '/'));
}

int place_options_operands(const struct command_context *context,
                           const struct place_options *options, int count, char **operands)
{
	/* Paths of operands, until the program ends. */
	static struct object_list kept;
	const char *directory = options->directories.paths[0];
	struct error error;
	int result = 0;

	if (options->directories.count == 0 || count == 0)
		return 0;
	if (options->directories.count > 1) {
		error_set(&error, STATUS_USAGE, "--dir can be given only once with REFs");
		message_error(&context->message, NULL, &error);
		return -1;
	}
	for (int i = 0; i < count; i++) {
		const char *rest = operands[i] + strspn(operands[i], "/");
		const size_t length = strlen(directory);
		char *path;

		if (has_prefix(operands[i]))
			continue;
		if (has_dots(operands[i])) {
			error_set(&error, STATUS_USAGE, "a path below --dir can't have '..'");
			message_error(&context->message, operands[i], &error);
			result = -1;
			continue;
		}
		if (is_complete(operands[i], directory))
			continue;
		path =
		    needed_text("%s%s%s", directory, directory[length - 1] == '/' ? "" : "/", rest);
		operands[i] = (char *)(uintptr_t)object_list_text(&kept, "", path);
		free(path);
	}
	return result;
}
