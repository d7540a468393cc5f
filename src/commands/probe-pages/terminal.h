/*
 * The terminal that standard output may be.
 */
#ifndef SHMTOOL_COMMANDS_PROBE_PAGES_TERMINAL_H
#define SHMTOOL_COMMANDS_PROBE_PAGES_TERMINAL_H

/**
 * The width of the terminal: $COLUMNS, or what the terminal says, or 80 where there is none.
 *
 * @return columns
 */
unsigned int terminal_width(void);

#endif
