/*
 * Finding or making a channel in an object, see channel/layout.h.
 */
#ifndef SHMTOOL_CHANNEL_CHANNEL_H
#define SHMTOOL_CHANNEL_CHANNEL_H

#include "channel/layout.h"
#include "channel/protocol.h"
#include "error.h"
#include "memory/mapping.h"

#include <stddef.h>
#include <stdint.h>

/** The content of an object. */
enum channel_content {
	CHANNEL_FOUND,
	CHANNEL_UNFINISHED, /* its making was interrupted, or is under way */
	CHANNEL_NONE,       /* nothing: zeros */
	CHANNEL_DAMAGED,    /* the magic, but a capacity that is not possible */
	CHANNEL_FOREIGN,    /* something else */
};

/**
 * Judge a copy of a header. CHANNEL_NONE concerns only the header.
 *
 * @param room  in the object from the header on, in bytes
 */
enum channel_content channel_judge(const struct channel_header *header, uint64_t room);

/** A channel that is mapped. */
struct channel {
	struct mapping mapping; /* of a file; that of a segment belongs to its struct memory */
	char *address;          /* of the whole mapping */
	size_t length;          /* of the whole mapping in bytes */
	struct channel_header *header;
	unsigned char *data;
	uint32_t capacity; /* checked */
	uint64_t inode;    /* of the object, or a segment's id */
};

/**
 * Map the channel of an object. If the object is filled with zeros, or --force was given, make one;
 * its making by several processes at once has one result.
 *
 * @param channel  receives it, to be closed with channel_close()
 * @return 0, or -1 with error set
 */
int channel_open(const struct transmission *transmission, struct channel *channel,
                 struct error *error);

void channel_close(struct channel *channel);

#endif
