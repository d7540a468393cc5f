/*
 * The header of a channel, and what another process may have stored behind it. Nothing outside of the
 * ring is read or written.
 *
 * An input is a header, then the bytes of the ring; the position of the receiver is the first word
 * that the header reserves.
 */
#include "fuzz.h"

#include "base/memory.h"
#include "channel/channel.h"
#include "channel/messages.h"
#include "channel/owner.h"
#include "channel/ring.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MAX = 4096 };

static void check_owners(const struct channel_header *header)
{
	const struct channel_side *const sides[] = { &header->sender, &header->receiver };

	for (size_t i = 0; i < 2; i++) {
		const struct side_owner owner = owner_look(sides[i], 1);
		char words[OWNER_WORDS_SIZE];

		owner_words(words, &owner);
		fuzz_check(strlen(words) < sizeof(words), "an owner is too long");
	}
}

static void check_sender(struct channel_header *header, struct ring ring)
{
	char bytes[CAPACITY_MAX] = "";
	uint32_t size = 0;

	ring.own = &header->sender;
	ring.other = &header->receiver;
	ring.is_sender = true;
	if (ring_look(&ring, &size) < 0)
		return;
	fuzz_check(size <= ring.capacity, "room for %u of %u bytes", size, ring.capacity);
	ring_copy_in(&ring, 0, bytes, size);
	header->receiver.waits = 0;
	ring_move(&ring, size, 0);
	fuzz_check(ring_look(&ring, &size) == 0 && size == 0, "room for %u bytes", size);
}

static void check_receiver(struct channel_header *header, struct ring ring)
{
	static int nowhere = -1;
	const struct transmission transmission = { .fd = nowhere, .delimiter = '\n' };
	struct error error = { .text = "" };
	struct session session = { .transmission = &transmission, .ring = ring, .error = &error };
	uint32_t size = 0;

	if (nowhere < 0)
		nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	session.channel.capacity = ring.capacity;
	session.ring.own = &header->receiver;
	session.ring.other = &header->sender;
	if (ring_look(&session.ring, &size) == 0) {
		fuzz_check(size <= ring.capacity, "%u of %u bytes", size, ring.capacity);
		header->sender.waits = 0;
		if (messages_deliver(&session, size) < 0)
			fuzz_check(error.text[0] != '\0', "it fails without a sentence");
		fuzz_check(session.moved <= size, "more bytes than there were");
	}
	free(session.buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct channel_header header;
	struct ring ring;

	if (size < sizeof(header))
		return 0;
	memcpy(&header, data, sizeof(header));
	if (channel_judge(&header, size) != CHANNEL_FOUND || header.capacity > CAPACITY_MAX)
		return 0;
	check_owners(&header);
	ring = (struct ring){ .data = needed(malloc(header.capacity)),
		              .capacity = header.capacity,
		              .position = header.reserved[0] % (2 * header.capacity) };
	memcpy(ring.data, data + sizeof(header), header.capacity);
	check_receiver(&header, ring);
	check_sender(&header, ring);
	free(ring.data);
	return 0;
}
