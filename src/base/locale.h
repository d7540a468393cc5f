/*
 * The locale of the environment.
 */
#ifndef SHMTOOL_BASE_LOCALE_H
#define SHMTOOL_BASE_LOCALE_H

/**
 * Use the characters of the locale that the environment names: LC_CTYPE of setlocale(3).
 *
 * In a static build with glibc, a locale with characters other than those of ASCII or UTF-8 is
 * replaced by "C": their conversion is a module that is loaded at run time, and a module of another
 * release of the C library would not fit.
 */
void locale_use(void);

#endif
