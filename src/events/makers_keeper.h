/*
 * The keeper: a process that lets the notified calls of the program go on when nobody else does.
 *
 * When the last descriptor of a listener is closed, the kernel fails all notified calls with ENOSYS.
 * So a second process holds one. While the supervisor lives, the keeper only waits. If the supervisor
 * is killed or has finished while processes of the program still run, the keeper takes over; while it
 * is stopped, the keeper helps out. It exits with the last of these processes, which the kernel
 * reports since Linux 5.9.
 *
 * It is in a session of its own and has no open files of the program.
 */
#ifndef SHMTOOL_EVENTS_MAKERS_KEEPER_H
#define SHMTOOL_EVENTS_MAKERS_KEEPER_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** The size of a notification that any kernel may use, in bytes. */
enum { NOTICE_SIZE = 1024 };

/** A notification. */
union notice {
	struct seccomp_notif notice;
	char room[NOTICE_SIZE];
};

/**
 * The call being handled, in memory that the keeper shares. What is made on behalf of a caller must not be
 * made twice, or be removed after the keeper has handed it over. So each of these is the id of the
 * last notification for which that is true.
 */
struct handled_call {
	union notice notice;
	int64_t result;            /* of the call that was made */
	_Atomic uint64_t receiver; /* only one: another would wait in the kernel for the next one */
	_Atomic uint64_t claimed;  /* only one may make it, or let it go on */
	_Atomic uint64_t made;     /* the result is valid */
	_Atomic uint64_t answered; /* by the keeper, with the result */
};

/**
 * Start the keeper, a child of the caller.
 *
 * @param channel  a socket on which it receives the listener, or end of file if there is none
 * @param leash    a pipe that hangs up when the keeper must take over
 * @param call     shared, the one that the supervisor is handling
 * @return its pid, or -1 with errno
 */
pid_t keeper_start(int channel, int leash, struct handled_call *call);

/** How often a call on the listener is tried. */
enum { NOTICE_TRIES = 100 };

/**
 * Receive the next notification: the call being handled. Does not wait for one.
 *
 * @param keeper  the keeper, a child of the caller
 * @return 0, or -1 with errno: EAGAIN if there is none, or the keeper is receiving it, ENOENT if its
 *         process was killed meanwhile
 */
int notice_receive(int listener, struct handled_call *call, pid_t keeper);

/**
 * Let the call of a notification go on.
 *
 * @return 0 also if its process was killed meanwhile; -1 if it still waits
 */
int notice_continue(int listener, uint64_t id);

/**
 * Claim the call being handled, to make it on behalf of its caller.
 *
 * @return false if the keeper lets it go on
 */
bool notice_claim(struct handled_call *call);

/**
 * Answer the call that was made on behalf of its caller.
 *
 * @param result  of the call
 * @return 0, also if the keeper does it; -1 with errno: ENOENT if its process was killed meanwhile
 */
int notice_answer(int listener, struct handled_call *call, int result);

/** Check whether the process of a notification still waits, so that its pid denotes it. */
bool notice_is_valid(int listener, uint64_t id);

/**
 * Receive a descriptor.
 *
 * @param pid  receives the number that came with it: the sender's pid, or a negative errno instead of
 *             a descriptor; NULL is permitted
 * @return -1 with errno if there is none; 0 at end of file
 */
int descriptor_receive(int channel, int *number);

/** Send a descriptor, none if it is negative, with a number. */
int descriptor_send(int channel, int fd, int number);

#endif
