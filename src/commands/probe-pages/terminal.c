#include "commands/probe-pages/terminal.h"

#include "base/number.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, WIDTH_MAX = 4096 };

unsigned int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width;

	if (columns != NULL &&
	    number_parse(columns, NUMBER_DECIMAL, WIDTH_MAX, &width) == NUMBER_READ && width > 0)
		return (unsigned int)width;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return WIDTH_DEFAULT;
}
