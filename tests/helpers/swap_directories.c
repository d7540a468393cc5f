/*
 * swap_directories DIRECTORY OUTSIDE: attacks a removal of what is in DIRECTORY. As fast as it can, it
 * creates files in DIRECTORY/a/b, and replaces a and b by a symbolic link to OUTSIDE, by a directory
 * that is moved there from OUTSIDE's parent, and, as root of its mount namespace, by a bind mount of
 * OUTSIDE; and undoes it. Prints "begun" and works until it is killed.
 *
 * The kernel kills it with its parent, and an alarm in any case.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 8 };

static void make_files(void)
{
	char name[32];

	(void)mkdir("a", 0777);
	(void)mkdir("a/b", 0777);
	for (int i = 0; i < FILES; i++) {
		int fd;

		snprintf(name, sizeof(name), "a/b/file%d", i);
		fd = open(name, O_CREAT | O_WRONLY | O_NOFOLLOW, 0666);
		if (fd >= 0)
			close(fd);
	}
}

/* Moves a directory away, puts a symbolic link in its place, and undoes it. */
static void swap_link(const char *directory, const char *outside)
{
	if (rename(directory, "away") < 0)
		return;
	if (symlink(outside, directory) < 0)
		perror(directory);
	usleep(50);
	(void)unlink(directory);
	(void)rename("away", directory);
}

static void swap_mount(const char *directory, const char *outside)
{
	if (mount(outside, directory, NULL, MS_BIND, NULL) < 0)
		return;
	usleep(50);
	(void)umount2(directory, MNT_DETACH);
}

/* Exchanges two directories, so that the files of one have the names of the other. */
static void swap_directories(const char *directory)
{
	(void)mkdir("other", 0777);
	(void)renameat2(AT_FDCWD, directory, AT_FDCWD, "other", RENAME_EXCHANGE);
	usleep(20);
	(void)renameat2(AT_FDCWD, directory, AT_FDCWD, "other", RENAME_EXCHANGE);
}

int main(int argc, char **argv)
{
	if (argc != 3 || chdir(argv[1]) < 0) {
		fprintf(stderr, "usage: swap_directories DIRECTORY OUTSIDE\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	umask(0);
	make_files();
	printf("begun\n");
	fflush(stdout);
	for (;;) {
		make_files();
		swap_link("a/b", argv[2]);
		make_files();
		swap_link("a", argv[2]);
		make_files();
		swap_mount("a/b", argv[2]);
		swap_mount("a", argv[2]);
		make_files();
		swap_directories("a/b");
		swap_directories("a");
	}
}
