#include "system/process_arguments.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* Separate the arguments by blanks, and drop what a process leaves at the end when it sets a title. */
void process_arguments_join(char *arguments, size_t length)
{
	while (length > 0 && (arguments[length - 1] == '\0' || arguments[length - 1] == ' '))
		length--;
	arguments[length] = '\0';
	for (size_t i = 0; i < length; i++) {
		if (arguments[i] == '\0')
			arguments[i] = ' ';
	}
}

char *process_arguments(pid_t pid, size_t most)
{
	size_t size = most < 1 << 13 ? most + 1 : 1 << 13;
	size_t length = 0;
	char *arguments;
	char path[32];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return NULL;
	arguments = needed(malloc(size));
	for (;;) {
		length += fread(arguments + length, 1, size - length - 1, file);
		if (length < size - 1 || length >= most)
			break;
		size = size - 1 < most / 2 ? size * 2 : most + 1;
		arguments = needed(realloc(arguments, size));
	}
	(void)fclose(file);
	process_arguments_join(arguments, length);
	if (arguments[0] != '\0')
		return arguments;
	free(arguments);
	return NULL;
}
