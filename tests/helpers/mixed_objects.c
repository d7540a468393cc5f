/*
 * mixed_objects COUNT [UID:GID...]: creates COUNT System V segments, COUNT message queues and COUNT
 * semaphore sets with the greatest possible variety: keys of both signs and none, modes from 0 to
 * 777, creators and owners from the list (default: the caller), segments from 1 byte to the
 * kernel's maximum, attached, locked, marked for removal; queues with messages, sets with waiting
 * processes. Prints "ready" when all objects are in place, and keeps attachments and waiters until
 * it is killed.
 *
 * The large segments are never touched, and no swap is reserved for them: in total, the objects
 * take a few MiB of memory.
 *
 * The kernel kills it with its parent, and an alarm in any case.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

#define SMALL        (1UL << 20) /* limit for attaching, locking, touching */
#define MESSAGE_SIZE 300

struct owner {
	uid_t uid;
	gid_t gid;
};

/* semctl(2) requires the caller to declare this. */
union semun {
	int val;
	struct semid_ds *buf;
};

static struct owner *owners;
static unsigned owner_count;

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "mixed_objects: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Picks an owner that differs from the creator. */
static const struct owner *owner_of(unsigned i)
{
	return &owners[i % owner_count];
}

static const struct owner *creator_of(unsigned i)
{
	return &owners[(i / 2 + 1) % owner_count];
}

/* become(&root) restores the caller's own privileges. */
static void become(const struct owner *who)
{
	if (geteuid() != 0 && seteuid(0) == -1)
		return; /* not root: only one owner */
	if (setegid(who->gid) == -1 || seteuid(who->uid) == -1)
		fail("seteuid");
}

static void own(struct ipc_perm *perm, unsigned i)
{
	perm->uid = owner_of(i)->uid;
	perm->gid = owner_of(i)->gid;
}

static key_t key_of(unsigned i)
{
	static const unsigned edges[] = { 1, 0x7fffffff, 0x80000000, 0xffffffff };

	if (i < sizeof(edges) / sizeof(edges[0]))
		return (key_t)edges[i];
	switch ((i + i / 6) % 3) {
	case 0:
		return IPC_PRIVATE;
	case 1:
		return (key_t)(0x100 + (i << 16));
	default:
		return (key_t)(0x80000200 + (i << 8));
	}
}

static int mode_of(unsigned i)
{
	if (i % 5 == 0)
		return i % 10 ? 0777 : 0;
	return (int)(i * 73 % 01000);
}

/* Finds the largest segment that the kernel allows here. Leaves none behind. */
static size_t largest_segment(void)
{
	for (size_t size = LONG_MAX; size > SMALL; size = size / 2 + 1) {
		int id = shmget(IPC_PRIVATE, size, IPC_CREAT | SHM_NORESERVE | 0600);

		if (id != -1) {
			shmctl(id, IPC_RMID, NULL);
			return size;
		}
		if (size == SMALL + 1)
			break;
	}
	return SMALL;
}

static size_t size_of(unsigned i)
{
	static const size_t sizes[] = {
		1,           4096,      1023,        1UL << 30, 1024,      1025,  (1UL << 31) - 1,
		1536,        1UL << 32, 4095,        65537,     1UL << 31, SMALL, (1UL << 32) + 1,
		10000000000, 4097,      (1UL << 40), 1000000,   12345678,
	};
	if (i == 7)
		return largest_segment();
	return sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];
}

/* Sets one of the states shown by `status` and `nattch`. */
static void bring_into_state(int id, unsigned i)
{
	char *memory = shmat(id, NULL, 0);

	if (memory == (char *)-1)
		fail("shmat");
	*memory = 'x';
	switch (i % 6) {
	case 0: /* was attached */
		shmdt(memory);
		break;
	case 1: /* is attached */
		break;
	case 2:
		for (unsigned n = 0; n < i % 12; n++)
			if (shmat(id, NULL, SHM_RDONLY) == (void *)-1)
				fail("shmat");
		break;
	case 3:
	case 4:
		if (shmctl(id, SHM_LOCK, NULL) == -1)
			fail("SHM_LOCK");
		if (i % 6 == 3)
			break;
		/* fall through */
	default:
		if (shmctl(id, IPC_RMID, NULL) == -1)
			fail("IPC_RMID");
	}
}

static void make_segment(unsigned i)
{
	const struct owner root = { geteuid(), getegid() };
	struct shmid_ds segment;
	size_t size = size_of(i);

	become(creator_of(i));
	int id = shmget(key_of(i), size, IPC_CREAT | IPC_EXCL | SHM_NORESERVE | mode_of(i));

	if (id == -1)
		fail("shmget");
	become(&root);
	if (i % 7 != 0) {
		memset(&segment, 0, sizeof(segment));
		segment.shm_perm.mode = (unsigned short)mode_of(i);
		own(&segment.shm_perm, i);
		if (shmctl(id, IPC_SET, &segment) == -1)
			fail("shmctl IPC_SET");
	}
	/* If the mode denies access to the owner, only root can continue. */
	if (size <= SMALL && i % 4 != 3 && (geteuid() == 0 || (mode_of(i) & 0600) == 0600))
		bring_into_state(id, i);
}

