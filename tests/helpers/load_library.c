/*
 * load_library NAME: loads a library, which runs its constructors, prints "ready" and waits to be
 * killed.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2 || !dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL)) {
		fprintf(stderr, "load_library: %s\n",
		        argc == 2 ? dlerror() : "usage: load_library NAME");
		return 2;
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
