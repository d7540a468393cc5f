#include "commands/watch/curses.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The library with wide characters; its ABI has been 6 since 2015. */
#define LIBRARY "libncursesw.so.6"

struct symbol {
	const char *name;
	size_t offset; /* of its pointer in struct curses, in bytes */
};

#define SYMBOL(name)                                                                               \
	{                                                                                          \
#name, offsetof(struct curses, name)                                               \
	}
static const struct symbol symbols[] = {
	SYMBOL(newterm),     SYMBOL(delscreen),
	SYMBOL(endwin),      SYMBOL(newwin),
	SYMBOL(delwin),      SYMBOL(cbreak),
	SYMBOL(noecho),      SYMBOL(keypad),
	SYMBOL(nodelay),     SYMBOL(set_escdelay),
	SYMBOL(curs_set),    SYMBOL(has_colors),
	SYMBOL(start_color), SYMBOL(use_default_colors),
	SYMBOL(init_pair),   SYMBOL(resizeterm),
	SYMBOL(werase),      SYMBOL(wmove),
	SYMBOL(waddnstr),    SYMBOL(wattr_set),
	SYMBOL(wrefresh),    SYMBOL(redrawwin),
	SYMBOL(wget_wch),
};
enum { SYMBOLS = sizeof(symbols) / sizeof(symbols[0]) };

const struct curses *curses_load(struct error *error)
{
	static struct curses functions;
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (library == NULL) {
		error_set(error, STATUS_FAILED,
		          "--table needs %s, which can't be loaded: install ncurses (Debian, "
		          "Ubuntu: libncursesw6; Fedora: ncurses-libs; Alpine: libncursesw)",
		          LIBRARY);
		return NULL;
	}
	for (size_t i = 0; i < SYMBOLS; i++) {
		void *address = dlsym(library, symbols[i].name);

		if (address == NULL) {
			error_set(error, STATUS_FAILED,
			          "--table can't use %s, which has no function %s", LIBRARY,
			          symbols[i].name);
			dlclose(library);
			return NULL;
		}
		memcpy((char *)&functions + symbols[i].offset, &address, sizeof(address));
	}
	return &functions;
}
