/*
 * race NAME SECONDS WORKERS SLOTS: uses shared memory as programs do, during a clean-up by others.
 *
 * There are SLOTS names each of POSIX objects (/NAME-N), named semaphores (sem.NAME-N) and keys of
 * segments, and WORKERS processes that open, map (for reading and writing, read-only, privately),
 * attach, hold and release existing objects, create missing ones, and recreate them under the same
 * name. Workers end at times, by themselves or killed, and are replaced.
 *
 * An object that a worker has opened and found still linked (fstat(2): st_nlink is not 0) must stay
 * linked while the worker has it open or mapped, and a segment that it has attached and found not
 * marked for removal should not become marked. Workers do not remove each other's objects: the user
 * of a slot holds a shared lock on it, a worker that recreates the object an exclusive one (a byte
 * of the file NAME.locks in the working directory, shared with workers started elsewhere).
 *
 * Prints "begun", and at the end a line
 *
 *     held H unlinked U attached A marked M moved V overtaken O lost L
 *
 * with the number of objects held, of those without a name when opened, of segments held, of those
 * marked when attached, of moments when the name of an object did not lead to it, of held segments
 * that were marked, and of held objects that lost their names. Each of the last is described on
 * standard error. Status 0 if L is 0. O may be larger: no system call removes a segment only if it
 * is not attached, so a process that attaches it between the check of nattch and the removal is
 * overtaken.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 4096, FIRST_KEY = 0x7ace0000, WORKERS_MAX = 64 };
enum kind { OBJECT, SEMAPHORE, SEGMENT, KINDS };
enum use { USE_OPEN, USE_READ, USE_MAPPED, USE_MAPPED_READ, USE_MAPPED_PRIVATE, USES };

/* Shared by all workers. */
struct counts {
	atomic_ulong held;
	atomic_ulong unlinked;
	atomic_ulong attached;
	atomic_ulong marked;
	atomic_ulong moved;
	atomic_ulong overtaken;
	atomic_ulong lost;
};

struct worker {
	const char *name;
	long slots;
	int locks;
	uint64_t random;
	struct counts *counts;
};

static uint64_t next_random(struct worker *worker)
{
	worker->random ^= worker->random << 13;
	worker->random ^= worker->random >> 7;
	worker->random ^= worker->random << 17;
	return worker->random;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void sleep_microseconds(long microseconds)
{
	const struct timespec time = { .tv_nsec = microseconds * 1000 };

	nanosleep(&time, NULL);
}

/* Waits: usually not at all, sometimes long enough for others to run. */
static void linger(struct worker *worker)
{
	const uint64_t choice = next_random(worker) % 8;

	if (choice == 0)
		sleep_microseconds((long)(next_random(worker) % 3000));
	else if (choice < 4)
		sched_yield();
}

/* Locks a slot; F_UNLCK releases it. The lock also ends with the process. */
static void lock(const struct worker *worker, short type, enum kind kind, long slot)
{
	const struct flock range = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = slot * KINDS + (long)kind,
		.l_len = 1,
	};

	while (fcntl(worker->locks, F_OFD_SETLKW, &range) < 0) {
		if (errno != EINTR) {
			perror("race: lock");
			_exit(2);
		}
	}
}

static int open_slot(struct worker *worker, const char *path, bool anew, bool for_reading)
{
	int flags = (for_reading ? O_RDONLY : O_RDWR) | O_CREAT | O_CLOEXEC;
	int fd;

	if (anew) {
		unlink(path);
		flags |= O_EXCL;
	}
	if (next_random(worker) % 8 == 0)
		flags |= O_NONBLOCK;
	do {
		fd = open(path, flags, 0600);
	} while (fd < 0 && (errno == EWOULDBLOCK || errno == EINTR));
	/* It had been renamed when its name was to be removed, and was put back. */
	if (fd < 0 && anew && errno == EEXIST)
		worker->counts->moved++;
	else if (fd < 0)
		fprintf(stderr, "race: %s: %s\n", path, strerror(errno));
	return fd;
}

/* Objects used by a mapping alone are inspected through O_PATH, which is not a use. */
static int map_only(int fd, enum use use, void **address)
{
	const int protection = use == USE_MAPPED ? PROT_READ | PROT_WRITE : PROT_READ;
	char path[64];
	int looking;

	*address = mmap(NULL, SIZE, protection,
	                use == USE_MAPPED_PRIVATE ? MAP_PRIVATE : MAP_SHARED, fd, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	looking = open(path, O_PATH | O_CLOEXEC);
	if (looking < 0 || *address == MAP_FAILED) {
		perror("race: map");
		_exit(2);
	}
	close(fd);
	return looking;
}

static void check_object(struct worker *worker, int fd, const char *path, enum use use)
{
	struct stat st;
	struct stat named;

	if (fstat(fd, &st) < 0 || st.st_nlink == 0) {
		worker->counts->lost++;
		fprintf(stderr, "%s: inode %ju lost its name while in use (%d)\n", path,
		        (uintmax_t)st.st_ino, (int)use);
	} else if (lstat(path, &named) < 0 || named.st_ino != st.st_ino) {
		worker->counts->moved++;
	}
}

/* Returns true if the worker is to end while it uses the object. */
static bool use_file(struct worker *worker, enum kind kind, long slot, bool anew)
{
	enum use use = (enum use)(next_random(worker) % USES);
	const bool for_reading = use == USE_READ || use == USE_MAPPED_READ;
	const bool ends = next_random(worker) % 64 == 0;
	void *address = MAP_FAILED;
	char path[512];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/dev/shm/%s%s-%ld", kind == SEMAPHORE ? "sem." : "",
	         worker->name, slot);
	fd = open_slot(worker, path, anew, for_reading);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) < 0 || st.st_nlink == 0) {
		worker->counts->unlinked++;
		close(fd);
		return false;
	}
	worker->counts->held++;
	if (use >= USE_MAPPED)
		fd = map_only(fd, use, &address);
	for (int i = 0; i < 3; i++) {
		check_object(worker, fd, path, use);
		linger(worker);
	}
	check_object(worker, fd, path, use);
	if (ends)
		return true;
	if (address != MAP_FAILED)
		munmap(address, SIZE);
	close(fd);
	return false;
}

