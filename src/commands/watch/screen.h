/*
 * The terminal as a screen: keys, text at a place, and the terminal as it was before when the program
 * ends, is stopped or runs out of memory.
 *
 * While there is a screen, standard error is kept in memory: it would be printed into the table.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_SCREEN_H
#define SHMTOOL_COMMANDS_WATCH_SCREEN_H

#include "error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum screen_look {
	SCREEN_PLAIN = 0,
	SCREEN_BOLD = 1 << 0,
	SCREEN_DIM = 1 << 1,
	SCREEN_REVERSE = 1 << 2,
	SCREEN_UNDERLINE = 1 << 3,
	/* Colors: one of them, and only if the screen is colored. */
	SCREEN_GREEN = 1 << 4,
	SCREEN_YELLOW = 2 << 4,
	SCREEN_RED = 3 << 4,
	SCREEN_COLORS = 3 << 4,
};

/** Keys; others are characters, as a wchar_t. */
enum screen_key {
	SCREEN_KEY_NONE = 0, /* none was pressed */
	SCREEN_KEY_ENTER = '\n',
	SCREEN_KEY_ESCAPE = '\033',
	SCREEN_KEY_UP = 0x110000, /* greater than any character */
	SCREEN_KEY_DOWN,
	SCREEN_KEY_PAGE_UP,
	SCREEN_KEY_PAGE_DOWN,
	SCREEN_KEY_HOME,
	SCREEN_KEY_END,
	SCREEN_KEY_BACKSPACE,
	SCREEN_KEY_OTHER, /* without a meaning here */
};

/** The reasons for the end of a wait, as bits. */
enum screen_event {
	SCREEN_KEYS = 1 << 0,     /* screen_key() returns one */
	SCREEN_CHANGED = 1 << 1,  /* the size, or the program was stopped: draw again */
	SCREEN_READABLE = 1 << 2, /* the descriptor is readable */
	SCREEN_ENDED = 1 << 3,    /* by a signal, or the terminal is gone */
	SCREEN_FAILED = 1 << 4,   /* poll(2) fails, again and again */
};

/**
 * Check whether standard input and output are a terminal that can be a screen.
 *
 * @return 0, or -1 with error set
 */
int screen_check(struct error *error);

/**
 * Begin the only screen of the process.
 *
 * @param colored  use colors, if the terminal has them
 * @param error    receives the reason if that is not possible: ncurses is missing, the terminal is unknown
 * @return 0, or -1
 */
int screen_begin(bool colored, struct error *error);

/**
 * Restore the terminal and standard error. If a signal has ended a wait, it ends the program here.
 */
void screen_end(void);

/** Lines and columns. */
size_t screen_height(void);
size_t screen_width(void);

/** Begin to draw: the screen becomes blank. */
void screen_clear(void);

/**
 * Put text at a place. The part that does not fit in the line is left out.
 *
 * @param text    as text_visible() returns it, not necessarily ended by NUL
 * @param length  of the text in bytes
 * @param look    of enum screen_look, or-ed
 */
void screen_put(size_t line, size_t column, const char *text, size_t length, unsigned int look);

/** The same for a text that ends with NUL, and the rest of the line in the same look. */
void screen_put_line(size_t line, const char *text, unsigned int look);

/**
 * Show the drawn text.
 *
 * @param cursor  column of the cursor in the last line; -1: no cursor
 */
void screen_show(int cursor);

/**
 * Wait for a key, a signal or a descriptor.
 *
 * @param fd            as well; -1: none
 * @param milliseconds  at most
 * @param error         set if SCREEN_FAILED
 * @return bits of enum screen_event; 0 after that time
 */
unsigned int screen_wait(int fd, int milliseconds, struct error *error);

/** The next key that was pressed: a character or an enum screen_key. Does not wait. */
uint32_t screen_key(void);

/**
 * The character of a key in the locale's encoding.
 *
 * @param bytes  receives it, ended by NUL
 * @return false if the key is none that can be printed
 */
bool screen_key_text(uint32_t key, char bytes[MB_LEN_MAX + 1]);

/**
 * Take the lines printed to standard error since the last call.
 *
 * @param text  receives the lines, separated by semicolons, without the name of the program
 * @param size  of text in bytes
 * @return whether there was any
 */
bool screen_message(char *text, size_t size);

#endif
