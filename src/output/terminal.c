#include "output/terminal.h"

#include "base/number.h"

#include <langinfo.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, HEIGHT_DEFAULT = 24, LENGTH_MAX = 10000 };

size_t terminal_length(const char *variable, size_t fallback)
{
	const char *text = getenv(variable);
	uint64_t length;

	if (text != NULL &&
	    number_parse(text, NUMBER_DECIMAL, LENGTH_MAX, &length) == NUMBER_READ && length > 0)
		return (size_t)length;
	return fallback;
}

const struct terminal *terminal_stdout(void)
{
	/* One per process, like standard output. */
	static struct terminal terminal;
	static bool is_known;
	struct winsize size = { .ws_col = 0 };
	const char *type;

	if (is_known)
		return &terminal;
	is_known = true;
	terminal.is_terminal = isatty(STDOUT_FILENO) == 1;
	if (terminal.is_terminal)
		(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	terminal.width = size.ws_col > 0 ? size.ws_col : terminal_length("COLUMNS", WIDTH_DEFAULT);
	terminal.height = size.ws_row > 0 ? size.ws_row : terminal_length("LINES", HEIGHT_DEFAULT);
	type = getenv("TERM");
	terminal.is_dumb = type == NULL || *type == '\0' || strcmp(type, "dumb") == 0;
	terminal.is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	return &terminal;
}