static void fill_queue(int id, unsigned i)
{
	struct {
		long type;
		char text[MESSAGE_SIZE];
	} message;

	memset(&message, 0, sizeof(message));
	message.type = 1;
	for (unsigned n = 0; n < i % 7; n++)
		if (msgsnd(id, &message, (i * 31 + n) % MESSAGE_SIZE, IPC_NOWAIT) == -1)
			fail("msgsnd");
	if (i % 7 > 3 && msgrcv(id, &message, sizeof(message.text), 0, IPC_NOWAIT) == -1)
		fail("msgrcv");
}

static void make_queue(unsigned i)
{
	const struct owner root = { geteuid(), getegid() };
	struct msqid_ds queue;

	become(creator_of(i));
	int id = msgget(key_of(i), IPC_CREAT | IPC_EXCL | mode_of(i));

	if (id == -1)
		fail("msgget");
	become(&root);
	if (geteuid() == 0 || (mode_of(i) & 0600) == 0600)
		fill_queue(id, i);
	if (i % 6 != 0) {
		memset(&queue, 0, sizeof(queue));
		queue.msg_perm.mode = (unsigned short)mode_of(i);
		queue.msg_qbytes = i % 4 ? 4096 + i : 0;
		own(&queue.msg_perm, i);
		if (msgctl(id, IPC_SET, &queue) == -1)
			fail("msgctl IPC_SET");
	}
}

static void set_semaphore(int id, int number, int value)
{
	union semun change;

	change.val = value;
	if (semctl(id, number, SETVAL, change) == -1)
		fail("SETVAL");
}

static void use_set(int id, unsigned i, int count)
{
	for (int n = 0; n < count && n < 40; n++)
		set_semaphore(id, n, n % 5 ? n * 821 % 32768 : 0);
	if (i % 3 == 1) {
		struct sembuf add = { .sem_num = (unsigned short)(count - 1), .sem_op = 1 };

		if (semop(id, &add, 1) == -1)
			fail("semop");
	}
}

static void make_set(unsigned i)
{
	static const int counts[] = { 1, 2, 3, 10, 25, 100, 1000 };
	const struct owner root = { geteuid(), getegid() };
	struct semid_ds set;
	union semun change;
	int count = counts[i % (sizeof(counts) / sizeof(counts[0]))];

	become(creator_of(i));
	int id = semget(key_of(i), count, IPC_CREAT | IPC_EXCL | mode_of(i));

	if (id == -1)
		fail("semget");
	become(&root);
	if (geteuid() == 0 || (mode_of(i) & 0600) == 0600)
		use_set(id, i, count);
	if (i % 5 != 4) {
		memset(&set, 0, sizeof(set));
		set.sem_perm.mode = (unsigned short)mode_of(i);
		own(&set.sem_perm, i);
		change.buf = &set;
		if (semctl(id, 0, IPC_SET, change) == -1)
			fail("semctl IPC_SET");
	}
}

struct waiter {
	int set;
	struct sembuf wait;
};

static void *wait_for_semaphore(void *arg)
{
	struct waiter *waiter = arg;

	if (semop(waiter->set, &waiter->wait, 1) == -1)
		perror("mixed_objects: semop");
	return NULL;
}

/*
 * Starts three threads that wait for semaphores: two for an increase, one for 0. (Another process
 * would have to reap child processes when this one is killed.)
 */
static void make_waiters(void)
{
	static struct waiter waiters[] = {
		{ .wait = { .sem_num = 0, .sem_op = -1 } },
		{ .wait = { .sem_num = 0, .sem_op = -3 } },
		{ .wait = { .sem_num = 1, .sem_op = 0 } },
	};
	const struct timespec moment = { .tv_nsec = 2000000 };
	int id = semget(IPC_PRIVATE, 3, IPC_CREAT | 0644);

	if (id == -1)
		fail("semget");
	set_semaphore(id, 1, 32767);
	for (unsigned i = 0; i < sizeof(waiters) / sizeof(waiters[0]); i++) {
		pthread_t thread;

		waiters[i].set = id;
		errno = pthread_create(&thread, NULL, wait_for_semaphore, &waiters[i]);
		if (errno != 0)
			fail("pthread_create");
	}
	for (int tries = 0; tries < 5000; tries++) {
		if (semctl(id, 0, GETNCNT) == 2 && semctl(id, 1, GETZCNT) == 1)
			return;
		nanosleep(&moment, NULL);
	}
	errno = ETIMEDOUT;
	fail("threads that wait for a semaphore");
}

static void read_owners(int argc, char **argv)
{
	owner_count = argc > 2 ? (unsigned)argc - 2 : 1;
	owners = calloc(owner_count, sizeof(*owners));
	if (!owners)
		fail("owners");
	owners[0] = (struct owner){ geteuid(), getegid() };
	for (int i = 2; i < argc; i++) {
		char *rest;

		owners[i - 2].uid = (uid_t)strtoul(argv[i], &rest, 10);
		owners[i - 2].gid = (gid_t)strtoul(rest + (*rest == ':'), NULL, 10);
	}
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: mixed_objects COUNT [UID:GID...]\n");
		return 2;
	}
	unsigned count = (unsigned)strtoul(argv[1], NULL, 10);

	read_owners(argc, argv);
	for (unsigned i = 0; i < count; i++) {
		make_segment(i);
		make_queue(i);
		make_set(i);
	}
	/* Only now: a change of the effective user clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	make_waiters();
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
