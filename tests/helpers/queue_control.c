/*
 * queue_control make KEY MODE: creates a System V message queue; prints its id
 * queue_control send ID BYTES [COUNT]: sends COUNT messages (1) of BYTES bytes
 * queue_control receive ID: receives the first message
 * queue_control wait ID: waits for a message in msgrcv(2); prints "waiting" before, and the message
 *     or EIDRM after it
 * queue_control qbytes ID BYTES | owner ID UID GID: IPC_SET of msgctl(2)
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
#include <sys/msg.h>
#include <sys/prctl.h>
#include <unistd.h>

static struct {
	long type;
	char text[8192];
} message;

static int send_messages(int id, size_t bytes, long count)
{
	message.type = 1;
	memset(message.text, 'x', sizeof(message.text));
	for (long i = 0; i < count; i++) {
		if (msgsnd(id, &message, bytes, IPC_NOWAIT) == -1)
			return -1;
	}
	return 0;
}

static int wait_for_message(int id)
{
	ssize_t bytes;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	puts("waiting");
	fflush(stdout);
	bytes = msgrcv(id, &message, sizeof(message.text), 0, 0);
	if (bytes == -1 && errno != EIDRM)
		return -1;
	puts(bytes == -1 ? "EIDRM" : "message");
	return 0;
}

static int change(int id, int argc, char **argv)
{
	struct msqid_ds queue;

	if (msgctl(id, IPC_STAT, &queue) == -1)
		return -1;
	if (strcmp(argv[1], "qbytes") == 0) {
		queue.msg_qbytes = strtoul(argv[3], NULL, 10);
	} else if (strcmp(argv[1], "owner") == 0 && argc > 4) {
		queue.msg_perm.uid = (uid_t)strtoul(argv[3], NULL, 10);
		queue.msg_perm.gid = (gid_t)strtoul(argv[4], NULL, 10);
	} else {
		fprintf(stderr, "queue_control: cannot %s\n", argv[1]);
		exit(2);
	}
	return msgctl(id, IPC_SET, &queue);
}

static int make(key_t key, int mode)
{
	int id = msgget(key, IPC_CREAT | IPC_EXCL | mode);

	if (id != -1)
		printf("%d\n", id);
	return id;
}

static int run(int argc, char **argv)
{
	int id = (int)strtol(argv[2], NULL, 0);

	if (strcmp(argv[1], "receive") == 0)
		return (int)msgrcv(id, &message, sizeof(message.text), 0, IPC_NOWAIT);
	if (strcmp(argv[1], "wait") == 0)
		return wait_for_message(id);
	if (argc < 4) {
		fprintf(stderr, "queue_control: %s: missing arguments\n", argv[1]);
		exit(2);
	}
	if (strcmp(argv[1], "make") == 0)
		return make((key_t)strtoul(argv[2], NULL, 0), (int)strtoul(argv[3], NULL, 8));
	if (strcmp(argv[1], "send") == 0)
		return send_messages(id, strtoul(argv[3], NULL, 10),
		                     argc > 4 ? strtol(argv[4], NULL, 10) : 1);
	return change(id, argc, argv);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: queue_control make|send|receive|wait|qbytes|owner ...\n");
		return 2;
	}
	if (run(argc, argv) == -1) {
		perror("queue_control");
		return 1;
	}
	return 0;
}
