/*
 * A random number.
 */
#ifndef SHMTOOL_BASE_RANDOM_H
#define SHMTOOL_BASE_RANDOM_H

#include <stdint.h>

/**
 * Return a random number, from getrandom(2). If that is refused, it is one that differs from
 * process to process, but can be guessed: its users also work if somebody guesses it.
 * arc4random(3) of libbsd is not used: without memory, it ends the program without a message.
 */
uint32_t random_number(void);

#endif
