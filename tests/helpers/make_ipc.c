/*
 * make_ipc KIND,KEY,MODE[,SIZE]...: creates System V objects, in this order, and prints "KIND ID"
 * for each. KIND is shm, msg or sem; KEY is a number in C syntax (0: private); SIZE is the size of
 * a segment in bytes (default 4096) or the number of semaphores of a set (default 1). A queue gets
 * SIZE messages of one byte (default: none).
 *
 * In a new IPC namespace, the first object of each kind has the id 0, the next 1, and so on.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static int make_queue(key_t key, int flags, const char *messages)
{
	struct {
		long type;
		char text[1];
	} message;
	int id = msgget(key, flags);

	message.type = 1;
	message.text[0] = 'm';
	for (long n = messages ? strtol(messages, NULL, 10) : 0; id != -1 && n > 0; n--)
		if (msgsnd(id, &message, sizeof(message.text), IPC_NOWAIT) == -1)
			return -1;
	return id;
}

/* Returns the id, or -1 with errno. */
static int make(const char *kind, key_t key, int flags, const char *size)
{
	if (strcmp(kind, "shm") == 0)
		return shmget(key, size ? strtoul(size, NULL, 10) : 4096, flags | SHM_NORESERVE);
	if (strcmp(kind, "msg") == 0)
		return make_queue(key, flags, size);
	if (strcmp(kind, "sem") == 0)
		return semget(key, size ? (int)strtol(size, NULL, 10) : 1, flags);
	fprintf(stderr, "make_ipc: unknown kind: %s\n", kind);
	exit(2);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *rest = argv[i];
		const char *kind = strsep(&rest, ",");
		const char *key = strsep(&rest, ",");
		const char *mode = strsep(&rest, ",");
		const char *size = strsep(&rest, ",");

		if (!key || !mode) {
			fprintf(stderr, "usage: make_ipc KIND,KEY,MODE[,SIZE]...\n");
			return 2;
		}
		int flags = IPC_CREAT | IPC_EXCL | (int)strtol(mode, NULL, 8);
		int id = make(kind, (key_t)strtoul(key, NULL, 0), flags, size);

		if (id == -1) {
			perror("make_ipc");
			return 1;
		}
		printf("%s %d\n", kind, id);
	}
	return 0;
}
