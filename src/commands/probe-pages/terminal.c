#include "commands/probe-pages/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <bsd/stdlib.h>

enum { WIDTH_DEFAULT = 80, WIDTH_MAX = 4096 };

unsigned int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	const char *failure = NULL;
	struct winsize size;

	if (columns != NULL) {
		long long width = strtonum(columns, 1, WIDTH_MAX, &failure);
		if (failure == NULL)
			return (unsigned int)width;
	}
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return WIDTH_DEFAULT;
}
