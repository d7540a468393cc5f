/*
 * mq_control make NAME MODE [MESSAGES BYTES]: creates a POSIX message queue for MESSAGES messages
 *     of BYTES bytes
 * mq_control send NAME BYTES [COUNT]: sends COUNT messages (1) of BYTES bytes
 * mq_control attributes NAME: prints mq_getattr(3): current messages, maximum, maximum length
 * mq_control wait NAME: waits for a message in mq_receive(3); prints "waiting" before, and the
 *     length of the message after it
 *
 * NAME begins with a slash. A waiting process never outlives the test: the kernel kills it with its
 * parent, and an alarm ends it in any case.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static char text[8192];

static int make(int argc, char **argv)
{
	struct mq_attr attributes = { .mq_maxmsg = 10, .mq_msgsize = sizeof(text) };

	if (argc > 5) {
		attributes.mq_maxmsg = strtol(argv[4], NULL, 10);
		attributes.mq_msgsize = strtol(argv[5], NULL, 10);
	}
	umask(0);
	return mq_open(argv[2], O_RDWR | O_CREAT | O_EXCL, (mode_t)strtoul(argv[3], NULL, 8),
	               &attributes);
}

static int send_messages(mqd_t queue, size_t bytes, long count)
{
	memset(text, 'x', sizeof(text));
	for (long i = 0; i < count; i++) {
		if (mq_send(queue, text, bytes, 0) == -1)
			return -1;
	}
	return 0;
}

static int print_attributes(mqd_t queue)
{
	struct mq_attr attributes;

	if (mq_getattr(queue, &attributes) == -1)
		return -1;
	printf("%ld %ld %ld\n", attributes.mq_curmsgs, attributes.mq_maxmsg, attributes.mq_msgsize);
	return 0;
}

static int wait_for_message(mqd_t queue)
{
	ssize_t bytes;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	puts("waiting");
	fflush(stdout);
	bytes = mq_receive(queue, text, sizeof(text), NULL);
	if (bytes == -1)
		return -1;
	printf("%zd bytes\n", bytes);
	fflush(stdout);
	return 0;
}

static int run(int argc, char **argv)
{
	mqd_t queue;

	if (strcmp(argv[1], "make") == 0 && argc > 3)
		return make(argc, argv);
	queue = mq_open(argv[2], strcmp(argv[1], "attributes") == 0 ? O_RDONLY : O_RDWR);
	if (queue == -1)
		return -1;
	if (strcmp(argv[1], "attributes") == 0)
		return print_attributes(queue);
	if (strcmp(argv[1], "wait") == 0)
		return wait_for_message(queue);
	if (strcmp(argv[1], "send") == 0 && argc > 3)
		return send_messages(queue, strtoul(argv[3], NULL, 10),
		                     argc > 4 ? strtol(argv[4], NULL, 10) : 1);
	fprintf(stderr, "mq_control: cannot %s\n", argv[1]);
	exit(2);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: mq_control make|send|attributes|wait NAME ...\n");
		return 2;
	}
	if (run(argc, argv) == -1) {
		perror("mq_control");
		return 1;
	}
	return 0;
}
