#include "channel/owner.h"

#include "base/number.h"
#include "channel/word.h"
#include "system/futex.h"
#include "system/process.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often and how long a claim waits for the identity of an owner, in milliseconds. */
enum { UNSURE_LOOKS = 5, UNSURE_INTERVAL = 50 };

/* The first 16 digits of the boot id, or 0 if it is not readable. */
static uint64_t boot_number(void)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char id[37] = "";
	uint64_t number = 0;

	if (fd < 0)
		return 0;
	if (read(fd, id, sizeof(id) - 1) > 0) {
		char digits[17] = "";
		size_t count = 0;

		for (const char *at = id; *at != '\0' && count < sizeof(digits) - 1; at++) {
			if (*at != '-')
				digits[count++] = *at;
		}
		(void)number_parse(digits, NUMBER_HEXADECIMAL, UINT64_MAX, &number);
	}
	close(fd);
	return number;
}

static uint64_t own_boot(void)
{
	static uint64_t number;

	if (number == 0)
		number = boot_number();
	return number;
}

static uint64_t own_namespace(void)
{
	static struct stat st;

	if (st.st_ino == 0 && stat("/proc/self/ns/pid", &st) < 0)
		st.st_ino = 0;
	return st.st_ino;
}

/* Whether a process of this pid namespace exists and is not a zombie. */
static bool process_exists(pid_t pid)
{
	struct process_stat process;

	if (!process_lives(pid))
		return false;
	return !process_numbers_are_ours() || process_read_stat(pid, &process) < 0 ||
	       !process_has_ended(&process);
}

struct side_owner owner_look(const struct channel_side *side, uint64_t inode)
{
	const uint32_t word = word_load(&side->owner);
	struct side_owner owner = { .state = OWNER_NONE, .pid = (pid_t)(word & FUTEX_TID_MASK) };
	uint64_t boot;
	uint64_t of;

	if (owner.pid == 0 || (word & FUTEX_OWNER_DIED) != 0)
		return owner;
	owner.state = OWNER_UNSURE;
	if ((word & CHANNEL_IDENTIFIED) == 0)
		return owner;
	boot = side->boot;
	of = side->inode;
	owner.namespace = side->namespace;
	owner.same_namespace = owner.namespace != 0 && owner.namespace == own_namespace();
	/* If the owner has changed meanwhile, the identity may be of either. */
	if (word_load(&side->owner) != word)
		return owner;
	owner.state = OWNER_LIVES;
	/* Both sides may have been unable to read it. */
	if (of != inode || (boot != 0 && own_boot() != 0 && boot != own_boot()) ||
	    (owner.same_namespace && !process_exists(owner.pid)))
		owner.state = OWNER_NONE;
	return owner;
}

void owner_words(char words[OWNER_WORDS_SIZE], const struct side_owner *owner)
{
	if (owner->same_namespace || owner->namespace == 0)
		snprintf(words, OWNER_WORDS_SIZE, "process %ld", (long)owner->pid);
	else
		snprintf(words, OWNER_WORDS_SIZE, "process %ld of pid namespace %" PRIu64,
		         (long)owner->pid, owner->namespace);
}

static void identify(struct channel_side *side, uint64_t inode)
{
	side->boot = own_boot();
	side->inode = inode;
	side->namespace = own_namespace();
}

bool owner_claim(struct channel_side *side, uint64_t inode, struct side_owner *found)
{
	const uint32_t own = (uint32_t)getpid();

	for (unsigned int looks = 0;; looks++) {
		uint32_t word = word_load(&side->owner);
		uint32_t claimed = own;

		*found = owner_look(side, inode);
		if (found->state == OWNER_LIVES)
			return false;
		/* An owner soon leaves its identity; a word that stays incomplete has no owner. */
		if (found->state == OWNER_UNSURE && looks < UNSURE_LOOKS) {
			(void)futex_wait(&side->owner, word, UNSURE_INTERVAL);
			continue;
		}
		/* A kernel or a sandbox without it leaves the check of the pid. */
		(void)futex_own(&side->owner);
		if (word_replace(&side->owner, &word, own)) {
			identify(side, inode);
			if (word_replace(&side->owner, &claimed, own | CHANNEL_IDENTIFIED))
				return true;
		}
		(void)futex_own(NULL);
	}
}

bool owner_is_own(const struct channel_side *side)
{
	return word_load(&side->owner) == ((uint32_t)getpid() | CHANNEL_IDENTIFIED);
}

uint32_t owner_raise_session(struct channel_side *side, uint32_t served)
{
	uint32_t session = word_load(&side->session);

	do
		session++;
	while (session == 0 || session == served);
	word_store(&side->session, session);
	futex_wake(&side->session);
	return session;
}

void owner_release(struct channel_side *side)
{
	uint32_t own = (uint32_t)getpid() | CHANNEL_IDENTIFIED;

	if (word_load(&side->owner) == own) {
		side->boot = 0;
		side->inode = 0;
		(void)word_replace(&side->owner, &own, 0);
		/* The other side may sleep until this one's position changes. */
		futex_wake(&side->position);
	}
	(void)futex_own(NULL);
}
