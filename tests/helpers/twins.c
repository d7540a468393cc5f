/*
 * twins COUNT TIME: at TIME (seconds since 1970), try to make the objects 0 to COUNT - 1, a
 * millisecond apart: a file in /dev/shm, a semaphore set and a message queue, each
 * with O_EXCL or IPC_EXCL, so that of two such processes only one makes each. Prints what it made:
 * "file NUMBER", "set ID", "queue ID". Sets without a key are tried as well, with a number of
 * semaphores that is refused.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <time.h>
#include <unistd.h>

enum { SETS = 0x54570000, QUEUES = 0x54580000, PERIOD = 1000000, SECOND = 1000000000 };

static void make(int number)
{
	char name[32];
	int id;

	snprintf(name, sizeof(name), "/twins-%d", number);
	id = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
	if (id >= 0) {
		printf("file %d\n", number);
		close(id);
	}
	id = semget(SETS + number, 2, IPC_CREAT | IPC_EXCL | 0600);
	if (id >= 0)
		printf("set %d\n", id);
	id = msgget(QUEUES + number, IPC_CREAT | IPC_EXCL | 0600);
	if (id >= 0)
		printf("queue %d\n", id);
	if (semget(IPC_PRIVATE, INT_MAX, IPC_CREAT | 0600) >= 0)
		abort();
}

int main(int argc, char **argv)
{
	const int count = argc > 2 ? atoi(argv[1]) : 0;
	struct timespec next = { .tv_sec = argc > 2 ? atol(argv[2]) : 0 };

	for (int i = 0; i < count; i++) {
		clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &next, NULL);
		make(i);
		next.tv_nsec += PERIOD;
		if (next.tv_nsec >= SECOND) {
			next.tv_nsec -= SECOND;
			next.tv_sec++;
		}
	}
	return 0;
}
