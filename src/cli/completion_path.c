#include "cli/completion_path.h"

#include "base/access.h"
#include "base/memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The entries of a directory, sorted by name. */
struct listing {
	int directory;
	struct dirent **entries;
	int count;
};

static int listing_open(struct listing *listing, const char *path)
{
	listing->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (listing->directory < 0)
		return -1;
	listing->count = scandirat(listing->directory, ".", &listing->entries, NULL, alphasort);
	if (listing->count < 0) {
		close(listing->directory);
		return -1;
	}
	return 0;
}

static void listing_close(struct listing *listing)
{
	for (int i = 0; i < listing->count; i++)
		free(listing->entries[i]);
	free(listing->entries);
	close(listing->directory);
}

static bool has_control_character(const char *name)
{
	for (; *name != '\0'; name++) {
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			return true;
	}
	return false;
}

/* Whether a name is a candidate for a typed beginning. */
static bool is_meant(const char *name, const char *beginning)
{
	if (strncmp(name, beginning, strlen(beginning)) != 0 || has_control_character(name))
		return false;
	return name[0] != '.' ||
	       (beginning[0] == '.' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
}

static bool is_directory(int directory, const char *name)
{
	struct stat status;

	return fstatat(directory, name, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

static bool is_program(int directory, const char *name)
{
	struct stat status;

	return fstatat(directory, name, &status, 0) == 0 && S_ISREG(status.st_mode) &&
	       access_check(directory, name, X_OK) == 0;
}

void completion_paths(FILE *stream, const char *before, const char *path, bool tilde,
                      enum completion_path_kind kind)
{
	const char *slash = strrchr(path, '/');
	const char *beginning = slash != NULL ? slash + 1 : path;
	const char *home = tilde ? getenv("HOME") : NULL;
	const int length = (int)(beginning - path);
	struct listing listing;
	char *directory;

	directory = needed_text("%s%.*s", home != NULL ? home : "", length - (home != NULL),
	                        path + (home != NULL));
	if (listing_open(&listing, directory[0] != '\0' ? directory : ".") == 0) {
		for (int i = 0; i < listing.count; i++) {
			const char *name = listing.entries[i]->d_name;
			bool enter;

			if (!is_meant(name, beginning))
				continue;
			enter = is_directory(listing.directory, name);
			if (enter || kind == COMPLETION_FILES ||
			    (kind == COMPLETION_EXECUTABLES && is_program(listing.directory, name)))
				fprintf(stream, "%s%.*s%s%s\n", before, length, path, name,
				        enter ? "/" : "");
		}
		listing_close(&listing);
	}
	free(directory);
}

static int compare_names(const void *first, const void *second)
{
	const char *const *one = first;
	const char *const *other = second;

	return strcmp(*one, *other);
}

/* Print the lines of a text, sorted and without duplicates. */
static void print_sorted(FILE *stream, char *text)
{
	size_t count = 0;
	char **names;
	char *line;

	for (const char *newline = strchr(text, '\n'); newline != NULL;
	     newline = strchr(newline + 1, '\n'))
		count++;
	names = needed_array(count, sizeof(*names));
	count = 0;
	while ((line = strsep(&text, "\n")) != NULL && *line != '\0')
		names[count++] = line;
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			fprintf(stream, "%s\n", names[i]);
	}
	free(names);
}

static void print_programs_of(FILE *stream, const char *directory, const char *word)
{
	struct listing listing;

	if (listing_open(&listing, directory) < 0)
		return;
	for (int i = 0; i < listing.count; i++) {
		const char *name = listing.entries[i]->d_name;

		if (is_meant(name, word) && is_program(listing.directory, name))
			fprintf(stream, "%s\n", name);
	}
	listing_close(&listing);
}

void completion_programs(FILE *stream, const char *word)
{
	const char *variable = getenv("PATH");
	char *path = needed(strdup(variable != NULL ? variable : ""));
	char *rest = path;
	char *found = NULL;
	size_t size;
	FILE *programs = needed(open_memstream(&found, &size));
	const char *directory;

	/* An empty entry is the current directory. */
	while ((directory = strsep(&rest, ":")) != NULL)
		print_programs_of(programs, *directory != '\0' ? directory : ".", word);
	if (fclose(programs) == 0)
		print_sorted(stream, found);
	completion_paths(stream, "", word, false, COMPLETION_DIRECTORIES);
	free(found);
	free(path);
}
