#include "channel/channel.h"

#include "channel/owner.h"
#include "channel/word.h"
#include "memory/fault.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { MAGIC_HALF = CHANNEL_MAGIC_SIZE / 2 };

static bool is_zero(const void *bytes, size_t size)
{
	const char *at = bytes;

	return size == 0 || (at[0] == 0 && memcmp(at, at + 1, size - 1) == 0);
}

static bool is_capacity(uint32_t capacity, uint64_t room)
{
	return capacity >= CHANNEL_UNIT && capacity <= CHANNEL_LARGEST &&
	       capacity % CHANNEL_UNIT == 0 && room >= CHANNEL_HEADER_SIZE &&
	       capacity <= room - CHANNEL_HEADER_SIZE;
}

enum channel_content channel_judge(const struct channel_header *header, uint64_t room)
{
	if (is_zero(header, sizeof(*header)))
		return CHANNEL_NONE;
	if (memcmp(header->magic, CHANNEL_MAGIC, CHANNEL_MAGIC_SIZE) == 0 && header->capacity != 0)
		return is_capacity(header->capacity, room) ? CHANNEL_FOUND : CHANNEL_DAMAGED;
	if (memcmp(header->magic, CHANNEL_MAGIC, MAGIC_HALF) == 0 &&
	    (is_zero(header->magic + MAGIC_HALF, MAGIC_HALF) ||
	     memcmp(header->magic, CHANNEL_MAGIC, CHANNEL_MAGIC_SIZE) == 0) &&
	    is_zero(&header->capacity, sizeof(*header) - CHANNEL_MAGIC_SIZE))
		return CHANNEL_UNFINISHED;
	return CHANNEL_FOREIGN;
}

/* Check that a part of an object reads as zeros; holes are skipped. */
static int check_zeros(struct memory *memory, uint64_t offset, uint64_t end, bool *zeros,
                       struct error *error)
{
	static char chunk[1 << 16];

	*zeros = true;
	while (offset < end && *zeros) {
		struct extent extent;
		uint64_t size;
		uint64_t done;

		memory_extent(memory, offset, end, &extent);
		if (extent.is_hole) {
			offset += extent.length;
			continue;
		}
		size = extent.length < sizeof(chunk) ? extent.length : sizeof(chunk);
		if (memory_read(memory, offset, chunk, size, &done, error) < 0)
			return -1;
		*zeros = done == size && is_zero(chunk, size);
		offset += size;
	}
	return 0;
}

/* Stores of the making of a channel, which may raise a signal. */
struct making {
	struct channel_header *header;
	uint32_t capacity; /* wanted, then found */
	bool erase;
};

/* Every process that finds zeros, or an unfinished channel, takes all steps. */
static void make(void *closure)
{
	struct making *making = closure;
	struct channel_header *header = making->header;
	uint32_t magic[2];
	uint32_t none = 0;

	memcpy(magic, CHANNEL_MAGIC, sizeof(magic));
	if (making->erase)
		memset(header, 0, sizeof(*header));
	(void)word_replace((uint32_t *)(void *)header->magic, &none, magic[0]);
	word_store((uint32_t *)(void *)(header->magic + MAGIC_HALF), magic[1]);
	none = 0;
	if (!word_replace(&header->capacity, &none, making->capacity))
		making->capacity = none;
}

static int is_used(const struct channel_header *header, uint64_t inode, struct error *error)
{
	const struct channel_side *const sides[] = { &header->sender, &header->receiver };
	char words[OWNER_WORDS_SIZE];

	for (size_t i = 0; i < 2; i++) {
		struct side_owner owner = owner_look(sides[i], inode);

		if (owner.state != OWNER_LIVES)
			continue;
		owner_words(words, &owner);
		return error_set(error, STATUS_FAILED,
		                 "%s uses it as a channel, so it is not overwritten", words);
	}
	return 0;
}

static int refuse(enum channel_content content, struct error *error)
{
	if (content == CHANNEL_DAMAGED)
		return error_set(error, STATUS_FAILED,
		                 "its channel is damaged: the capacity is not possible (--force "
		                 "makes a new channel)");
	return error_set(error, STATUS_FAILED,
	                 "holds something other than a channel (--force overwrites it)");
}

/* Judge the part of an object, and whether a channel must be made in it. */
static int look(const struct transmission *transmission, uint64_t room, uint64_t inode,
                struct making *making, bool *make_it, struct error *error)
{
	struct memory *memory = transmission->memory;
	const uint64_t offset = transmission->offset;
	struct channel_header header;
	enum channel_content content;
	bool zeros = true;
	uint64_t done;

