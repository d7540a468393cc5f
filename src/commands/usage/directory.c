/*
 * shmtool usage --dir: the memory in one directory, by the directories in it, and what its tmpfs
 * uses altogether.
 */
#include "base/allocated.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "commands/shared/accounting/collect.h"
#include "commands/shared/accounting/held_lines.h"
#include "commands/shared/accounting/lines.h"
#include "commands/shared/accounting/sums.h"
#include "commands/usage/table.h"
#include "commands/usage/usage.h"
#include "objects/tree.h"
#include "output/text.h"
#include "system/beneath.h"
#include "system/file_set.h"
#include "system/tmpfs_list.h"
#include "system/tmpfs_sum.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Data that all directories share. */
struct machine {
	struct tmpfs_list mounts;
	struct held_groups held;
	bool is_swapping;
};

/* A directory whose entries are added up. */
struct place {
	const struct machine *machine;
	const struct object_tree *tree;
	struct usage_lines *lines;
	uint64_t page_bytes;
	uint64_t files;         /* that are not in a directory */
	uint64_t files_used;    /* their bytes in memory and in swap */
	struct file_set linked; /* files with several hard links that were counted */
	bool is_partial;        /* some files could not be found */
};

static struct usage_line *add_line(const struct place *place, const char *kind, const char *what,
                                   const char *where)
{
	struct usage_line *line = usage_line_add(place->lines, kind, "%s", what);

	line->where = needed(strdup(where));
	line->page_bytes = place->page_bytes;
	return line;
}

static void add_directory(struct place *place, int directory, const char *name,
                          const struct stat *st)
{
	char *path = needed_text("%s/%s", place->tree->path, name);
	struct usage_line *line = add_line(place, "dir", path, path);
	const bool with_resident = place->machine->is_swapping && !place->tree->is_huge;
	struct tmpfs_sum sum;

	tmpfs_sum_read(directory, with_resident, &place->linked, &sum);
	sum.used += allocated_bytes(st);
	if (with_resident && !sum.is_unsplit)
		usage_line_set(line, sum.files + 1, sum.resident,
		               number_minus(sum.used, sum.resident));
	else
		usage_line_set(line, sum.files + 1, sum.used, 0);
	if (with_resident && sum.is_unsplit)
		line->known &= ~(unsigned int)USAGE_SPLIT;
	place->is_partial |= sum.is_partial;
	if (sum.is_partial)
		line->reason = needed(strdup("some directories in it can't be read"));
	line->is_place = true;
	free(path);
}

static void add_file(struct place *place, const struct stat *st)
{
	if (st->st_nlink > 1 && !file_set_add(&place->linked, st->st_dev, st->st_ino))
		return;
	place->files++;
	place->files_used += allocated_bytes(st);
}

/* Skip what is gone, or hidden by a mount; everything else is missing. */
static void pass_over(struct place *place)
{
	place->is_partial |= errno != ENOENT && errno != EXDEV;
}

static void look_at_entry(struct place *place, const struct beneath *top,
                          const struct dirent *entry)
{
	struct stat st;
	int fd;

	if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) {
		if (beneath_stat(top, entry->d_name, &st) == 0)
			add_file(place, &st);
		else
			pass_over(place);
		return;
	}
	fd = beneath_look(top, entry->d_name);
	if (fd < 0) {
		pass_over(place);
		return;
	}
	if (fstat(fd, &st) < 0)
		pass_over(place);
	else if (S_ISDIR(st.st_mode))
		add_directory(place, fd, entry->d_name, &st);
	close(fd);
}

