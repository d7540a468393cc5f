/*
 * Absolute paths in the memory of programs that guard runs. A name that is found is one of the
 * directory itself, and the end of the path; a file of any name is found by its plain path.
 */
#include "fuzz.h"

#include "base/memory.h"
#include "events/makers_path.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *const directories[] = { "/dev/shm", "/dev/mqueue", "/a//b/./c/" };

/* Whether a path has a component. */
static bool has_component(const char *path, const char *component)
{
	const size_t length = strlen(component);

	for (; *path != '\0'; path += strcspn(path, "/")) {
		path += strspn(path, "/");
		if (strncmp(path, component, length) == 0 &&
		    (path[length] == '/' || path[length] == '\0'))
			return true;
	}
	return false;
}

static void check_path(const char *directory, const char *path)
{
	const char *name = thread_file_in(0, directory, AT_FDCWD, path);
	char *before;

	if (name == NULL)
		return;
	fuzz_check(name > path && name < path + strlen(path) && name[-1] == '/',
	           "'%s' is no part of '%s'", name, path);
	fuzz_check(strchr(name, '/') == NULL && strcmp(name, ".") != 0 && strlen(name) <= NAME_MAX,
	           "'%s' is no name in a directory", name);
	/* What leads up would lead elsewhere. */
	before = needed_text("%.*s", (int)(name - path), path);
	fuzz_check(!has_component(before, ".."), "'%s' is not in %s", path, directory);
	free(before);
}

/* The name of a file, as a listing has it. */
static void check_name(const char *directory, const char *name)
{
	char *path = needed_text("%s/%s", directory, name);
	const char *found = thread_file_in(0, directory, AT_FDCWD, path);

	fuzz_check(found != NULL && strcmp(found, name) == 0, "'%s' is '%s' in %s", path,
	           found != NULL ? found : "nothing", directory);
	free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		if (*text == '/')
			check_path(directories[i], text);
		else if (*text != '\0' && strcmp(text, ".") != 0 && strchr(text, '/') == NULL &&
		         strlen(text) <= NAME_MAX)
			check_name(directories[i], text);
	}
	free(text);
	return 0;
}
