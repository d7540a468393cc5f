/*
 * The layout of a channel in shared memory, as shmtool-channel(5) describes it.
 *
 * A channel is a header and a ring of bytes behind it. Each side has a position in the ring, which
 * only that side moves: the sender after it has stored bytes, the receiver after it has written them
 * to their destination. Positions count from 0 to twice the capacity, so that an empty ring differs
 * from a full one, whatever the capacity. A side that must wait sets `waits` and sleeps on the other
 * side's position, a futex; the other side, after moving its position, wakes it if `waits` is set.
 * Both use sequentially consistent accesses, so one of them always sees the store of the other.
 *
 * Start: each side claims `owner`, a robust futex, and raises its `session`; a second sender or
 * receiver is refused while the first lives. The sender waits for a live receiver with a session
 * that it has not served yet, empties the ring (no other process uses it then) and stores that session
 * in `serves`: from then on the two are a pair, until either session changes or an owner dies. So
 * a new pair never sees anything of an old one, and nothing needs cleaning up.
 *
 * Death: the kernel marks the owner of a robust futex that dies, also after SIGKILL, in any pid
 * namespace, for every kind of object. A sleeping side looks every 100 ms. An owner is believed to
 * live only if it left its identity: boot, inode and pid namespace; so a copy of a channel, or one
 * from before a reboot, has no owner.
 *
 * End: with the last position, the sender stores CHANNEL_ENDED; a side that leaves early stores
 * CHANNEL_LEFT. Messages are framed: a length of 4 bytes, the bytes, 0 to 3 bytes of padding. Only
 * complete messages are made visible. A receiver of messages may leave after any of them; the next
 * one then continues with the same sender.
 *
 * Trust: any process that can write the object can write every word. Each word is loaded once,
 * checked, and only then used; capacity and own position are kept in private memory.
 */
#ifndef SHMTOOL_CHANNEL_LAYOUT_H
#define SHMTOOL_CHANNEL_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/** The magic as two words; the first one is stored first, by compare and swap. */
#define CHANNEL_MAGIC "shmchan1"
enum { CHANNEL_MAGIC_SIZE = 8 };

enum {
	CHANNEL_HEADER_SIZE = 512,
	CHANNEL_UNIT = 64, /* offset in the object and capacity are multiples of it */
	CHANNEL_LARGEST = 1 << 29,
	CHANNEL_FRAME = 4, /* size of a message's length, and the multiple that a message fills */
};

/* Bits of a position. */
#define CHANNEL_ENDED    UINT32_C(0x80000000) /* the input has ended, and all of it is in the ring */
#define CHANNEL_LEFT     UINT32_C(0x40000000) /* this side has left before the end */
#define CHANNEL_POSITION UINT32_C(0x3fffffff)

/* Bit of an owner; the others are those of a robust futex: FUTEX_TID_MASK, FUTEX_OWNER_DIED. */
#define CHANNEL_IDENTIFIED UINT32_C(0x80000000) /* the identity below is that of the owner */

enum channel_mode { CHANNEL_BYTES, CHANNEL_MESSAGES, CHANNEL_MODES };

/** The words that one side writes. */
struct channel_side {
	uint32_t position; /* 0 to 2 * capacity - 1, and bits */
	uint32_t waits;    /* 1: sleeps, or is about to, until the other position changes */
	uint32_t owner;    /* thread id in its own pid namespace; 0: none */
	uint32_t session;  /* raised by each owner, and by a receiver for each sender */
	uint32_t serves;   /* sender: the receiver's session that it serves or served last */
	uint32_t serving;  /* sender: its own session that did */
	uint32_t mode;     /* sender: enum channel_mode, for the session that it serves */
	uint32_t reserved[9];
	uint64_t boot;      /* identity: first 16 digits of /proc/sys/kernel/random/boot_id */
	uint64_t inode;     /* of the object; the id of a System V segment */
	uint64_t namespace; /* inode of the owner's pid namespace */
	uint64_t unused[5];
};

struct channel_header {
	char magic[CHANNEL_MAGIC_SIZE];
	uint32_t capacity; /* of the ring in bytes */
	uint32_t reserved[29];
	struct channel_side sender;
	struct channel_side receiver;
	uint32_t unused[32];
};

_Static_assert(offsetof(struct channel_header, sender) == 128, "documented layout");
_Static_assert(offsetof(struct channel_header, receiver) == 256, "documented layout");
_Static_assert(offsetof(struct channel_side, boot) == 64, "documented layout");
_Static_assert(sizeof(struct channel_header) == CHANNEL_HEADER_SIZE, "documented layout");

#endif
