/*
 * segment_control ID lock | unlock | rmid | mode OCTAL | owner UID GID: one shmctl(2) on a System V
 * segment, so that a test can set its state without shmtool.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

static int change(int argc, char **argv)
{
	int id = (int)strtol(argv[1], NULL, 10);
	struct shmid_ds segment;

	if (strcmp(argv[2], "lock") == 0)
		return shmctl(id, SHM_LOCK, NULL);
	if (strcmp(argv[2], "unlock") == 0)
		return shmctl(id, SHM_UNLOCK, NULL);
	if (strcmp(argv[2], "rmid") == 0)
		return shmctl(id, IPC_RMID, NULL);
	if (shmctl(id, IPC_STAT, &segment) == -1)
		return -1;
	if (strcmp(argv[2], "mode") == 0 && argc > 3) {
		segment.shm_perm.mode = (unsigned short)strtoul(argv[3], NULL, 8);
	} else if (strcmp(argv[2], "owner") == 0 && argc > 4) {
		segment.shm_perm.uid = (uid_t)strtoul(argv[3], NULL, 10);
		segment.shm_perm.gid = (gid_t)strtoul(argv[4], NULL, 10);
	} else {
		fprintf(stderr, "segment_control: unknown change: %s\n", argv[2]);
		exit(2);
	}
	return shmctl(id, IPC_SET, &segment);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: segment_control ID lock|unlock|rmid|mode|owner ...\n");
		return 2;
	}
	if (change(argc, argv) == -1) {
		perror("segment_control");
		return 1;
	}
	return 0;
}
