/*
 * swap_directories DIRECTORY OUTSIDE: attacks a removal of what is in DIRECTORY. As fast as it can, it
 * creates files in directories of DIRECTORY/a, and replaces a and a/b by a symbolic link to OUTSIDE,
 * by another directory, and, if it may, by a bind mount of OUTSIDE; and undoes it. Prints "begun" and
 * works until it is killed.
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
#include <time.h>
#include <unistd.h>

enum { FILES = 8, DIRECTORIES = 40 };

/* For a listing, for a removal, or for both to see the same. */
static void wait_a_moment(void)
{
	const long microseconds = random() % 4 == 0 ? random() % 20000 : random() % 200;

	nanosleep(&(struct timespec){ .tv_nsec = microseconds * 1000 }, NULL);
}

static void make_file(const char *name)
{
	const int fd = open(name, O_CREAT | O_WRONLY | O_NOFOLLOW, 0666);

	if (fd >= 0)
		close(fd);
}

static void make_files(void)
{
	char name[32];

	(void)mkdir("a", 0777);
	(void)mkdir("a/b", 0777);
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "a/b/file%d", i);
		make_file(name);
	}
	/* So that a removal takes long enough for changes in the middle of it. */
	for (int i = 0; i < DIRECTORIES; i++) {
		snprintf(name, sizeof(name), "a/%d", i);
		(void)mkdir(name, 0777);
		snprintf(name, sizeof(name), "a/%d/file", i);
		make_file(name);
	}
}

/* Moves a directory away, puts a symbolic link in its place, and undoes it. */
static void swap_link(const char *directory, const char *outside)
{
	if (rename(directory, "away") < 0)
		return;
	if (symlink(outside, directory) < 0)
		perror(directory);
	wait_a_moment();
	(void)unlink(directory);
	(void)rename("away", directory);
}

static void swap_mount(const char *directory, const char *outside)
{
	if (mount(outside, directory, NULL, MS_BIND, NULL) < 0)
		return;
	wait_a_moment();
	(void)umount2(directory, MNT_DETACH);
}

/* Exchanges two directories, so that the files of one have the names of the other. */
static void swap_directories(const char *directory)
{
	(void)mkdir("other", 0777);
	(void)renameat2(AT_FDCWD, directory, AT_FDCWD, "other", RENAME_EXCHANGE);
	wait_a_moment();
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