/* Neither removed nor marked for removal. */
static bool is_whole(int id)
{
	struct shmid_ds segment;

	return shmctl(id, IPC_STAT, &segment) == 0 && !(segment.shm_perm.mode & SHM_DEST);
}

static bool use_segment(struct worker *worker, long slot, bool anew)
{
	const key_t key = (key_t)(FIRST_KEY + slot);
	const bool ends = next_random(worker) % 64 == 0;
	void *address;
	int id;

	if (anew && (id = shmget(key, 0, 0)) >= 0)
		shmctl(id, IPC_RMID, NULL);
	id = shmget(key, SIZE, IPC_CREAT | 0600);
	if (id < 0)
		return false;
	address = shmat(id, NULL, next_random(worker) % 2 ? SHM_RDONLY : 0);
	/* Removed between the two calls. */
	if (address == (void *)-1)
		return false;
	if (!is_whole(id)) {
		worker->counts->marked++;
	} else {
		worker->counts->attached++;
		for (int i = 0; i < 3; i++)
			linger(worker);
		if (!is_whole(id))
			worker->counts->overtaken++;
	}
	if (ends)
		return true;
	shmdt(address);
	return false;
}

static void work(struct worker *worker)
{
	const long rounds = (long)(next_random(worker) % 2000) + 1;
	char path[512];

	snprintf(path, sizeof(path), "%s.locks", worker->name);
	worker->locks = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (worker->locks < 0) {
		perror(path);
		_exit(2);
	}
	for (long round = 0; round < rounds; round++) {
		enum kind kind = (enum kind)(next_random(worker) % KINDS);
		long slot = (long)(next_random(worker) % (uint64_t)worker->slots);
		bool anew = next_random(worker) % 4 == 0;
		bool ends;

		lock(worker, anew ? F_WRLCK : F_RDLCK, kind, slot);
		ends = kind == SEGMENT ? use_segment(worker, slot, anew)
		                       : use_file(worker, kind, slot, anew);
		if (ends && next_random(worker) % 2)
			raise(SIGKILL);
		if (ends)
			_exit(0);
		lock(worker, F_UNLCK, kind, slot);
		linger(worker);
	}
	_exit(0);
}

static pid_t start(const struct worker *template, uint64_t seed)
{
	struct worker worker = *template;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	worker.random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	work(&worker);
	return 0;
}

/* Keeps workers running until the time is over. Returns false if one failed. */
static bool run(const struct worker *template, double seconds, long count)
{
	const double end = now() + seconds;
	uint64_t seed = (uint64_t)getpid() << 32;
	pid_t pids[WORKERS_MAX];
	bool well = true;
	int status;

	for (long i = 0; i < count; i++)
		pids[i] = start(template, ++seed);
	while (well && now() < end) {
		pid_t ended = waitpid(-1, &status, WNOHANG);

		if (ended == 0)
			sleep_microseconds(1000);
		for (long i = 0; ended > 0 && i < count; i++) {
			if (pids[i] != ended)
				continue;
			well = !WIFEXITED(status) || WEXITSTATUS(status) == 0;
			pids[i] = start(template, ++seed);
		}
	}
	for (long i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	return well;
}

int main(int argc, char **argv)
{
	struct worker template = { .name = argc > 1 ? argv[1] : "" };
	long seconds = argc == 5 ? strtol(argv[2], NULL, 10) : 0;
	long count = argc == 5 ? strtol(argv[3], NULL, 10) : 0;
	struct counts *counts;
	bool well;

	template.slots = argc == 5 ? strtol(argv[4], NULL, 10) : 0;
	if (seconds < 1 || count < 1 || count > WORKERS_MAX || template.slots < 1) {
		fprintf(stderr, "usage: race NAME SECONDS WORKERS SLOTS\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm((unsigned int)seconds + 60);
	counts =
	    mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		return 2;
	template.counts = counts;
	puts("begun");
	fflush(stdout);
	well = run(&template, (double)seconds, count);
	printf("held %lu unlinked %lu attached %lu marked %lu moved %lu overtaken %lu lost %lu\n",
	       counts->held, counts->unlinked, counts->attached, counts->marked, counts->moved,
	       counts->overtaken, counts->lost);
	return well && counts->lost == 0 ? 0 : 1;
}
