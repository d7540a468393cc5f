/*
 * mpi_rank: one rank of an Open MPI job. Each rank prints "ready" after a first barrier. Rank 0 then
 * broadcasts each byte of its standard input, and each rank prints that byte on a line; all end at
 * the end of the input. The library is loaded at run time, so the headers of MPI are not needed.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <err.h>
#include <stdio.h>
#include <unistd.h>

static void *library;

static void *symbol(const char *name)
{
	void *address = dlsym(library, name);

	if (!address)
		errx(1, "%s", dlerror());
	return address;
}

int main(void)
{
	int (*init)(int *, char ***);
	int (*comm_rank)(void *, int *);
	int (*barrier)(void *);
	int (*broadcast)(void *, int, void *, int, void *);
	int (*finalize)(void);
	void *world, *byte;
	char said = '\0';
	int rank;

	library = dlopen("libmpi.so.40", RTLD_NOW | RTLD_GLOBAL);
	if (!library)
		errx(2, "%s", dlerror());
	*(void **)&init = symbol("MPI_Init");
	*(void **)&comm_rank = symbol("MPI_Comm_rank");
	*(void **)&barrier = symbol("MPI_Barrier");
	*(void **)&broadcast = symbol("MPI_Bcast");
	*(void **)&finalize = symbol("MPI_Finalize");
	world = symbol("ompi_mpi_comm_world");
	byte = symbol("ompi_mpi_byte");
	if (init(NULL, NULL) != 0 || comm_rank(world, &rank) != 0 || barrier(world) != 0)
		return 1;
	for (puts("ready");; printf("%c\n", said)) {
		fflush(stdout);
		if (rank == 0 && read(STDIN_FILENO, &said, 1) != 1)
			said = '\0';
		if (broadcast(&said, 1, byte, 0, world) != 0)
			return 1;
		if (!said)
			return finalize();
	}
}
