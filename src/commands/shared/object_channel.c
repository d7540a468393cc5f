#include "commands/shared/object_channel.h"

#include "channel/channel.h"
#include "channel/owner.h"
#include "channel/ring.h"
#include "system/process.h"
#include "system/process_maps.h"
#include "usage/family_content.h"
#include "usage/verdict.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool read_file(const struct shm_object *object, struct channel_header *header)
{
	int fd = family_content_open(object);
	bool result;

	if (fd < 0)
		return false;
	result = family_content_read(fd, 0, header, sizeof(*header));
	close(fd);
	return result;
}

/* Read a part of a file in /proc/PID. */
static bool read_of_process(pid_t pid, const char *file, void *target, size_t size, uint64_t offset)
{
	char path[48];
	ssize_t done;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = pread(fd, target, size, (off_t)offset);
	close(fd);
	return done == (ssize_t)size;
}

/*
 * Whether the process has the page at an address in its page tables, in memory or in swap: reading
 * any other page could allocate memory for it.
 */
static bool has_page(pid_t pid, uint64_t address)
{
	const uint64_t there = UINT64_C(3) << 62;
	uint64_t entry;

	return read_of_process(pid, "pagemap", &entry, sizeof(entry),
	                       address / (uint64_t)getpagesize() * sizeof(entry)) &&
	       (entry & there) != 0;
}

/* The address at which a process has attached a segment; 0 if it has not, or may not be seen. */
static uint64_t find_attachment(pid_t pid, ino_t id)
{
	const struct process_maps_request request = { .shared_only = true };
	const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct process_mapping mapping;
	struct process_maps maps;
	uint64_t address = 0;
	char directory[16];

	if (proc < 0)
		return 0;
	snprintf(directory, sizeof(directory), "%ld", (long)pid);
	if (process_maps_open(proc, directory, &request, &maps) == 0) {
		while (address == 0 && process_maps_next(&maps, &mapping) > 0) {
			if (mapping.inode == id && mapping.offset == 0 &&
			    process_maps_is_segment(&maps, &mapping) > 0)
				address = mapping.start;
		}
		process_maps_close(&maps);
	}
	close(proc);
	return address;
}

static bool read_attached(const struct shm_object *object, pid_t pid, struct channel_header *header)
{
	const uint64_t address = find_attachment(pid, (ino_t)object->id);

	return address != 0 && has_page(pid, address) &&
	       read_of_process(pid, "mem", header, sizeof(*header), address);
}

static bool read_segment(const struct shm_object *object, struct channel_header *header)
{
	const struct object_usage *usage = object->usage;

	for (uint32_t i = 0; usage != NULL && usage->users != NULL && i < usage->processes; i++) {
		if (read_attached(object, usage->users[i].pid, header))
			return true;
	}
	return false;
}

static bool find(const struct shm_object *object, struct channel_header *header)
{
	const bool is_read =
	    object->kind == KIND_SHM ? read_segment(object, header) : read_file(object, header);

	return is_read && channel_judge(header, object->bytes) == CHANNEL_FOUND;
}

static uint64_t inode_of(const struct shm_object *object)
{
	return object->kind == KIND_SHM ? (uint64_t)(unsigned int)object->id : object->inode;
}

static void set_owner(const struct shm_object *object, const struct channel_side *side,
                      struct value *value)
{
	const struct side_owner owner = owner_look(side, inode_of(object));
	char words[OWNER_WORDS_SIZE];
	char command[COMMAND_SIZE];

	if (owner.state != OWNER_LIVES)
		return;
	owner_words(words, &owner);
	command[0] = '\0';
	if (owner.same_namespace)
		process_command(owner.pid, command);
	if (command[0] != '\0')
		snprintf(value->scratch, sizeof(value->scratch), "%ld (%s)", (long)owner.pid,
		         command);
	else
		snprintf(value->scratch, sizeof(value->scratch), "%s", words + strlen("process "));
	value_set_text(value, value->scratch);
}

void object_channel_sender(const struct shm_object *object, struct value *value)
{
	struct channel_header header;

	if (find(object, &header))
		set_owner(object, &header.sender, value);
}

void object_channel_receiver(const struct shm_object *object, struct value *value)
{
	struct channel_header header;

	if (find(object, &header))
		set_owner(object, &header.receiver, value);
}

void object_channel_waiting(const struct shm_object *object, struct value *value)
{
	struct channel_header header;
	struct ring ring = { .other = &header.sender };
	uint32_t waiting;

	if (!find(object, &header))
		return;
	ring.capacity = header.capacity;
	ring.position = header.receiver.position & CHANNEL_POSITION;
	if (ring.position < 2 * ring.capacity && ring_look(&ring, &waiting) == 0)
		value_set_number(value, waiting);
}

static bool is_side(const struct shm_object *object, const struct channel_side *side, pid_t pid)
{
	const struct side_owner owner = owner_look(side, inode_of(object));

	return owner.state == OWNER_LIVES && owner.same_namespace && owner.pid == pid;
}

const char *object_channel_role(const struct shm_object *object, pid_t pid)
{
	struct channel_header header;
	const bool is_read = object->kind == KIND_SHM ? read_attached(object, pid, &header)
	                                              : read_file(object, &header);

	if (!is_read || channel_judge(&header, object->bytes) != CHANNEL_FOUND)
		return NULL;
	if (is_side(object, &header.sender, pid))
		return "sender";
	return is_side(object, &header.receiver, pid) ? "receiver" : NULL;
}
