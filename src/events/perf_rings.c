#include "events/perf_rings.h"

#include "base/descriptor.h"
#include "base/memory.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Sizes of a buffer in bytes; all of them together are limited as well. */
enum { RING_MOST = 4 << 20, RING_LEAST = 64 << 10, RINGS_MOST = 256 << 20 };

/* Limits in bytes of the records that are held: of all, and of the memory kept when there are none. */
enum { HELD_MOST = 256 << 20, KEPT_MOST = 4 << 20 };

/* Records that were copied from a buffer, so that the kernel can fill it again. */
struct held_records {
	char *data;
	size_t room;  /* of data */
	size_t start; /* where the first record that was not read begins */
	size_t end;
};

struct ring {
	int cpu;
	int fd;
	struct perf_event_mmap_page *page;
	const char *data;
	uint64_t size; /* of the data, a power of two */
	struct held_records held;
	bool is_parsed;
	struct perf_record next; /* if is_parsed */
	size_t next_size;
};

struct perf_rings {
	struct ring *rings;
	size_t count;
	int *fds; /* of the tracepoints */
	size_t fd_count;
	int epoll;
	unsigned int waking; /* the tracepoint that wakes; 0: none */
	struct ring *taken;  /* the ring of the record that was returned last */
	size_t held;         /* bytes of records in all rings */
};

/* The part at the end of each record that is no tracepoint. */
struct trailer {
	uint32_t pid;
	uint32_t tid;
	uint64_t time;
};

