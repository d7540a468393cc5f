/*
 * The pager of a terminal: output that is longer than the screen is shown by less(1), as git does
 * it.
 *
 * A command that only prints allows it. Standard output is then held back until it exceeds the
 * screen: if it does, the pager starts and receives everything; if not, it is printed as usual.
 */
#ifndef SHMTOOL_OUTPUT_PAGER_H
#define SHMTOOL_OUTPUT_PAGER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Allow a pager, before anything is printed. It is the program that SHMTOOL_PAGER names, else PAGER,
 * else less(1); none if that is empty or "cat", if standard output is not a terminal, or if the
 * terminal is dumb. Under sudo(8), doas(1) and pkexec(1), it is less(1) without commands that run
 * other programs, because less(1) would run them with the rights that were lent for this command.
 *
 * @param unwanted  --no-pager: do nothing
 */
void pager_allow(bool unwanted);

/** Whether output is held back because a pager may start. */
bool pager_is_possible(void);

/**
 * Count output; start the pager when there is more than a screen of it. If the pager cannot be run,
 * a sentence on standard error says so, and the output is printed without one.
 *
 * @param text  that will be written to stdout(3)
 */
void pager_count(const char *text, size_t length);

/** Print without a pager from now on, if it has not started yet: output is about to be flushed. */
void pager_give_up(void);

/** Whether the pager has started: a broken pipe then means that the user has left it. */
bool pager_is_running(void);

/**
 * Close standard output and wait until the user leaves the pager, if it is running. If a signal ends
 * the program, this happens by itself.
 *
 * @return 0, or -1 if the shell could not run the pager: the output was not shown
 */
int pager_end(void);

#endif
