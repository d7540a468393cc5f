/*
 * Texts that two programs exchange through a place in shared memory, one at a time: the protocols of
 * text books. One side stores a text and passes the turn; the other reads it and passes the turn
 * back. The protocols differ only in how the turn is passed: a member of the struct, a FIFO, a
 * semaphore. The other side is a program that knows nothing of shmtool.
 */
#ifndef SHMTOOL_CHANNEL_TEXT_H
#define SHMTOOL_CHANNEL_TEXT_H

#include "channel/protocol.h"
#include "error.h"
#include "memory/mapping.h"

#include <stdbool.h>
#include <stdint.h>

/** The end of a wait. */
enum text_end {
	TEXT_TURN,   /* it is this side's turn */
	TEXT_LEFT,   /* the other side has left */
	TEXT_FAILED, /* error is set */
};

struct text_session {
	const struct transmission *transmission;
	const struct text_turns *turns;
	bool is_sender;
	struct mapping mapping; /* of a file; that of a segment belongs to its struct memory */
	char *record;           /* the address of the struct */
	bool has_company;       /* another process had the segment attached */
	uint64_t alone_since;   /* milliseconds of CLOCK_MONOTONIC; 0: not alone */
	uint64_t messages;      /* so far */
	bool failed;            /* something was reported, but it went on */
	int fifo;               /* descriptor; -1: not open */
	int announced;          /* receiver: bytes in the FIFO that announce the present text */
	struct error *error;
};

/** How the turn is passed. Functions that return -1 set the session's error. */
struct text_turns {
	/** Prepare; NULL if there is nothing to prepare. Returns 0 or -1. */
	int (*begin)(struct text_session *session);
	/** Wait for this side's turn, and take it. */
	enum text_end (*await)(struct text_session *session);
	/** Sender: wait until the last message was taken, without taking the turn. */
	enum text_end (*confirm)(struct text_session *session);
	/** Pass the turn. Returns TEXT_TURN if it was passed. */
	enum text_end (*pass)(struct text_session *session);
	/** Sender: whether the last text was taken. */
	bool (*is_taken)(const struct text_session *session);
	/** Receiver: give the turn back, for the next receiver; NULL if await() changes nothing. */
	void (*give_back)(struct text_session *session);
	/** Release what begin() has acquired; may be NULL. */
	void (*end)(struct text_session *session);
};

/** A wait for the other side that looks again and again. */
struct text_wait {
	struct text_session *session;
	uint64_t until; /* as transmission_deadline() */
	uint64_t looks; /* so far */
};

struct text_wait text_wait_begin(struct text_session *session);

/**
 * Look whether the wait goes on.
 *
 * @return TEXT_TURN if it does; TEXT_LEFT if the object was removed, or the others have detached it;
 *         TEXT_FAILED with error set after a signal, or at the end of --timeout
 */
enum text_end text_wait_check(const struct text_wait *wait);

/** How long the wait may sleep until it looks again, at most, in milliseconds. */
unsigned int text_wait_step(const struct text_wait *wait);

/** Sleep before the next look: briefly at first, then longer, at most 4 milliseconds. */
void text_wait_sleep(struct text_wait *wait);

/** Send each piece of the source as a text: see struct protocol. */
int text_send(const struct text_turns *turns, struct transmission *transmission,
              struct error *error);

/** Receive texts: see struct protocol. */
int text_receive(const struct text_turns *turns, struct transmission *transmission,
                 struct error *error);

#endif
