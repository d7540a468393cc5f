/*
 * set_control make KEY MODE COUNT: creates a System V set of COUNT semaphores; prints its id
 * set_control value ID NUMBER VALUE: sets a semaphore, SETVAL of semctl(2)
 * set_control operate ID NUMBER AMOUNT: one semop(2), which may wait; prints "waiting" before, and
 *     "done" or EIDRM after it
 * set_control hold ID NUMBER AMOUNT: the same, then waits for a signal
 * set_control hold-value ID NUMBER VALUE: sets a semaphore, prints "done" and waits
 * set_control look ID NUMBER: prints GETVAL, GETNCNT, GETZCNT and GETPID
 * set_control owner ID UID GID: IPC_SET
 *
 * A waiting process never outlives the test: the kernel kills it with its parent, and an alarm ends
 * it in any case.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <unistd.h>

static int make(key_t key, int mode, int count)
{
	int id = semget(key, count, IPC_CREAT | IPC_EXCL | mode);

	if (id != -1)
		printf("%d\n", id);
	return id;
}

static int operate(int id, int number, long amount)
{
	struct sembuf operation = { .sem_num = (unsigned short)number, .sem_op = (short)amount };
	int result;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	puts("waiting");
	fflush(stdout);
	result = semop(id, &operation, 1);
	if (result == -1 && errno != EIDRM)
		return -1;
	puts(result == -1 ? "EIDRM" : "done");
	fflush(stdout);
	return 0;
}

static int hold_value(int id, int number, int value)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	if (semctl(id, number, SETVAL, value) == -1)
		return -1;
	puts("done");
	fflush(stdout);
	return pause();
}

static int look(int id, int number)
{
	int value = semctl(id, number, GETVAL);

	if (value == -1)
		return -1;
	printf("%d %d %d %d\n", value, semctl(id, number, GETNCNT), semctl(id, number, GETZCNT),
	       semctl(id, number, GETPID));
	return 0;
}

static int set_owner(int id, uid_t uid, gid_t gid)
{
	struct semid_ds set;

	if (semctl(id, 0, IPC_STAT, &set) == -1)
		return -1;
	set.sem_perm.uid = uid;
	set.sem_perm.gid = gid;
	return semctl(id, 0, IPC_SET, &set);
}

static int run(const char *what, const long numbers[3])
{
	int id = (int)numbers[0];

	if (strcmp(what, "look") == 0)
		return look(id, (int)numbers[1]);
	if (strcmp(what, "value") == 0)
		return semctl(id, (int)numbers[1], SETVAL, (int)numbers[2]);
	if (strcmp(what, "owner") == 0)
		return set_owner(id, (uid_t)numbers[1], (gid_t)numbers[2]);
	if (strcmp(what, "operate") == 0)
		return operate(id, (int)numbers[1], numbers[2]);
	if (strcmp(what, "hold-value") == 0)
		return hold_value(id, (int)numbers[1], (int)numbers[2]);
	if (strcmp(what, "hold") == 0)
		return operate(id, (int)numbers[1], numbers[2]) == -1 ? -1 : pause();
	fprintf(stderr, "set_control: cannot %s\n", what);
	exit(2);
}

int main(int argc, char **argv)
{
	long numbers[3] = { 0 };
	int result;

	if (argc < 4) {
		fprintf(stderr, "usage: set_control make|value|operate|hold|look|owner ...\n");
		return 2;
	}
	for (int i = 2; i < argc && i < 5; i++)
		numbers[i - 2] = strtol(argv[i], NULL, 0);
	if (strcmp(argv[1], "make") == 0)
		result = make((key_t)numbers[0], (int)strtoul(argv[3], NULL, 8), (int)numbers[2]);
	else
		result = run(argv[1], numbers);
	if (result == -1) {
		perror("set_control");
		return 1;
	}
	return 0;
}
