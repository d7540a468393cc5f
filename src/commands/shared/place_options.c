#include "commands/shared/place_options.h"

#include "commands/shared/complete.h"
#include "objects/tree.h"
#include "system/place.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
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

int place_options_enter(const struct command_context *context, const struct place_options *options)
{
	struct error error;
	char subject[32];

	if (!options->pid.given || (place_enter((pid_t)options->pid.number, &error) == 0 &&
	                            place_check_directories(&error) == 0))
		return 0;
	snprintf(subject, sizeof(subject), "--ns %" PRIu64, options->pid.number);
	message_error(&context->message, subject, &error);
	return -1;
}

static bool has_trees(const struct place_options *options)
{
	return options->recursive || options->directories.count > 0;
}

int place_options_check(const struct place_options *options, const char *other, struct error *error)
{
	if (other == NULL || !has_trees(options))
		return 0;
	return error_set(error, STATUS_USAGE, "--dir and --recursive can't be combined with %s",
	                 other);
}

/* Whether a directory is, or is below, another one that is listed as a whole. */
static bool is_covered(const struct object_tree *tree, const struct object_tree *other,
                       bool recursive)
{
	const size_t length = strlen(other->path);

	if (tree->device != other->device || tree->top.mount != other->top.mount)
		return false;
	return tree->inode == other->inode ||
	       (recursive && strncmp(tree->path, other->path, length) == 0 &&
	        tree->path[length] == '/');
}

/* Drop directories whose files would be listed twice. Returns the number of the others. */
static size_t drop_covered(const struct object_tree **trees, size_t count, bool recursive)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		bool is_wanted = true;

		for (size_t j = 0; j < count && is_wanted; j++)
			is_wanted = j == i || (trees[i] == trees[j] && i < j) ||
			            !is_covered(trees[i], trees[j], recursive);
		if (is_wanted)
			trees[kept++] = trees[i];
	}
	return kept;
}

void place_options_begin(const struct place_options *options, bool has_kinds,
                         struct object_filter *filter)
{
	filter->recursive = options->recursive;
	if (has_trees(options) && !has_kinds && filter->uses == 0 && !filter->used_by.given &&
	    (filter->kinds & KIND_BIT(KIND_PSHM)))
		filter->kinds |= KIND_BIT(KIND_DIR);
}

int place_options_open(const struct command_context *context, const struct place_options *options,
                       struct object_filter *filter)
{
	/* A process has one place. */
	static const struct object_tree *trees[PLACE_DIRECTORIES_MAX];
	const size_t count = options->directories.count;
	struct error error;
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		trees[i] = object_tree_open(options->directories.paths[i], &error);
		if (trees[i] == NULL) {
			message_error(&context->message, options->directories.paths[i], &error);
			result = -1;
		}
	}
	if (count == 0 || result < 0)
		return result;
	filter->trees = trees;
	filter->tree_count = drop_covered(trees, count, options->recursive);
	return 0;
}
