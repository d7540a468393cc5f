/*
 * A protocol between a sender and a receiver, for `send` and `recv`; channel/protocols.h lists all.
 */
#ifndef SHMTOOL_CHANNEL_PROTOCOL_H
#define SHMTOOL_CHANNEL_PROTOCOL_H

#include "error.h"
#include "memory/memory.h"
#include "memory/semaphore.h"

#include <stdbool.h>
#include <stdint.h>

/** The place of a text in an object, and of the member that says whose turn it is, in bytes. */
struct text_place {
	uint64_t bytes; /* of the whole struct; 0: there is no such place */
	uint64_t text_offset;
	uint64_t text_size;
	uint64_t flag_offset; /* a multiple of its size */
	uint64_t flag_size;   /* 1, 2, 4 or 8; 0: there is no flag */
	bool flag_is_swapped; /* in the non-native byte order */
};

/** One run of `send` or `recv`. */
struct transmission {
	struct memory *memory; /* open for writing */
	uint64_t offset;       /* of the part to use, in bytes */
	uint64_t length;       /* of the part, in bytes; 0: to the end of the object */
	bool force;            /* overwrite what the object holds */
	bool wait;             /* for the other side; else it must be there already */
	uint64_t timeout;      /* of each wait for the other side, milliseconds; UINT64_MAX: none */
	bool messages;         /* send: each piece of input is a message. recv: only messages */
	char delimiter;        /* ends a piece of input, and follows each message in the output */
	uint64_t count;        /* recv: of messages; 0: all */
	bool follow;           /* recv: one sender after another */
	int fd;                /* the source or the destination */

	uint64_t moved; /* result: bytes sent or received, without delimiters; ring only */

	/* For the protocols of channel/text.h. */
	struct text_place text;
	bool keep_delimiter;           /* it is part of a text */
	const char *until;             /* a text that begins with it is the last one; NULL: none */
	const char *fifo;              /* path */
	bool create_fifo;              /* if it does not exist */
	struct semaphore *sender_turn; /* the sender waits for it; NULL: there is none */
	struct semaphore *receiver_turn; /* the receiver waits for it; NULL: there is none */

	/** Report a failure after which it continues. */
	void (*report)(void *closure, const struct error *error);
	void *closure;
};

struct protocol {
	const char *word; /* for --protocol */

	/**
	 * Send a source, until a signal that stream/interrupt.h catches.
	 *
	 * @return 0 if the receiver has taken all of it, or -1 with error set. Its text is empty
	 *         if a signal has arrived
	 */
	int (*send)(struct transmission *transmission, struct error *error);

	/**
	 * Receive to a destination, until a signal that stream/interrupt.h catches.
	 *
	 * @return 0, or -1 with error set. Its text is empty if a signal has arrived, or if the
	 *         reader of the destination, a pipe, is gone
	 */
	int (*receive)(struct transmission *transmission, struct error *error);
};

#endif
