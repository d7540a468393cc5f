#include "output/color.h"

#include "output/terminal.h"

#include <stdlib.h>
#include <string.h>

/* The value of an environment variable, "" if it is not set. */
static const char *value_of(const char *variable)
{
	const char *value = getenv(variable);

	return value != NULL ? value : "";
}

bool color_wanted(enum color_when when)
{
	const struct terminal *terminal = terminal_stdout();
	const char *force = value_of("CLICOLOR_FORCE");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	if (*value_of("NO_COLOR") != '\0')
		return false;
	if (*force != '\0' && strcmp(force, "0") != 0)
		return true;
	return terminal->is_terminal && !terminal->is_dumb;
}

enum style style_of(const struct word_style *styles, const char *word, size_t length)
{
	const struct word_style *entry = styles;

	if (styles == NULL)
		return STYLE_PLAIN;
	while (entry->word != NULL &&
	       (strlen(entry->word) != length || memcmp(entry->word, word, length) != 0))
		entry++;
	return entry->style;
}

const char *style_begin(enum style style)
{
	/* ECMA-48, SGR: the sequences that every terminal but a dumb one understands. */
	static const char *const sequences[] = {
		[STYLE_PLAIN] = "",
		[STYLE_HEADING] = "\033[1m",
		[STYLE_USED] = "\033[32m",
		[STYLE_UNUSED] = "\033[33m",
		[STYLE_LEFTOVER] = "\033[31m",
	};

	return sequences[style];
}

const char *style_end(enum style style)
{
	return style == STYLE_PLAIN ? "" : "\033[m";
}
