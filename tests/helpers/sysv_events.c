/*
 * Cause every kind of event of System V objects, one after the other, and print a line with the ids
 * that were used: segment, set, queue.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 8192, KEY = 0x5ea50001 };

static void check(int result, const char *call)
{
	if (result >= 0)
		return;
	fprintf(stderr, "sysv_events: %s: %s\n", call, strerror(errno));
	exit(EXIT_FAILURE);
}

static void *attach(int id, int flags)
{
	void *address = shmat(id, NULL, flags);

	if (address == (void *)-1)
		check(-1, "shmat");
	return address;
}

/* A child that inherits the attaches, and ends in the given way. */
static void end_child(int signal_number, int id, char *const *command)
{
	int ready[2];
	char byte;
	pid_t child;

	check(pipe(ready), "pipe");
	child = fork();
	check(child, "fork");
	if (child == 0) {
		close(ready[0]);
		(void)attach(id, SHM_RDONLY);
		(void)!write(ready[1], "", 1);
		if (command != NULL)
			execv(command[0], command);
		if (signal_number == 0)
			_exit(EXIT_SUCCESS);
		for (;;)
			pause();
	}
	close(ready[1]);
	(void)!read(ready[0], &byte, 1);
	if (signal_number != 0)
		kill(child, signal_number);
	check(waitpid(child, NULL, 0), "waitpid");
	close(ready[0]);
}

static int use_segments(void)
{
	static char *const true_command[] = { "/bin/true", NULL };
	struct shmid_ds status;
	void *first;
	void *second;
	int id;

	(void)shmget(KEY, SIZE, 0600);
	id = shmget(KEY, SIZE, IPC_CREAT | IPC_EXCL | 0600);
	check(id, "shmget");
	(void)shmget(KEY, SIZE, IPC_CREAT | IPC_EXCL | 0600);
	(void)shmget(KEY, SIZE, IPC_CREAT | 0600);
	first = attach(id, 0);
	second = attach(id, SHM_RDONLY);
	end_child(0, id, NULL);
	end_child(SIGKILL, id, NULL);
	end_child(SIGTERM, id, NULL);
	end_child(0, id, true_command);
	check(shmctl(id, IPC_STAT, &status), "IPC_STAT");
	status.shm_perm.mode = 0640;
	check(shmctl(id, IPC_SET, &status), "IPC_SET");
	check(shmctl(id, SHM_LOCK, NULL), "SHM_LOCK");
	check(shmctl(id, SHM_UNLOCK, NULL), "SHM_UNLOCK");
	check(shmdt(first), "shmdt");
	(void)shmdt(first);
	check(shmctl(id, IPC_RMID, NULL), "IPC_RMID");
	check(shmdt(second), "shmdt");
	(void)shmctl(id, IPC_RMID, NULL);
	return id;
}

static int use_sets(void)
{
	struct sembuf operation = { .sem_op = 1 };
	struct timespec limit = { .tv_sec = 1 };
	struct semid_ds status;
	const int id = semget(IPC_PRIVATE, 3, 0600);

	check(id, "semget");
	(void)semget(KEY, 1, 0);
	check(semctl(id, 0, SETVAL, 5), "SETVAL");
	check(semop(id, &operation, 1), "semop");
	operation.sem_op = -1;
	check(semtimedop(id, &operation, 1, &limit), "semtimedop");
	operation.sem_num = 9;
	(void)semop(id, &operation, 1);
	check(semctl(id, 0, IPC_STAT, &status), "IPC_STAT");
	status.sem_perm.mode = 0640;
	check(semctl(id, 0, IPC_SET, &status), "IPC_SET");
	check(semctl(id, 0, IPC_RMID), "IPC_RMID");
	return id;
}

static int use_queues(void)
{
	struct {
		long type;
		char text[16];
	} message;
	struct msqid_ds status;
	const int id = msgget(KEY, IPC_CREAT | 0600);

	check(id, "msgget");
	memset(&message, 0, sizeof(message));
	message.type = 7;
	check(msgsnd(id, &message, sizeof(message.text), IPC_NOWAIT), "msgsnd");
	check((int)msgrcv(id, &message, sizeof(message.text), 7, MSG_NOERROR), "msgrcv");
	(void)msgrcv(id, &message, sizeof(message.text), 0, IPC_NOWAIT);
	check(msgctl(id, IPC_STAT, &status), "IPC_STAT");
	status.msg_perm.mode = 0640;
	check(msgctl(id, IPC_SET, &status), "IPC_SET");
	status.msg_qbytes /= 2;
	check(msgctl(id, IPC_SET, &status), "IPC_SET");
	check(msgctl(id, IPC_RMID, NULL), "IPC_RMID");
	return id;
}

int main(void)
{
	const int segment = use_segments();
	const int set = use_sets();

	printf("%d %d %d\n", segment, set, use_queues());
	return EXIT_SUCCESS;
}
