/*
 * fuse_mute [-a] [-i INODE] DIRECTORY FILE: as root, mounts a FUSE file system of uid 65534 at
 * DIRECTORY, in a mount namespace of its own, and holds its file "f" open as descriptor 4 and FILE
 * as descriptor 5. Once "f" is open, any request for its status blocks. Prints "holding PID", as
 * uid 65534, and waits for a signal.
 *
 * Without -a the kernel refuses all users but uid 65534; with -a (allow_other) requests of any user
 * block. INODE is the number of "f".
 *
 * The kernel kills it with its parent, and an alarm ends it in any case. The connection and the
 * server, which still answers FUSE_FLUSH so that the holder can exit, end with it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USER = 65534, REQUEST_SIZE = 1 << 17, WAIT_SECONDS = 300 };

static uint64_t inode = 2;

static void fill(struct fuse_attr *attributes, uint64_t number, unsigned int mode)
{
	attributes->ino = number;
	attributes->mode = mode;
	attributes->nlink = 1;
	attributes->uid = USER;
	attributes->gid = USER;
}

static void reply(int fd, uint64_t unique, int error, const void *data, size_t size)
{
	char message[512];
	struct fuse_out_header header = {
		.len = (uint32_t)(sizeof(header) + size),
		.error = error,
		.unique = unique,
	};

	memcpy(message, &header, sizeof(header));
	if (size > 0)
		memcpy(message + sizeof(header), data, size);
	if (write(fd, message, sizeof(header) + size) < 0 && errno != ENOENT)
		perror("/dev/fuse");
}

static void answer(int fd, const struct fuse_in_header *request)
{
	static bool is_open;
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = 4096,
	};
	struct fuse_entry_out entry = { .nodeid = 2 };
	struct fuse_attr_out attributes = { .attr_valid = 0 };
	struct fuse_open_out opened = { .fh = 1 };

	switch (request->opcode) {
	case FUSE_INIT:
		reply(fd, request->unique, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		fill(&entry.attr, inode, S_IFREG | 0666);
		reply(fd, request->unique, 0, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		if (is_open)
			break;
		fill(&attributes.attr, request->nodeid == 1 ? 1 : inode,
		     request->nodeid == 1 ? S_IFDIR | 0777 : S_IFREG | 0666);
		reply(fd, request->unique, 0, &attributes, sizeof(attributes));
		break;
	case FUSE_OPEN:
		is_open = true;
		reply(fd, request->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_FORGET:
		break;
	default:
		reply(fd, request->unique, -ENOSYS, NULL, 0);
	}
}

static void serve(int fd)
{
	static _Alignas(struct fuse_in_header) char request[REQUEST_SIZE];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(WAIT_SECONDS);
	while (read(fd, request, sizeof(request)) > 0)
		answer(fd, (const struct fuse_in_header *)(const void *)request);
	_exit(1);
}

/* Returns the result, or ends the program. */
static int check(int result, const char *what)
{
	if (result >= 0)
		return result;
	perror(what);
	exit(1);
}

int main(int argc, char **argv)
{
	bool for_all = false;
	char options[128];
	char path[4096];
	int option;
	int fuse;

	while ((option = getopt(argc, argv, "ai:")) != -1) {
		for_all |= option == 'a';
		if (option == 'i')
			inode = strtoull(optarg, NULL, 10);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(WAIT_SECONDS);
	check(unshare(CLONE_NEWNS), "unshare");
	check(mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
	fuse = check(open("/dev/fuse", O_RDWR | O_CLOEXEC), "/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%d,group_id=%d%s", fuse,
	         USER, USER, for_all ? ",allow_other" : "");
	check(mount("mute", argv[optind], "fuse", MS_NOSUID | MS_NODEV, options), "mount fuse");
	if (check(fork(), "fork") == 0)
		serve(fuse);
	check(dup2(check(open(argv[optind + 1], O_RDONLY), argv[optind + 1]), 5), "dup2");
	snprintf(path, sizeof(path), "%s/f", argv[optind]);
	check(setresgid(USER, USER, USER), "setresgid");
	check(setresuid(USER, USER, USER), "setresuid");
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* cleared by the change of user */
	check(dup2(check(open(path, O_RDONLY), path), 4), "dup2");
	close(fuse);
	printf("holding %ld\n", (long)getpid());
	fflush(stdout);
	for (;;)
		pause();
}
