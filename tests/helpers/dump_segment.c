/* dump_segment ID: writes the whole content of a System V segment to standard output. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(int argc, char **argv)
{
	struct shmid_ds segment;

	if (argc < 2) {
		fprintf(stderr, "usage: dump_segment ID\n");
		return 2;
	}
	int id = (int)strtol(argv[1], NULL, 10);
	const char *memory = shmat(id, NULL, SHM_RDONLY);

	if (memory == (void *)-1 || shmctl(id, IPC_STAT, &segment) == -1) {
		perror("dump_segment");
		return 1;
	}
	if (fwrite(memory, 1, segment.shm_segsz, stdout) != segment.shm_segsz) {
		perror("dump_segment: write");
		return 1;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
