/*
 * The owner of a side of a channel: at most one living process, see channel/layout.h.
 */
#ifndef SHMTOOL_CHANNEL_OWNER_H
#define SHMTOOL_CHANNEL_OWNER_H

#include "channel/layout.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum owner_state {
	OWNER_NONE,   /* there is none, or it has died */
	OWNER_UNSURE, /* it has not left its identity (yet) */
	OWNER_LIVES,
};

struct side_owner {
	enum owner_state state;
	pid_t pid;           /* in its own pid namespace */
	uint64_t namespace;  /* inode of its pid namespace; 0: unknown */
	bool same_namespace; /* that of this process */
};

/**
 * Find the owner of a side.
 *
 * @param side   in the object, or a copy
 * @param inode  of the object
 */
struct side_owner owner_look(const struct channel_side *side, uint64_t inode);

/** Room for owner_words(), in bytes. */
enum { OWNER_WORDS_SIZE = 80 };

/** Name an owner: "process 12", "process 12 of pid namespace 4026531836". */
void owner_words(char words[OWNER_WORDS_SIZE], const struct side_owner *owner);

/**
 * Become the owner of a side. A process can own one side.
 *
 * @param inode  of the object
 * @param found  receives the present owner on failure
 * @return false if there is one
 */
bool owner_claim(struct channel_side *side, uint64_t inode, struct side_owner *found);

/** Check whether a side still says that this process owns it. */
bool owner_is_own(const struct channel_side *side);

/**
 * Raise the session of a side that this process owns, and wake the process that waits for it.
 *
 * @param served  the receiver's session that was served last, which is not used again
 * @return the new session
 */
uint32_t owner_raise_session(struct channel_side *side, uint32_t served);

/** Give a side up; nothing is done if this process does not own it. */
void owner_release(struct channel_side *side);

#endif
