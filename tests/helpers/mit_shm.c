/*
 * mit_shm SOCKET: a client of the X server at that socket that uses the MIT-SHM extension, as
 * toolkits do. It speaks the protocol itself, so no library of X is needed. Commands on standard
 * input, one a line:
 *
 *     make      create a private segment for an image, without attaching it; prints its id
 *     attach    attach it, and make the server attach it; prints "done"
 *     image     make the server store 8x8 pixels of the root window in it; prints "done"
 *
 * On failure, it ends with status 1 and a message.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	IMAGE_BYTES = 8 * 8 * 4,
	QUERY_EXTENSION = 98,
	SHM_ATTACH = 1,
	SHM_GET_IMAGE = 4,
};

static int server;
static uint32_t first_id, root_window;
static uint8_t shm_opcode;

static void receive(void *to, size_t bytes)
{
	for (ssize_t got; bytes > 0; bytes -= (size_t)got, to = (char *)to + got)
		if ((got = recv(server, to, bytes, 0)) <= 0)
			errx(1, "the server has closed the connection");
}

/* The first byte of an error is 0, of a reply 1. Both have 32 bytes for the requests used here. */
static void ask(const void *request, size_t bytes, uint8_t reply[32])
{
	if (send(server, request, bytes, MSG_NOSIGNAL) != (ssize_t)bytes)
		err(1, "send");
	receive(reply, 32);
	if (reply[0] != 1)
		errx(1, "the server refuses: error %u", reply[1]);
}

static void introduce(void)
{
	const struct {
		uint8_t order, unused;
		uint16_t major, minor, name_bytes, data_bytes, pad;
	} hello = { 'l', 0, 11, 0, 0, 0, 0 };
	const uint8_t query[16] = {
		QUERY_EXTENSION, 0, 4, 0, 7, 0, 0, 0, 'M', 'I', 'T', '-', 'S', 'H', 'M'
	};
	uint8_t head[8], reply[32];
	uint16_t units, vendor;
	uint8_t *setup;

	if (send(server, &hello, sizeof(hello), MSG_NOSIGNAL) != sizeof(hello))
		err(1, "send");
	receive(head, sizeof(head));
	memcpy(&units, head + 6, sizeof(units));
	setup = calloc(units + 1u, 4);
	if (!setup || head[0] != 1)
		errx(1, "the server refuses the connection");
	receive(setup, units * 4u);
	memcpy(&first_id, setup + 4, sizeof(first_id));
	memcpy(&vendor, setup + 16, sizeof(vendor));
	/* The first screen follows the vendor's name and the pixmap formats; its first field is the root. */
	memcpy(&root_window, setup + 32 + (vendor + 3u) / 4 * 4 + 8u * setup[21],
	       sizeof(root_window));
	free(setup);
	ask(query, sizeof(query), reply);
	if (!reply[8])
		errx(1, "the server has no MIT-SHM");
	shm_opcode = reply[9];
}

static void attach(int id)
{
	const struct {
		uint8_t major, minor;
		uint16_t units;
		uint32_t segment, id;
		uint8_t read_only, pad[3];
	} request = { shm_opcode, SHM_ATTACH, 4, first_id, (uint32_t)id, 0, { 0 } };

	if (shmat(id, NULL, 0) == (void *)-1)
		err(1, "shmat");
	if (send(server, &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
		err(1, "send");
}

static void get_image(void)
{
	const struct {
		uint8_t major, minor;
		uint16_t units;
		uint32_t window;
		int16_t x, y;
		uint16_t width, height;
		uint32_t planes;
		uint8_t format, pad[3];
		uint32_t segment, offset;
	} request = { shm_opcode, SHM_GET_IMAGE, 8, root_window, 0,        0, 8,
		      8,          ~0u,           2, { 0 },       first_id, 0 };
	uint8_t reply[32];

	ask(&request, sizeof(request), reply);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char line[16];
	int id = -1;

	if (argc != 2)
		errx(2, "usage: mit_shm SOCKET");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[1]);
	server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server == -1 || connect(server, (struct sockaddr *)&address, sizeof(address)) == -1)
		err(1, "%s", argv[1]);
	introduce();
	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "make\n") == 0) {
			id = shmget(IPC_PRIVATE, IMAGE_BYTES, IPC_CREAT | 0600);
			printf("%d\n", id);
		} else {
			if (strcmp(line, "attach\n") == 0)
				attach(id);
			else
				get_image();
			puts("done");
		}
		fflush(stdout);
	}
	return 0;
}
