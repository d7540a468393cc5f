/*
 * A model of the ring of channels (src/channel/ring.c): explores all interleavings of a sender and a
 * receiver, step by step, with memory as weak as that of x86, where each process has a buffer of
 * stores that the other one does not see yet.
 *
 *     channel_model [VARIANT]
 *
 * The sender stores bytes, moves its position, wakes the receiver if `waits` is set, and waits for
 * room; the receiver does the same the other way round. Sleeping is futex(2): the kernel compares
 * the word and queues the process as one step; a wake ends the sleep of a process that is queued. No
 * timeout exists here: a wake that is lost is a deadlock. At any step the sender or the receiver may
 * die, once (variant "correct" only); the survivor's look at the owner is then a step of its own.
 *
 * Checked in each state: the positions differ by at most the capacity; each byte taken is the next
 * one sent. At each end: everything was taken (or, after a death, all that was visible); nobody
 * sleeps for ever.
 *
 * Variants that are wrong, and must be found to be:
 *
 *     no-fence      the position is stored without sequential consistency: the store may be delayed
 *                   until after the look at `waits`
 *     early-move    the sender moves its position before it has stored the byte
 *     no-compare    futex(2) does not compare the word with the value seen
 *     late-waits    `waits` is set after the look at the other position, without another look
 *     waker-clears  the waker clears `waits`, which the other one may have set again meanwhile
 *
 * Prints the number of states, or what is wrong and the steps to it, with status 1.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY = 3, BYTES = 12, BUFFER = 3, TABLE = 1 << 22 };

/* The shared words: positions, waits, and the ring. */
enum { TAIL, HEAD, SENDER_WAITS, RECEIVER_WAITS, RING, WORDS = RING + CAPACITY };

/* The next step of a process. */
enum {
	LOOK,       /* load the other position */
	STORE_BYTE, /* sender: into the ring; receiver: load it */
	MOVE,       /* store the own position */
	LOOK_WAITS, /* load the other's waits */
	CLEAR,      /* store 0 to it (waker-clears) */
	WAKE,
	SET_WAITS,
	SLEEP,  /* futex(2) compares and queues */
	QUEUED, /* until it is woken */
	UNSET_WAITS,
	LAST_LOOK, /* after the other one has died */
	DONE,
	DEAD,
};

struct store {
	uint8_t word;
	uint8_t value;
};

struct process {
	uint8_t step;
	uint8_t position;
	uint8_t seen;    /* the other position, as loaded last */
	uint8_t moved;   /* bytes sent or taken */
	uint8_t pending; /* sender: bytes of the message that are in the ring */
	uint8_t stores;
	struct store buffer[BUFFER];
};

struct state {
	uint8_t words[WORDS];
	uint8_t deaths;
	struct process process[2];
};

enum { SENDER, RECEIVER };

static bool no_fence;
static bool early_move;
static bool no_compare;
static bool late_waits;
static bool waker_clears;
static bool with_death;

static struct state *table;
static uint32_t *parent; /* index of the state before, for the steps to a failure */
static uint32_t *queue;
static uint32_t count;

static _Noreturn void fail(const char *what, uint32_t at)
{
	static const char *const names[] = { "look",      "byte", "move",  "look at waits", "clear",
		                             "wake",      "set",  "sleep", "queued",        "unset",
		                             "last look", "done", "dead" };

	printf("%s\n", what);
	for (int i = 0; i < 200; i++) {
		const struct state *s = &table[at];

		printf("  tail %u head %u waits %u %u; sender: %s, %u; receiver: %s, %u\n",
		       s->words[TAIL], s->words[HEAD], s->words[SENDER_WAITS],
		       s->words[RECEIVER_WAITS], names[s->process[SENDER].step],
		       s->process[SENDER].stores, names[s->process[RECEIVER].step],
		       s->process[RECEIVER].stores);
		if (parent[at] == at)
			break;
		at = parent[at];
	}
	exit(1);
}

/* A process sees its own stores first. */
static uint8_t load(const struct state *s, int who, int word)
{
	const struct process *p = &s->process[who];

	for (int i = p->stores; i-- > 0;) {
		if (p->buffer[i].word == word)
			return p->buffer[i].value;
	}
	return s->words[word];
}

static void drain_one(struct state *s, int who)
{
	struct process *p = &s->process[who];

	s->words[p->buffer[0].word] = p->buffer[0].value;
	p->stores--;
	memmove(p->buffer, p->buffer + 1, p->stores * sizeof(p->buffer[0]));
	memset(p->buffer + p->stores, 0, (BUFFER - p->stores) * sizeof(p->buffer[0]));
}

