/*
 * serve_fuse DIRECTORY [COMMAND...]: mounts a FUSE file system with an empty root directory, serves
 * it, and prints the pid of the server. Requests are answered while COMMAND runs; after that, and
 * without COMMAND, never.
 *
 * When the server ends, all requests that wait for it fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int device;

static void answer(const struct fuse_in_header *in, int number, const void *data, size_t length)
{
	char reply[sizeof(struct fuse_out_header) + 512];
	struct fuse_out_header out = { .len = (uint32_t)(sizeof(out) + length),
		                       .error = -number,
		                       .unique = in->unique };

	memcpy(reply, &out, sizeof(out));
	if (length > 0)
		memcpy(reply + sizeof(out), data, length);
	(void)!write(device, reply, out.len);
}

static void serve_one(void)
{
	static char request[FUSE_MIN_READ_BUFFER * 20];
	const ssize_t length = read(device, request, sizeof(request));
	const struct fuse_in_header *in = (const void *)request;
	const struct fuse_init_in *init = (const void *)(request + sizeof(*in));

	if (length < (ssize_t)sizeof(*in))
		return;
	if (in->opcode == FUSE_INIT) {
		const struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION,
			                           .minor = init->minor,
			                           .max_write = 4096 };

		answer(in, 0, &out, sizeof(out));
	} else if (in->opcode == FUSE_GETATTR) {
		const struct fuse_attr_out out = {
			.attr = { .ino = in->nodeid, .mode = S_IFDIR | 0777, .nlink = 2 }
		};

		answer(in, 0, &out, sizeof(out));
	} else if (in->opcode == FUSE_STATFS) {
		const struct fuse_statfs_out out = { .st = { .bsize = 4096, .namelen = 255 } };

		answer(in, 0, &out, sizeof(out));
	} else if (in->opcode == FUSE_OPENDIR) {
		const struct fuse_open_out out = { .fh = 1 };

		answer(in, 0, &out, sizeof(out));
	} else if (in->opcode == FUSE_READDIR || in->opcode == FUSE_RELEASEDIR) {
		answer(in, 0, NULL, 0);
	} else if (in->opcode != FUSE_FORGET && in->opcode != FUSE_BATCH_FORGET) {
		answer(in, in->opcode == FUSE_LOOKUP ? ENOENT : ENOSYS, NULL, 0);
	}
}

/*
 * Serves until the command has ended. The command does not inherit the device, which it would keep
 * open.
 */
static int run_command(char **command)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	int status = 0;
	pid_t child;

	(void)fcntl(device, F_SETFL, O_NONBLOCK);
	child = fork();
	if (child == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	while (waitpid(child, &status, WNOHANG) == 0) {
		serve_one();
		(void)nanosleep(&moment, NULL);
	}
	return status;
}

int main(int argc, char **argv)
{
	char options[128];

	if (argc < 2)
		return 2;
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device < 0) {
		perror("/dev/fuse");
		return 1;
	}
	snprintf(options, sizeof(options),
	         "fd=%d,rootmode=40777,user_id=%u,group_id=%u,allow_other", device,
	         (unsigned int)geteuid(), (unsigned int)getegid());
	if (mount("serve_fuse", argv[1], "fuse", 0, options) < 0) {
		perror("mount");
		return 1;
	}
	if (argc > 2 && run_command(argv + 2) != 0) {
		fprintf(stderr, "%s failed\n", argv[2]);
		return 1;
	}
	printf("%d\n", (int)getpid());
	(void)fflush(stdout);
	for (;;)
		pause();
}
