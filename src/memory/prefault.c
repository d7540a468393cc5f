#include "memory/prefault.h"

#include "memory/mapping.h"
#include "system/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	WORTH_IT = 1 << 26, /* bytes: below this a second process costs more than it saves */
	AHEAD = 1 << 27,    /* bytes that may be ready but unused */
	STEP = 1 << 22,     /* bytes made ready by one call */
	PAUSE = 200000,     /* nanoseconds to wait while enough is ready */
};

/* State shared by both processes. */
struct prefault_state {
	atomic_uint_fast64_t done; /* bytes stored so far */
};

static bool has_second_processor(void)
{
	cpu_set_t processors;

	return sched_getaffinity(0, sizeof(processors), &processors) == 0 &&
	       CPU_COUNT(&processors) > 1;
}

static void make_ready(const struct prefault_state *state, char *address, uint64_t length)
{
	const struct timespec pause = { .tv_nsec = PAUSE };

	for (uint64_t ready = 0; ready < length; ready += STEP) {
		uint64_t size = length - ready < STEP ? length - ready : STEP;

		while (ready > atomic_load(&state->done) + AHEAD)
			nanosleep(&pause, NULL);
		mapping_expect(address + ready, size, true);
	}
}

void prefault_begin(struct prefault *prefault, char *address, uint64_t length)
{
	void *shared;

	prefault->pid = 0;
	prefault->state = NULL;
	if (length < WORTH_IT || !has_second_processor())
		return;
	shared = mmap(NULL, sizeof(*prefault->state), PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return;
	prefault->state = shared;
	prefault->pid = fork();
	if (prefault->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		make_ready(prefault->state, address, length);
		_exit(0);
	}
	if (prefault->pid < 0)
		prefault_end(prefault);
}

void prefault_advance(struct prefault *prefault, uint64_t done)
{
	if (prefault->state != NULL)
		atomic_store(&prefault->state->done, done);
}

void prefault_end(struct prefault *prefault)
{
	if (prefault->pid > 0) {
		pid_t ended;

		kill(prefault->pid, SIGKILL);
		do
			ended = waitpid(prefault->pid, NULL, 0);
		while (ended < 0 && errno == EINTR);
	}
	if (prefault->state != NULL)
		munmap(prefault->state, sizeof(*prefault->state));
	prefault->pid = 0;
	prefault->state = NULL;
}

/* Bytes requested by one read(2): the kernel transfers at most 2 GiB. */
enum { CHUNK = 1 << 30 };

static int read_zeros(char *address, size_t length)
{
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int result = -1;

	if (zero < 0)
		return -1;
	while (length > 0) {
		ssize_t done = read(zero, address, length < CHUNK ? length : CHUNK);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			goto done;
		address += done;
		length -= (size_t)done;
	}
	result = 0;
done:
	close(zero);
	return result;
}

int pages_populate_new(void *address, size_t length)
{
	if (madvise(address, length, MADV_POPULATE_WRITE) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
	return read_zeros(address, length);
}