static void drain(struct state *s, int who)
{
	while (s->process[who].stores > 0)
		drain_one(s, who);
}

/* An ordinary store is buffered; a sequentially consistent one empties the buffer. */
static void store(struct state *s, int who, int word, uint8_t value, bool ordered)
{
	struct process *p = &s->process[who];

	if (p->stores == BUFFER)
		drain_one(s, who);
	p->buffer[p->stores++] = (struct store){ .word = (uint8_t)word, .value = value };
	if (ordered)
		drain(s, who);
}

static uint8_t add(uint8_t position, int bytes)
{
	return (uint8_t)((position + bytes) % (2 * CAPACITY));
}

/* The size of the next message; some fill the whole ring. The receiver takes single bytes. */
static int message_size(const struct process *p, int who)
{
	const int size = p->moved % (CAPACITY + 2) == 2 ? CAPACITY : 1;

	return who == RECEIVER ? 1 : size < BYTES - p->moved ? size : BYTES - p->moved;
}

static int used(uint8_t tail, uint8_t head)
{
	return (tail + 2 * CAPACITY - head) % (2 * CAPACITY);
}

static bool wakes(const struct process *p, int who)
{
	if (who == SENDER)
		return true;
	return used(p->seen, p->position) <= CAPACITY / 2;
}

/* Whether there is something to store or to take. */
static bool may_move(const struct process *p, int who)
{
	return who == SENDER ? CAPACITY - used(p->position, p->seen) >= message_size(p, who)
	                     : used(p->seen, p->position) > 0;
}

static void look(struct state *s, int who, uint32_t from)
{
	struct process *p = &s->process[who];

	p->seen = load(s, who, who == SENDER ? HEAD : TAIL);
	if (used(who == SENDER ? p->position : p->seen, who == SENDER ? p->seen : p->position) >
	    CAPACITY)
		fail("positions are too far apart", from);
	if (p->moved == BYTES)
		p->step = DONE;
	else if (may_move(p, who))
		p->step = early_move && who == SENDER ? MOVE : STORE_BYTE;
	else if (p->step == LAST_LOOK)
		p->step = DONE;
	else
		p->step = late_waits ? SLEEP : SET_WAITS;
}

/* The position moves, as the process itself knows it. */
static void count_message(struct process *p, int who)
{
	const int size = message_size(p, who);

	p->position = add(p->position, size);
	p->moved = (uint8_t)(p->moved + size);
	p->pending = 0;
	p->step = LOOK_WAITS;
}

static void byte(struct state *s, int who, uint32_t from)
{
	struct process *p = &s->process[who];
	const int index = add(p->position, p->pending) % CAPACITY;
	const uint8_t value = (uint8_t)(p->moved + p->pending + 1);

	if (who == SENDER)
		store(s, who, RING + index, value, false);
	else if (load(s, who, RING + index) != value)
		fail("a byte was taken that was not sent", from);
	if (++p->pending < message_size(p, who))
		return;
	p->step = MOVE;
	if (early_move && who == SENDER)
		count_message(p, who);
}

static void move(struct state *s, int who)
{
	struct process *p = &s->process[who];

	store(s, who, who == SENDER ? TAIL : HEAD, add(p->position, message_size(p, who)),
	      !no_fence);
	if (early_move && who == SENDER)
		p->step = STORE_BYTE;
	else
		count_message(p, who);
}

static void go_to_sleep(struct state *s, int who)
{
	struct process *p = &s->process[who];

	/* A system call: the kernel's locks empty the buffer. */
	if (late_waits)
		store(s, who, who == SENDER ? SENDER_WAITS : RECEIVER_WAITS, 1, true);
	drain(s, who);
	p->step = no_compare || late_waits || load(s, who, who == SENDER ? HEAD : TAIL) == p->seen
	              ? QUEUED
	              : UNSET_WAITS;
}