	if (memory_read(memory, offset, &header, sizeof(header), &done, error) < 0)
		return -1;
	if (done < sizeof(header))
		return error_set(error, STATUS_FAILED, "has shrunk meanwhile");
	content = channel_judge(&header, room);
	making->capacity = header.capacity;
	*make_it = content != CHANNEL_FOUND;
	if (content == CHANNEL_NONE &&
	    check_zeros(memory, offset + sizeof(header), offset + room, &zeros, error) < 0)
		return -1;
	/* Another process may just have begun: its header counts, not its bytes. */
	if (!zeros && memory_read(memory, offset, &header, sizeof(header), &done, error) == 0) {
		content = channel_judge(&header, room);
		*make_it = content != CHANNEL_FOUND;
		making->capacity = header.capacity;
		if (content == CHANNEL_NONE)
			content = CHANNEL_FOREIGN;
	}
	if (content != CHANNEL_DAMAGED && content != CHANNEL_FOREIGN)
		return 0;
	if (!transmission->force)
		return refuse(content, error);
	making->erase = true;
	return is_used(&header, inode, error);
}

static int map_all(struct memory *memory, struct channel *channel, struct error *error)
{
	struct mapping_request request = { .length = memory->bytes,
		                           .protection = PROT_READ | PROT_WRITE };

	channel->length = (size_t)memory->bytes;
	channel->address = memory->mapping.address;
	if (channel->address != NULL)
		return 0;
	if (memory_map(memory, &request, &channel->mapping, &channel->address, error) < 0) {
		channel->mapping.address = NULL;
		return -1;
	}
	return 0;
}

/* The room for a channel in the object, from its header on. */
static int measure(const struct transmission *transmission, uint64_t *room, struct error *error)
{
	const uint64_t smallest = CHANNEL_HEADER_SIZE + CHANNEL_UNIT;
	const uint64_t bytes = transmission->memory->bytes;
	const uint64_t offset = transmission->offset;

	*room = bytes > offset ? bytes - offset : 0;
	if (transmission->length > *room)
		return error_set(error, STATUS_FAILED,
		                 "has %" PRIu64 " byte%s: a channel of %" PRIu64
		                 " bytes at offset %" PRIu64 " does not fit",
		                 bytes, plural_s(bytes), transmission->length, offset);
	if (transmission->length != 0)
		*room = transmission->length;
	if (*room < smallest)
		return error_set(error, STATUS_FAILED,
		                 "is too small: %" PRIu64
		                 " byte%s for a channel of at least %" PRIu64,
		                 *room, plural_s(*room), smallest);
	return 0;
}

static int find_inode(const struct memory *memory, uint64_t *inode, struct error *error)
{
	struct stat st;

	*inode = (uint64_t)(unsigned int)memory->id;
	if (memory->is_segment)
		return 0;
	if (fstat(memory->fd, &st) < 0)
		return error_set_errno(error, errno, "can't be inspected");
	*inode = st.st_ino;
	return 0;
}

int channel_open(const struct transmission *transmission, struct channel *channel,
                 struct error *error)
{
	struct making making = { .capacity = 0 };
	bool make_it = false;
	uint64_t room;
	uint64_t wanted;

	memset(channel, 0, sizeof(*channel));
	if (find_inode(transmission->memory, &channel->inode, error) < 0 ||
	    measure(transmission, &room, error) < 0 ||
	    look(transmission, room, channel->inode, &making, &make_it, error) < 0 ||
	    map_all(transmission->memory, channel, error) < 0)
		return -1;
	channel->header = (void *)(channel->address + transmission->offset);
	channel->data = (unsigned char *)channel->header + CHANNEL_HEADER_SIZE;
	if (make_it) {
		wanted = room - CHANNEL_HEADER_SIZE;
		wanted -= wanted % CHANNEL_UNIT;
		making.header = channel->header;
		making.capacity = wanted < CHANNEL_LARGEST ? (uint32_t)wanted : CHANNEL_LARGEST;
		if (fault_run(channel->address, channel->length, make, &making) != 0) {
			error_set(error, STATUS_FAILED,
			          "can't be written: it has shrunk, or there is no memory for it");
			goto failed;
		}
	}
	channel->capacity = making.capacity;
	if (is_capacity(channel->capacity, room))
		return 0;
	refuse(CHANNEL_DAMAGED, error);
failed:
	channel_close(channel);
	return -1;
}

void channel_close(struct channel *channel)
{
	mapping_end(&channel->mapping);
}
