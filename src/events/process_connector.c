#include "events/process_connector.h"

#include "base/descriptor.h"
#include "system/process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

/* Buffer for the events of many processes between two reads, in bytes. */
enum { WAITING_SIZE = 16 << 20, MESSAGE_SIZE = 4096 };

enum { KINDS_MAX = 16 };

/* The header of each event. */
struct event_message {
	struct nlmsghdr header;
	struct cn_msg connector;
};
enum { WHAT_OFFSET = sizeof(struct event_message) + offsetof(struct proc_event, what) };

/* Filter for the kinds: most processes cause several other events. */
static int choose_events(int events, const unsigned int *kinds, size_t count)
{
	struct sock_filter filter[KINDS_MAX + 3] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WHAT_OFFSET),
	};
	struct sock_fprog program = { .len = (unsigned short)(count + 3) };

	/* The filter reads words in network byte order. */
	for (size_t i = 0; i < count; i++)
		filter[i + 1] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, htonl(kinds[i]), (unsigned char)(count - i), 0);
	filter[count + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	filter[count + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	program.filter = filter;
	return setsockopt(events, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int say(int events, enum proc_cn_mcast_op operation)
{
	const struct event_message message = {
		.header = { .nlmsg_len = sizeof(message) + sizeof(operation),
		            .nlmsg_type = NLMSG_DONE },
		.connector = { .id = { .idx = CN_IDX_PROC, .val = CN_VAL_PROC },
		               .len = sizeof(operation) },
	};
	char text[sizeof(message) + sizeof(operation)];

	memcpy(text, &message, sizeof(message));
	memcpy(text + sizeof(message), &operation, sizeof(operation));
	return send(events, text, sizeof(text), 0) < 0 ? -1 : 0;
}

static int subscribe(int events, const unsigned int *kinds, size_t count)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	const int size = WAITING_SIZE;

	/* Without privilege, the limit for all users applies. */
	if (setsockopt(events, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(events, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (choose_events(events, kinds, count) < 0 ||
	    bind(events, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return say(events, PROC_CN_MCAST_LISTEN);
}

int process_connector_open(const unsigned int *kinds, size_t count)
{
	int events;

	/* Events carry pids of the initial pid namespace. */
	if (count > KINDS_MAX || !process_numbers_are_ours() || !process_all_are_listed()) {
		errno = ENOTSUP;
		return -1;
	}
	events = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (events < 0 || subscribe(events, kinds, count) == 0)
		return events;
	descriptor_close(events);
	return -1;
}

void process_connector_close(int connector)
{
	if (connector < 0)
		return;
	/* Older kernels do not notice that the listener is gone. */
	(void)say(connector, PROC_CN_MCAST_IGNORE);
	descriptor_close(connector);
}

bool process_connector_parse(const char *message, size_t length, struct proc_event *event)
{
	struct event_message start;

	if (length < sizeof(start) + sizeof(*event))
		return false;
	memcpy(&start, message, sizeof(start));
	memcpy(event, message + sizeof(start), sizeof(*event));
	if (event->what == PROC_EVENT_COMM)
		event->event_data.comm.comm[sizeof(event->event_data.comm.comm) - 1] = '\0';
	return start.connector.id.idx == CN_IDX_PROC && start.connector.id.val == CN_VAL_PROC &&
	       start.connector.len >= sizeof(*event);
}

int process_connector_read(int connector, process_connector_fn *take, void *closure)
{
	_Alignas(struct nlmsghdr) char message[MESSAGE_SIZE];
	struct sockaddr_nl sender = { .nl_pid = UINT32_MAX };
	struct proc_event event;

	for (;;) {
		socklen_t length = sizeof(sender);
		const ssize_t received = recvfrom(connector, message, sizeof(message), 0,
		                                  (struct sockaddr *)&sender, &length);

		if (received < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (received < 0)
			return -1;
		/* Any process may send to this socket; the kernel's port is 0. */
		if (sender.nl_pid != 0)
			continue;
		if (!process_connector_parse(message, (size_t)received, &event) ||
		    !take(closure, &event)) {
			errno = EPROTO;
			return -1;
		}
	}
}
