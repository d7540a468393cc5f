/*
 * ncurses, loaded at run time: only watch --table needs it, and a program that rescues a machine must
 * start where little else is installed.
 */
#ifndef SHMTOOL_COMMANDS_WATCH_CURSES_H
#define SHMTOOL_COMMANDS_WATCH_CURSES_H

#include "error.h"

/* Macros would name the variables of the library. */
#define NCURSES_NOMACROS 1
#include <curses.h>

/** The functions that are used: see ncurses(3X). */
struct curses {
	__typeof__(newterm) *newterm;
	__typeof__(delscreen) *delscreen;
	__typeof__(endwin) *endwin;
	__typeof__(newwin) *newwin;
	__typeof__(delwin) *delwin;
	__typeof__(cbreak) *cbreak;
	__typeof__(noecho) *noecho;
	__typeof__(keypad) *keypad;
	__typeof__(nodelay) *nodelay;
	__typeof__(set_escdelay) *set_escdelay;
	__typeof__(curs_set) *curs_set;
	__typeof__(has_colors) *has_colors;
	__typeof__(start_color) *start_color;
	__typeof__(use_default_colors) *use_default_colors;
	__typeof__(init_pair) *init_pair;
	__typeof__(resizeterm) *resizeterm;
	__typeof__(werase) *werase;
	__typeof__(wmove) *wmove;
	__typeof__(waddnstr) *waddnstr;
	__typeof__(wattr_set) *wattr_set;
	__typeof__(wrefresh) *wrefresh;
	__typeof__(redrawwin) *redrawwin;
	__typeof__(wget_wch) *wget_wch;
};

/**
 * Load the library, dlopen(3). It stays loaded.
 *
 * @param error  names the package to install
 * @return its functions, or NULL with error set
 */
const struct curses *curses_load(struct error *error);

#endif
