/*
 * An object opened for its bytes, whatever its kind: a segment, a POSIX object, a memfd, a file.
 *
 * An object that can be opened is used through its descriptor: no store raises SIGBUS, no read
 * gives memory to a hole. A segment is attached; whoever may (CAP_CHECKPOINT_RESTORE) gets a
 * descriptor of it, too, from /proc/self/map_files, proc_pid_map_files(5).
 */
#ifndef SHMTOOL_MEMORY_MEMORY_H
#define SHMTOOL_MEMORY_MEMORY_H

#include "error.h"
#include "memory/mapping.h"
#include "objects/ref.h"
#include "objects/ref_file.h"

#include <stdbool.h>
#include <stdint.h>

struct residency_window;

struct memory {
	bool is_segment;
	int id;                 /* of a segment */
	bool marked;            /* a segment that goes with its last detach */
	int fd;                 /* -1: there is only the mapping */
	bool fd_writes;         /* the descriptor can be written: not with huge pages */
	bool is_posix;          /* a file in POSIX_DIRECTORY */
	bool has_name;          /* a file that was found by its name */
	bool on_disk;           /* a file of a file system that is not in memory */
	uint64_t bytes;         /* size */
	uint64_t page_bytes;    /* what one page fault brings */
	struct mapping mapping; /* of a segment, and of what fd can't write; else address is NULL */
	struct residency_window *window;
	char text[REF_TEXT_SIZE]; /* of the REF that it was found by, for messages */
};

/**
 * Tell whether a file that is to be made at a path will be on a disk, and not in memory.
 *
 * @param path  in a directory that exists
 */
bool memory_path_is_on_disk(const char *path);

/**
 * Find an object: a segment is looked at and not attached, all else is opened.
 *
 * @param access  what is wanted
 * @param memory  receives it, to be closed with memory_close()
 * @return 0, or -1 with error set, and errno ENOENT if there is no such object
 */
int memory_find(const struct ref *ref, enum ref_file_access access, struct memory *memory,
                struct error *error);

/**
 * Find an object, and attach it if it is a segment.
 *
 * @return 0, or -1 with error set, and errno ENOENT if there is no such object
 */
int memory_open(const struct ref *ref, enum ref_file_access access, struct memory *memory,
                struct error *error);

/**
 * Map a part of an object. Of a segment the whole is attached, and the part found in it.
 *
 * @param request  as for mapping_of_file(); page_bytes is filled in
 * @param mapping  receives the mapping, to be ended with mapping_end()
 * @param part     receives the address where the part begins
 */
int memory_map(const struct memory *memory, struct mapping_request *request,
               struct mapping *mapping, char **part, struct error *error);

/**
 * Look again at an object that is read a second time: a file may have another size, and what was a
 * hole may hold something now.
 */
void memory_refresh(struct memory *memory);

/** A part of an object that is all hole, or all data. */
struct extent {
	uint64_t length; /* bytes, at least 1 */
	bool is_hole;    /* reads as zeros and has no memory; a touch would give it some */
};

/**
 * Tell what begins at an offset. Only objects in memory have holes that matter; a page in swap is
 * data. What can't be told is data.
 *
 * @param offset  in bytes, less than end
 * @param end     in bytes, at most the object's size
 * @param extent  receives it; not beyond end
 */
void memory_extent(struct memory *memory, uint64_t offset, uint64_t end, struct extent *extent);

/**
 * Copy bytes out of an object.
 *
 * @param offset  in bytes
 * @param buffer  receives them
 * @param size    in bytes
 * @param done    receives how many could be read: fewer if the object has become shorter
 * @return 0, or -1 with error set, which names the offset
 */
int memory_read(struct memory *memory, uint64_t offset, void *buffer, uint64_t size, uint64_t *done,
                struct error *error);

/**
 * Copy bytes from between the object's end and the end of its last page, where whoever maps the
 * object may keep something: nothing but a mapping shows them.
 *
 * @param offset  in bytes, at least the object's size
 * @param size    in bytes; not beyond the end of the page
 * @return 0, or -1 with error set
 */
int memory_read_beyond(struct memory *memory, uint64_t offset, void *buffer, uint64_t size,
                       struct error *error);

/**
 * Copy bytes into an object.
 *
 * @param done   receives how many were written
 * @return 0, or -1 with error set, which names the offset
 */
int memory_write(struct memory *memory, uint64_t offset, const void *buffer, uint64_t size,
                 uint64_t *done, struct error *error);

/** Values that are stored in an object at equal distances. */
struct memory_store {
	uint64_t offset;    /* where the first goes, in bytes, a multiple of size */
	const void *values; /* the first */
	uint64_t size;      /* of each in bytes: memory_store_is_atomic() */
	uint64_t stride;    /* from one to the next in bytes, on both sides */
	uint64_t count;
};

/** Tell whether the processor stores a value of this size, in bytes, at once. */
bool memory_store_is_atomic(uint64_t size);

/**
 * Store values one after another, each at once and with release order: a process that sees one, and
 * looks with acquire order, sees all that was stored before.
 *
 * @param done  receives how many were stored
 * @return 0, or -1 with error set, which names the offset
 */
int memory_store_release(struct memory *memory, const struct memory_store *store, uint64_t *done,
                         struct error *error);

/**
 * Copy bytes in between the object's end and the end of its last page: memory_read_beyond() shows
 * them. In a file on a disk they are lost as soon as the page is written back.
 *
 * @param offset  in bytes, at least the object's size, which is not 0
 * @param size    in bytes; not beyond the end of the page
 * @return 0, or -1 with error set
 */
int memory_write_beyond(struct memory *memory, uint64_t offset, const void *buffer, uint64_t size,
                        struct error *error);

/**
 * Set bytes of an object.
 *
 * @param byte  the value, 0 to 255
 * @param done  receives how many were written
 */
int memory_fill(struct memory *memory, uint64_t offset, int byte, uint64_t size, uint64_t *done,
                struct error *error);

/**
 * Look whether an object still has the size that it had when it was opened: a write(2) beyond the
 * end would let it grow again.
 *
 * @return 0, or -1 with errno EFAULT if it is shorter now
 */
int memory_check_size(const struct memory *memory);

/**
 * Look whether the machine has the memory that stores into an object may take. Where a file
 * system has a limit of its own, that holds.
 *
 * @param length  of what is to be stored, in bytes
 * @return 0, or -1 with error set
 */
int memory_check_room(const struct memory *memory, uint64_t length, struct error *error);

/**
 * Say why a store into an object has failed.
 *
 * @param offset  where, in bytes
 * @param number  errno
 * @return -1, with error set
 */
int memory_store_failed(const struct memory *memory, uint64_t offset, int number,
                        struct error *error);

/**
 * Tell whether an object has been removed: it has no name any more, and of a segment nobody else
 * has it attached.
 */
bool memory_is_removed(const struct memory *memory);

void memory_close(struct memory *memory);

#endif