/* One step of a process; false if it has none. */
static bool advance(struct state *s, int who, uint32_t from)
{
	struct process *p = &s->process[who];
	struct process *other = &s->process[!who];
	const int own_waits = who == SENDER ? SENDER_WAITS : RECEIVER_WAITS;
	const int other_waits = who == SENDER ? RECEIVER_WAITS : SENDER_WAITS;

	switch (p->step) {
	case LOOK:
	case LAST_LOOK:
		look(s, who, from);
		break;
	case STORE_BYTE:
		byte(s, who, from);
		break;
	case MOVE:
		move(s, who);
		break;
	case LOOK_WAITS:
		p->step = load(s, who, other_waits) != 0 && wakes(p, who)
		              ? waker_clears ? CLEAR : WAKE
		              : LOOK;
		break;
	case CLEAR:
		store(s, who, other_waits, 0, true);
		p->step = WAKE;
		break;
	case WAKE:
		drain(s, who);
		if (other->step == QUEUED)
			other->step = UNSET_WAITS;
		p->step = LOOK;
		break;
	case SET_WAITS:
		store(s, who, own_waits, 1, true);
		p->step = SLEEP;
		break;
	case SLEEP:
		go_to_sleep(s, who);
		break;
	case QUEUED:
		/* The timeout, which matters only if the other one is dead. */
		if (other->step != DEAD)
			return false;
		p->step = LAST_LOOK;
		break;
	case UNSET_WAITS:
		store(s, who, own_waits, 0, true);
		p->step = LOOK;
		break;
	default:
		return false;
	}
	return true;
}

static void add_state(const struct state *s, uint32_t from)
{
	const unsigned char *bytes = (const unsigned char *)s;
	uint64_t hash = 1469598103934665603U;

	for (size_t i = 0; i < sizeof(*s); i++)
		hash = (hash ^ bytes[i]) * 1099511628211U;
	for (uint32_t at = (uint32_t)(hash % TABLE);; at = (at + 1) % TABLE) {
		if (parent[at] != UINT32_MAX && memcmp(&table[at], s, sizeof(*s)) == 0)
			return;
		if (parent[at] == UINT32_MAX) {
			if (count > TABLE / 4 * 3) {
				printf("too many states\n");
				exit(2);
			}
			table[at] = *s;
			parent[at] = from == UINT32_MAX ? at : from;
			queue[count++] = at;
			return;
		}
	}
}

static void check_end(const struct state *s, uint32_t at)
{
	const struct process *sender = &s->process[SENDER];
	const struct process *receiver = &s->process[RECEIVER];

	if (sender->step == QUEUED || receiver->step == QUEUED)
		fail("sleeps for ever", at);
	if (s->deaths == 0 && receiver->moved != BYTES)
		fail("bytes are lost", at);
	if (sender->step == DEAD && used(s->words[TAIL], s->words[HEAD]) != 0)
		fail("visible bytes are lost after the death of the sender", at);
}

static void explore(void)
{
	struct state first = { .deaths = 0 };

	add_state(&first, UINT32_MAX);
	for (uint32_t next = 0; next < count; next++) {
		const uint32_t at = queue[next];
		bool moved = false;

		for (int who = SENDER; who <= RECEIVER; who++) {
			struct state s = table[at];

			if (advance(&s, who, at)) {
				moved = true;
				add_state(&s, at);
			}
			s = table[at];
			if (s.process[who].stores > 0) {
				drain_one(&s, who);
				moved = true;
				add_state(&s, at);
			}
			s = table[at];
			if (with_death && s.deaths == 0 && s.process[who].step < DONE) {
				/* What a dead processor core has stored still becomes visible. */
				drain(&s, who);
				s.process[who].step = DEAD;
				s.deaths = 1;
				add_state(&s, at);
			}
		}
		if (!moved)
			check_end(&table[at], at);
	}
}

int main(int argc, char **argv)
{
	const char *variant = argc > 1 ? argv[1] : "correct";

	no_fence = strcmp(variant, "no-fence") == 0;
	early_move = strcmp(variant, "early-move") == 0;
	no_compare = strcmp(variant, "no-compare") == 0;
	late_waits = strcmp(variant, "late-waits") == 0;
	waker_clears = strcmp(variant, "waker-clears") == 0;
	with_death = strcmp(variant, "correct") == 0;
	if (!no_fence && !early_move && !no_compare && !late_waits && !waker_clears &&
	    !with_death) {
		fprintf(stderr, "channel_model: %s: no such variant\n", variant);
		return 2;
	}
	table = calloc(TABLE, sizeof(*table));
	parent = malloc(TABLE * sizeof(*parent));
	queue = malloc(TABLE * sizeof(*queue));
	if (table == NULL || parent == NULL || queue == NULL)
		return 2;
	memset(parent, 0xff, TABLE * sizeof(*parent));
	explore();
	printf("%s: %u states, all right\n", variant, count);
	return 0;
}
