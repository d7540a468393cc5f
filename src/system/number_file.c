#include "system/number_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int number_file_read(const char *path, uint64_t *number)
{
	return number_file_find(path, "", number);
}

int number_line_find(FILE *stream, const char *word, uint64_t *number)
{
	size_t length = strlen(word);
	char *line = NULL;
	size_t size = 0;
	int result = -1;

	while (result < 0 && getline(&line, &size, stream) > 0) {
		if (strncmp(line, word, length) == 0 &&
		    sscanf(line + length, "%" SCNu64, number) == 1)
			result = 0;
	}
	free(line);
	return result;
}

int number_file_find(const char *path, const char *word, uint64_t *number)
{
	FILE *stream = fopen(path, "re");
	int result;

	if (stream == NULL)
		return -1;
	result = number_line_find(stream, word, number);
	fclose(stream);
	return result;
}
