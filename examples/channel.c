/* Receives the bytes of a channel, see shmtool-channel(5): channel /NAME >FILE */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Words of the sender and of the receiver, and offsets in bytes. */
enum { TAIL = 32, TAIL_WAITS, TAIL_OWNER, TAIL_SESSION, SERVES, SERVING, MODE };
enum { HEAD = 64, WAITS, OWNER, SESSION, IDENTITY = 320, RING = 512 };
static _Atomic uint32_t *word;

static void futex(int at, int operation, uint32_t value) /* sleeps 100 ms at most */
{
	syscall(SYS_futex, word + at, operation, value, &(struct timespec){ .tv_nsec = 100000000 });
}

int main(int argc, char **argv)
{
	int fd = argc == 2 ? shm_open(argv[1], O_RDWR, 0) : -1;
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
	uint32_t boot[3], free, size, session, sender, serves, seen, used, head = 0, gone;
	struct stat st, pids;
	if (fd < 0 || fstat(fd, &st) < 0 || file == NULL || stat("/proc/self/ns/pid", &pids) < 0 ||
	    fscanf(file, "%8x-%4x-%4x", boot, boot + 1, boot + 2) != 3)
		err(1, "usage: channel /NAME");
	char *memory = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	word = (_Atomic uint32_t *)memory;
	size = st.st_size < RING + 64 ? 0 : word[2];
	if (size < 64 || size > st.st_size - RING || memcmp(memory, "shmchan1", 8) != 0)
		errx(1, "%s: no channel", argv[1]);
	/* Before the claim: if this process dies, the kernel marks its word. */
	struct robust_list_head robust = { { &robust.list }, 0, (void *)(word + OWNER) };
	syscall(SYS_set_robust_list, &robust, sizeof(robust));
	free = word[OWNER] & FUTEX_OWNER_DIED ? word[OWNER] : 0;
	if (!__atomic_compare_exchange_n((uint32_t *)word + OWNER, &free, getpid(), 0, 5, 5))
		errx(1, "%s: has a receiver already", argv[1]);
	uint64_t start = (uint64_t)boot[0] << 32 | boot[1] << 16 | boot[2];
	uint64_t identity[] = { start, st.st_ino, pids.st_ino };
	memcpy(memory + IDENTITY, identity, sizeof(identity));
	word[OWNER] = (uint32_t)getpid() | 0x80000000;
	word[SESSION] = session = (word[SESSION] > word[SERVES] ? word[SESSION] : word[SERVES]) + 1;
	futex(SESSION, FUTEX_WAKE, INT32_MAX);
	while ((serves = word[SERVES]) != session)
		futex(SERVES, FUTEX_WAIT, serves);
	sender = word[SERVING];
	while (gone = (word[TAIL_OWNER] & FUTEX_OWNER_DIED) || word[TAIL_SESSION] != sender,
	       seen = word[TAIL], used = ((seen & 0x3fffffff) + 2 * size - head) % (2 * size),
	       word[MODE] == 0 && used <= size && (used > 0 || seen >> 30 == 0)) {
		uint32_t at = head % size, part = used < size - at ? used : size - at;
		if (used > 0) {
			ssize_t done = write(STDOUT_FILENO, memory + RING + at, part);
			if (done < 0)
				err(1, "standard output");
			head = (head + (uint32_t)done) % (2 * size);
			word[HEAD] = head;
			if (word[TAIL_WAITS])
				futex(HEAD, FUTEX_WAKE, INT32_MAX);
		} else if (gone) {
			break;
		} else {
			word[WAITS] = 1;
			futex(TAIL, FUTEX_WAIT, seen);
			word[WAITS] = 0;
		}
	}
	if (used > 0 || !(seen & 0x80000000))
		errx(1, "the sender is gone, sends messages, or the channel is damaged");
	word[OWNER] = 0;
	futex(HEAD, FUTEX_WAKE, INT32_MAX);
}