static int open_event(const struct perf_event_attr *attr, int cpu)
{
	return (int)syscall(SYS_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static struct perf_event_attr attributes(void)
{
	const struct perf_event_attr attr = {
		.size = sizeof(attr),
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW,
		.sample_period = 1,
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};

	return attr;
}

static int fail_to_open(int number, struct error *error)
{
	switch (number) {
	case EACCES:
	case EPERM:
		return error_set(error, STATUS_FAILED,
		                 "perf_event_open is not permitted: that needs CAP_PERFMON in the "
		                 "initial user namespace, and no seccomp filter or security module "
		                 "that denies it");
	case ENOSYS:
		return error_set(error, STATUS_FAILED,
		                 "the kernel has no perf_event_open (CONFIG_PERF_EVENTS)");
	default:
		return error_set_errno(error, number, "perf_event_open failed");
	}
}

/* Map a buffer, as large as the limits on locked memory permit. */
static int map_ring(struct ring *ring, size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *memory = MAP_FAILED;

	for (; memory == MAP_FAILED && size >= RING_LEAST; size /= 2) {
		memory = mmap(NULL, page + size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
		ring->size = size;
	}
	if (memory == MAP_FAILED)
		return -1;
	ring->page = memory;
	ring->data = (const char *)memory + page;
	return 0;
}

/* The buffer of a processor belongs to an event that never happens. */
static int open_ring(struct perf_rings *rings, int cpu, size_t size, struct error *error)
{
	struct perf_event_attr attr = attributes();
	struct epoll_event watch = { .events = EPOLLIN };
	struct ring *ring;

	attr.type = PERF_TYPE_SOFTWARE;
	attr.config = PERF_COUNT_SW_DUMMY;
	attr.comm = 1;
	attr.comm_exec = 1;
	attr.namespaces = 1;
	attr.watermark = 1;
	attr.wakeup_watermark = (uint32_t)size / 8;
	rings->rings = vector_grow(rings->rings, rings->count, sizeof(*rings->rings));
	ring = &rings->rings[rings->count];
	memset(ring, 0, sizeof(*ring));
	ring->cpu = cpu;
	ring->fd = open_event(&attr, cpu);
	/* The processor is not running. */
	if (ring->fd < 0 && (errno == ENODEV || errno == EINVAL) && rings->count > 0)
		return 0;
	if (ring->fd < 0)
		return fail_to_open(errno, error);
	rings->count++;
	if (map_ring(ring, size) < 0)
		return error_set_errno(error, errno,
		                       "there is no memory for trace buffers (see ulimit -l and "
		                       "kernel.perf_event_mlock_kb)");
	if (epoll_ctl(rings->epoll, EPOLL_CTL_ADD, ring->fd, &watch) < 0)
		return error_set_errno(error, errno, "the trace buffers can't be waited for");
	return 0;
}

struct perf_rings *perf_rings_open(struct error *error)
{
	const long configured = sysconf(_SC_NPROCESSORS_CONF);
	const int processors = configured > 0 ? (int)configured : 1;
	struct perf_rings *rings = needed_array(1, sizeof(*rings));
	size_t size = RING_MOST;

	while (size > RING_LEAST && size * (size_t)processors > RINGS_MOST)
		size /= 2;
	rings->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (rings->epoll < 0) {
		error_set_errno(error, errno, "can't wait for events");
		perf_rings_close(rings);
		return NULL;
	}
	for (int cpu = 0; cpu < processors; cpu++) {
		if (open_ring(rings, cpu, size, error) < 0) {
			perf_rings_close(rings);
			return NULL;
		}
	}
	return rings;
}

/* Each tracepoint needs a descriptor on each processor. */
static void permit_descriptors(size_t count)
{
	enum { OTHERS = 256 };
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= count + OTHERS)
		return;
	limit.rlim_cur = count + OTHERS < limit.rlim_max ? count + OTHERS : limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int perf_rings_add(struct perf_rings *rings, unsigned int number, bool wakes, const char *filter,
                   struct error *error)
{
	struct perf_event_attr attr = attributes();

	attr.type = PERF_TYPE_TRACEPOINT;
	attr.config = number;
	if (wakes) {
		attr.wakeup_events = 1;
		rings->waking = number;
	}
	permit_descriptors(rings->fd_count + 2 * rings->count);
	for (size_t i = 0; i < rings->count; i++) {
		const int fd = open_event(&attr, rings->rings[i].cpu);

		if (fd < 0)
			return fail_to_open(errno, error);
		rings->fds = vector_grow(rings->fds, rings->fd_count, sizeof(*rings->fds));
		rings->fds[rings->fd_count++] = fd;
		if (filter != NULL)
			(void)ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter);
		if (ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, rings->rings[i].fd) < 0)
			return fail_to_open(errno, error);
	}
	return 0;
}

int perf_rings_fd(const struct perf_rings *rings)
{
	return rings->epoll;
}

static void parse_tracepoint(const char *body, size_t size, struct perf_record *record)
{
	struct trailer head;
	uint32_t raw_size;

	record->type = PERF_TRACEPOINT;
	memcpy(&head, body, sizeof(head));
	memcpy(&raw_size, body + sizeof(head), sizeof(raw_size));
	record->pid = (pid_t)head.pid;
	record->tid = (pid_t)head.tid;
	record->time = head.time;
	record->data = body + sizeof(head) + sizeof(raw_size);
	record->size = size - sizeof(head) - sizeof(raw_size);
	if (raw_size < record->size)
		record->size = raw_size;
}

/* The inode of a namespace: after pid, tid and their number, each has a device and an inode. */
static uint64_t namespace_inode(const char *body, size_t size, size_t index)
{
	const size_t place = 2 * sizeof(uint32_t) + (2 + 2 * index) * sizeof(uint64_t);
	uint64_t inode = 0;

	if (size >= place + sizeof(inode) + sizeof(struct trailer))
		memcpy(&inode, body + place, sizeof(inode));
	return inode;
}

/* The layout of a record follows from attributes(). */
void perf_record_parse(const struct perf_event_header *header, const char *body,
                       struct perf_record *record)
{
	const size_t size = header->size - sizeof(*header);
	struct trailer trailer;
	uint32_t about[2];

	memset(record, 0, sizeof(*record));
	record->type = PERF_OTHER;
	if (size < sizeof(trailer) + sizeof(about))
		return;
	if (header->type == PERF_RECORD_SAMPLE) {
		parse_tracepoint(body, size, record);
		return;
	}
	memcpy(&trailer, body + size - sizeof(trailer), sizeof(trailer));
	memcpy(about, body, sizeof(about));
	record->time = trailer.time;
	record->pid = (pid_t)trailer.pid;
	record->tid = (pid_t)trailer.tid;
	record->about_pid = (pid_t)about[0];
	record->about_tid = (pid_t)about[1];
	if (header->type == PERF_RECORD_COMM) {
		record->type = PERF_COMMAND;
		record->command = body + sizeof(about);
		record->by_exec = (header->misc & PERF_RECORD_MISC_COMM_EXEC) != 0;
	} else if (header->type == PERF_RECORD_NAMESPACES) {
		record->type = PERF_NAMESPACES;
		record->ipc = namespace_inode(body, size, IPC_NS_INDEX);
		record->user = namespace_inode(body, size, USER_NS_INDEX);
	} else if (header->type == PERF_RECORD_LOST) {
		record->type = PERF_LOST;
		memcpy(&record->lost, body + sizeof(uint64_t), sizeof(record->lost));
	}
}

/* Make room behind the records that are held. */
static void make_room(struct held_records *held, size_t size)
{
	const size_t count = held->end - held->start;
	size_t room = held->room > 0 ? held->room : RING_LEAST;

	if (held->room - held->end >= size)
		return;
	/* Moving what is left is cheap if it is little. */
	if (held->start < count || held->room - count < size) {
		while (room - count < size)
			room *= 2;
		held->data = needed(realloc(held->data, room));
		held->room = room;
	}
	memmove(held->data, held->data + held->start, count);
	held->start = 0;
	held->end = count;
}

/* Copy what the kernel has written, and let it write there again. */
static void hold_records(struct perf_rings *rings, struct ring *ring)
{
	const uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	const uint64_t tail = ring->page->data_tail;
	const size_t size = (size_t)(head - tail);
	const size_t offset = (size_t)(tail & (ring->size - 1));
	const size_t first = size < ring->size - offset ? size : (size_t)ring->size - offset;

	if (size == 0 || (rings->held > 0 && rings->held + size > HELD_MOST))
		return;
	make_room(&ring->held, size);
	ring->is_parsed = false; /* it may have moved */
	memcpy(ring->held.data + ring->held.end, ring->data + offset, first);
	memcpy(ring->held.data + ring->held.end + first, ring->data, size - first);
	ring->held.end += size;
	rings->held += size;
	__atomic_store_n(&ring->page->data_tail, head, __ATOMIC_RELEASE);
}

/* Parse a record that is held; returns its size. Sizes are multiples of 8 bytes. */
static size_t parse_at(const struct ring *ring, size_t position, struct perf_record *record)
{
	const char *place = ring->held.data + position;
	struct perf_event_header header;

	memcpy(&header, place, sizeof(header));
	perf_record_parse(&header, place + sizeof(header), record);
	return header.size;
}

/* Show the records of the tracepoint that wakes. */
static void glance_at(const struct ring *ring, size_t position, unsigned int waking,
                      perf_glance_fn *glance, void *closure)
{
	while (position < ring->held.end) {
		struct perf_record record;
		uint16_t number = 0;

		position += parse_at(ring, position, &record);
		if (record.type != PERF_TRACEPOINT)
			continue;
		if (record.size >= sizeof(number))
			memcpy(&number, record.data, sizeof(number));
		if (number != 0 && number == waking)
			glance(closure, &record);
	}
}

void perf_rings_look(struct perf_rings *rings, perf_glance_fn *glance, void *closure)
{
	for (size_t i = 0; i < rings->count; i++) {
		struct ring *ring = &rings->rings[i];
		const size_t unread = ring->held.end - ring->held.start;

		hold_records(rings, ring);
		if (glance != NULL)
			glance_at(ring, ring->held.start + unread, rings->waking, glance, closure);
	}
}

/* Parse the next record of a ring, if there is one and it is not parsed yet. */
static bool prepare(struct ring *ring)
{
	if (ring->is_parsed)
		return true;
	if (ring->held.start == ring->held.end)
		return false;
	ring->next_size = parse_at(ring, ring->held.start, &ring->next);
	ring->is_parsed = true;
	return true;
}

/* Go on behind the record that was returned last. */
static void drop_taken(struct perf_rings *rings)
{
	struct ring *ring = rings->taken;
	struct held_records *held;

	if (ring == NULL)
		return;
	held = &ring->held;
	held->start += ring->next_size;
	rings->held -= ring->next_size;
	ring->is_parsed = false;
	rings->taken = NULL;
	if (held->start < held->end)
		return;
	held->start = 0;
	held->end = 0;
	if (held->room > KEPT_MOST) {
		free(held->data);
		held->data = NULL;
		held->room = 0;
	}
}

bool perf_rings_next(struct perf_rings *rings, uint64_t until, struct perf_record *record)
{
	struct ring *first = NULL;

	drop_taken(rings);
	for (size_t i = 0; i < rings->count; i++) {
		struct ring *ring = &rings->rings[i];

		if (prepare(ring) && (first == NULL || ring->next.time < first->next.time))
			first = ring;
	}
	if (first == NULL || first->next.time >= until)
		return false;
	*record = first->next;
	rings->taken = first;
	return true;
}

void perf_rings_close(struct perf_rings *rings)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (rings == NULL)
		return;
	for (size_t i = 0; i < rings->fd_count; i++)
		descriptor_close(rings->fds[i]);
	for (size_t i = 0; i < rings->count; i++) {
		struct ring *ring = &rings->rings[i];

		if (ring->page != NULL)
			munmap(ring->page, page + ring->size);
		descriptor_close(ring->fd);
		free(ring->held.data);
	}
	descriptor_close(rings->epoll);
	free(rings->rings);
	free(rings->fds);
	free(rings);
}
