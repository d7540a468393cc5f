/*
 * floor_list [ipc-info]: the minimum work to list System V segments: one system call and one printf
 * per segment, with the columns of `ipcs -m` but without looking up names or computing widths.
 *
 * The highest index comes from SHM_INFO, as shmctl(2) describes. For that call the kernel counts
 * the pages of every segment; IPC_INFO returns the same index without counting, so with `ipc-info`
 * the floor is even lower.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

/* Linux 4.17, shmctl(2). */
#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif

int main(int argc, char **argv)
{
	union {
		struct shmid_ds argument; /* the type in shmctl's declaration */
		struct shm_info use;
		struct shminfo limits;
	} info;
	int command = argc > 1 && strcmp(argv[1], "ipc-info") == 0 ? IPC_INFO : SHM_INFO;
	int highest = shmctl(0, command, &info.argument);

	for (int index = 0; index <= highest; index++) {
		struct shmid_ds segment;
		int id = shmctl(index, SHM_STAT_ANY, &segment);

		if (id == -1)
			continue;
		printf("0x%08x %-10d %-10u %-10o %-10zu %-10lu\n",
		       (unsigned int)segment.shm_perm.__key, id, segment.shm_perm.uid,
		       segment.shm_perm.mode & 0777U, segment.shm_segsz, segment.shm_nattch);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
