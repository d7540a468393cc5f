/*
 * A side of a channel from its start to its end: claiming it, meeting the other side, waiting for
 * it, and noticing its death. See channel/layout.h.
 */
#ifndef SHMTOOL_CHANNEL_SESSION_H
#define SHMTOOL_CHANNEL_SESSION_H

#include "channel/channel.h"
#include "channel/owner.h"
#include "channel/protocol.h"
#include "channel/ring.h"
#include "error.h"

#include <stdbool.h>
#include <stdint.h>

struct session {
	const struct transmission *transmission;
	struct channel channel;
	struct ring ring;
	bool claimed;
	bool paired;
	bool ended;              /* sender: CHANNEL_ENDED is stored */
	uint32_t own_session;    /* the session of this side */
	uint32_t other_session;  /* of the other side, of this pair */
	struct side_owner other; /* the other side's process, of this pair, for messages */
	bool damaged;            /* the channel cannot be used by another receiver either */
	bool other_failed;       /* error is about the other side of this pair only */
	bool failed;             /* something was reported, but it went on */
	uint64_t moved;          /* bytes of this pair that this side has moved */
	uint64_t earlier;        /* bytes of earlier pairs */
	uint64_t messages;       /* receiver: taken, in all pairs */
	char *buffer;            /* of channel/messages.h, or NULL */
	int result;              /* of what ran under session_run(), with error */
	struct error *error;
};

/** The end of a wait. */
enum session_end {
	SESSION_READY,  /* there is what was waited for */
	SESSION_ENDED,  /* receiver: the sender's input has ended, and all of it was taken */
	SESSION_LEFT,   /* the other side has left early, and all it has sent was taken */
	SESSION_FAILED, /* error is set */
};

/**
 * Open the channel and run a side of it. A signal of an access to memory that has gone away becomes
 * an error.
 *
 * @param transmission  its member moved receives the bytes that were moved
 * @param run  runs the side; sets result, and error if it is -1
 * @return the result, or -1 with error set
 */
int session_run(struct transmission *transmission, bool is_sender, void (*run)(void *session),
                struct error *error);

/**
 * Meet the other side: wait for it, unless --no-wait was given.
 *
 * @param resume  sender: the ring keeps the messages that the last receiver left in it
 * @return 0, or -1 with error set
 */
int session_pair(struct session *session, bool resume);

/** Receiver: begin a new session, for the next sender. */
void session_renew(struct session *session);

/**
 * Wait until a number of bytes is there to store or to take.
 *
 * @param needed  in bytes, at most the capacity
 * @param size    receives the number there is; less than needed unless SESSION_READY
 */
enum session_end session_wait(struct session *session, uint32_t needed, uint32_t *size);

/**
 * Sender: look whether the pair goes on, while it waits for its source.
 *
 * @return SESSION_READY, SESSION_LEFT or SESSION_FAILED
 */
enum session_end session_look(struct session *session);

/**
 * Set the error that the channel is damaged: "its channel is damaged: ...".
 *
 * @param format  as for printf(3)
 * @return -1
 */
int session_damaged(struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