/* Returns 0, or -1 with errno. */
static int add_entries(struct place *place)
{
	const int fd = descriptor_open_directory(place->tree->top.directory, ".");
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	struct usage_line *line;
	const struct dirent *entry;
	struct beneath top;

	if (stream == NULL) {
		descriptor_close(fd);
		return -1;
	}
	top = beneath_begin(fd);
	while ((errno = 0, entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			look_at_entry(place, &top, entry);
	}
	if (errno != 0)
		pass_over(place);
	closedir(stream);
	line = add_line(place, "file", "files in no directory of their own", place->tree->path);
	usage_line_set(line, place->files, place->files_used, 0);
	if (place->machine->is_swapping && !place->tree->is_huge)
		line->known &= ~(unsigned int)USAGE_SPLIT;
	return 0;
}

/* Add removed files, and compare with what the file system uses altogether. */
static void add_sums(const struct place *place)
{
	const struct held_group removed =
	    held_groups_on(&place->machine->held, place->tree->device);
	const struct tmpfs *tmpfs = tmpfs_list_find(&place->machine->mounts, place->tree->device);
	uint64_t swapped = 0;

	if (removed.files > 0) {
		struct usage_line *line = add_line(
		    place, "removed", "removed files of the whole file system", place->tree->path);
		usage_line_set(line, removed.files, removed.resident, removed.swapped);
		line->pid = removed.largest->pid;
		process_command(line->pid, line->command);
		unnamed_ref(removed.largest, line->ref);
	}
	for (size_t i = 0; i < place->lines->count; i++)
		swapped += place->lines->lines[i].swapped;
	if (tmpfs != NULL && tmpfs->has_use) {
		char *what = needed_text("blocks of %s %s in use", tmpfs_type_word(tmpfs->type),
		                         tmpfs->point);

		usage_total_add(place->lines, place->page_bytes, number_minus(tmpfs->used, swapped),
		                what,
		                "in other directories of it, or in files that were not found");
		free(what);
	} else {
		usage_sum_add(place->lines, place->page_bytes);
	}
}

static int print_directory(struct report *report, const struct usage_options *options,
                           const struct machine *machine, const char *path, struct error *error)
{
	struct usage_lines lines = { .count = 0 };
	struct place place = { .machine = machine, .lines = &lines };
	const struct tmpfs *tmpfs;
	char *visible;
	char *title;
	int result;

	place.tree = object_tree_open(path, error);
	if (place.tree == NULL)
		return -1;
	tmpfs = tmpfs_list_find(&machine->mounts, place.tree->device);
	if (place.tree->is_huge && tmpfs != NULL)
		place.page_bytes = tmpfs->page_bytes;
	result = add_entries(&place);
	file_set_free(&place.linked);
	if (result < 0)
		return error_set_errno(error, errno, "can't be read");
	add_sums(&place);
	usage_lines_finish(&lines);
	visible = text_visible_copy(path, TEXT_VISIBLE);
	title = needed_text("Shared Memory in %s", visible);
	free(visible);
	result = usage_print(report, options, &lines, title, error);
	free(title);
	usage_lines_free(&lines);
	if (result == 0 && place.is_partial)
		return error_set(error, STATUS_FAILED,
		                 "some files or directories in it can't be read: they are missing");
	return result;
}

enum exit_status usage_directories(const struct command_context *context,
                                   const struct usage_options *options,
                                   const struct format_options *format)
{
	const struct place_directories *directories = &options->place.directories;
	struct machine machine = { .is_swapping = usage_is_swapping() };
	enum exit_status status = STATUS_DONE;
	struct error error;
	struct report *report = usage_report_open(format, &error);

	if (report == NULL) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	/* Without them, only removed files and the total are missing. */
	if (tmpfs_list_read(&machine.mounts) < 0) {
		error_set_errno(&error, errno, "the mounts can't be read");
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	if (held_groups_find(&machine.held, machine.is_swapping, &error) < 0) {
		message_error(&context->message, NULL, &error);
		status = STATUS_FAILED;
	}
	for (size_t i = 0; i < directories->count; i++) {
		if (print_directory(report, options, &machine, directories->paths[i], &error) == 0)
			continue;
		message_error(&context->message, directories->paths[i], &error);
		status = STATUS_FAILED;
	}
	report_close(report);
	held_groups_free(&machine.held);
	tmpfs_list_free(&machine.mounts);
	return status;
}
