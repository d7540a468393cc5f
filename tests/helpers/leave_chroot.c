/*
 * leave_chroot COMMAND [ARGUMENT...]: runs a command in a mount namespace of its own, whose root is
 * the caller's root directory, even if chroot(2) set that to a directory that is not a mount point.
 * In such a directory mount(8) cannot make "/" private, and no user namespace can be created
 * (EPERM), so unshare(1) alone does not suffice for the tests. Needs CAP_SYS_ADMIN and
 * CAP_SYS_CHROOT.
 *
 * setns(2) with the caller's own namespace moves to the root of that namespace, and pivot_root(2)
 * makes the former root directory, bound to itself, the root of the namespace.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void check(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "leave_chroot: ");
		perror(what);
		exit(125);
	}
}

/* Binds the directory open as fd to itself, with everything below it, and makes it the root. */
static void make_root(int fd)
{
	char path[PATH_MAX];

	check(fchdir(fd), "fchdir");
	if (getcwd(path, sizeof(path)) == NULL)
		check(-1, "getcwd");
	check(mount(".", ".", NULL, MS_BIND | MS_REC, NULL), "mount --rbind");
	/* The path now leads to the new mount; "." is still the directory below it. */
	check(chdir(path), path);
	check((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
	check(umount2(".", MNT_DETACH), "umount");
}

int main(int argc, char **argv)
{
	char cwd[PATH_MAX];
	struct stat before, after;
	int root, self;

	if (argc < 2) {
		fprintf(stderr, "usage: leave_chroot COMMAND [ARGUMENT...]\n");
		return 125;
	}
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		check(-1, "getcwd");
	check(unshare(CLONE_NEWNS), "unshare");
	/*
	 * Open it only now: an earlier descriptor would refer to the mounts of the former
	 * namespace.
	 */
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	check(root, "/");
	self = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	check(self, "/proc/self/ns/mnt");
	check(fstat(root, &before), "/");
	check(setns(self, CLONE_NEWNS), "setns");
	check(stat("/", &after), "/");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount --make-rprivate");
	if (before.st_dev != after.st_dev || before.st_ino != after.st_ino)
		make_root(root);
	check(chdir(cwd), cwd);
	execvp(argv[1], argv + 1);
	check(-1, argv[1]);
	return 126;
}
