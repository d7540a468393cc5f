/*
 * An object of any kind opened to access its bytes: a segment, a POSIX object, a memfd, a file.
 *
 * An object that can be opened is accessed through its descriptor: no store raises SIGBUS, no read
 * allocates memory for a hole. A segment is attached; with CAP_CHECKPOINT_RESTORE it also has a
 * descriptor, from /proc/self/map_files, proc_pid_map_files(5).
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
	bool marked;            /* a segment marked for removal at its last detach */
	int fd;                 /* -1: only the mapping exists */
	bool fd_writes;         /* write(2) works on the descriptor: not with huge pages */
	bool is_posix;          /* a file in POSIX_DIRECTORY */
	bool has_name;          /* a file found by its name */
	bool on_disk;           /* a file on a disk-based file system */
	bool stored;            /* bytes have been stored into it since it was opened */
	uint64_t bytes;         /* size */
	uint64_t page_bytes;    /* bytes brought in by one page fault */
	struct mapping mapping; /* of a segment, or if fd cannot be written; else address is NULL */
	struct residency_window *window;
	char text[REF_TEXT_SIZE]; /* of the REF that named it, for messages */
};

/**
 * Whether a file created at a path would be on a disk rather than in memory.
 *
 * @param path  in a directory that exists
 */
bool memory_path_is_on_disk(const char *path);

/**
 * Find an object: a segment is examined but not attached, any other object is opened.
 *
 * @param access  requested access
 * @param memory  receives the object, to be closed with memory_close()
 * @return 0, or -1 with error set, its number ENOENT if there is no such object
 */
int memory_find(const struct ref *ref, enum ref_file_access access, struct memory *memory,
                struct error *error);

/**
 * Take a regular file that is open.
 *
 * @param fd      its descriptor, which stays open on failure
 * @param text    of a REF that names it, for messages
 * @param memory  receives the object, to be closed with memory_close()
 * @return 0, or -1 with error set
 */
int memory_of_file(int fd, const char *text, struct memory *memory, struct error *error);

/**
 * Find an object, and attach it if it is a segment.
 *
 * @return 0, or -1 with error set, its number ENOENT if there is no such object
 */
int memory_open(const struct ref *ref, enum ref_file_access access, struct memory *memory,
                struct error *error);

/**
 * Make an object that was found accessible: attach a segment, map a file that is to be written but
 * that write(2) does not work on.
 *
 * @param access  with which it was found
 * @return 0, or -1 with error set
 */
int memory_enter(struct memory *memory, enum ref_file_access access, struct error *error);

/**
 * Map a part of an object. A segment is attached as a whole, and the part located in it.
 *
 * @param request  as for mapping_of_file(); page_bytes is filled in
 * @param mapping  receives the mapping, to be ended with mapping_end()
 * @param part     receives the address of the part
 */
int memory_map(const struct memory *memory, struct mapping_request *request,
               struct mapping *mapping, char **part, struct error *error);

/**
 * Update an object before it is read again: the size of a file may have changed, and a hole may
 * have been filled.
 */
void memory_refresh(struct memory *memory);

/** A part of an object that is either a hole or data. */
struct extent {
	uint64_t length; /* bytes, at least 1 */
	bool is_hole;    /* reads as zeros and has no memory; an access would allocate it */
};

/**
 * Find the extent at an offset. Holes matter only in memory objects; a page in swap is data. If the
 * state is unknown, the extent is data.
 *
 * @param offset  in bytes, below end
 * @param end     in bytes, at most the object's size
 * @param extent  receives the extent, which ends at end or before
 */
void memory_extent(struct memory *memory, uint64_t offset, uint64_t end, struct extent *extent);

/**
 * Copy bytes from an object.
 *
 * @param offset  in bytes
 * @param buffer  receives them
 * @param size    in bytes
 * @param done    receives the number of bytes read: fewer if the object has shrunk
 * @return 0, or -1 with error set, which names the offset
 */
int memory_read(struct memory *memory, uint64_t offset, void *buffer, uint64_t size, uint64_t *done,
                struct error *error);

/**
 * Copy bytes between the object's end and the end of its last page, where a process that maps the
 * object may keep data: they are visible only in a mapping.
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
 * @param done   receives the number of bytes written
 * @return 0, or -1 with error set, which names the offset
 */
int memory_write(struct memory *memory, uint64_t offset, const void *buffer, uint64_t size,
                 uint64_t *done, struct error *error);

/** Values to store in an object at equal distances. */
struct memory_store {
	uint64_t offset;    /* offset of the first, in bytes, a multiple of size */
	const void *values; /* the first */
	uint64_t size;      /* of each in bytes: memory_store_is_atomic() */
	uint64_t stride;    /* from one to the next in bytes, on both sides */
	uint64_t count;
};

/** Whether the processor stores a value of this size, in bytes, atomically. */
bool memory_store_is_atomic(uint64_t size);

/**
 * Store values one after another, each atomically and with release order: a process that loads one
 * with acquire order also sees all earlier stores.
 *
 * @param done  receives the number of values stored
 * @return 0, or -1 with error set, which names the offset
 */
int memory_store_release(struct memory *memory, const struct memory_store *store, uint64_t *done,
                         struct error *error);

/**
 * Store bytes between the object's end and the end of its last page, for memory_read_beyond(). In a
 * file on a disk they are lost when the page is written back.
 *
 * @param offset  in bytes, at least the object's size, which must not be 0
 * @param size    in bytes; not beyond the end of the page
 * @return 0, or -1 with error set
 */
int memory_write_beyond(struct memory *memory, uint64_t offset, const void *buffer, uint64_t size,
                        struct error *error);

/**
 * Set bytes of an object.
 *
 * @param byte  the value, 0 to 255
 * @param done  receives the number of bytes written
 */
int memory_fill(struct memory *memory, uint64_t offset, int byte, uint64_t size, uint64_t *done,
                struct error *error);

/**
 * Check that an object has not shrunk since it was opened: a write(2) beyond its end would enlarge
 * it again.
 *
 * @return 0, or -1 with errno EFAULT if it has shrunk
 */
int memory_check_size(const struct memory *memory);

/**
 * Check that the machine has the memory that stores into an object may need. File systems with a
 * limit of their own enforce it themselves.
 *
 * @param length  of the data to store, in bytes
 * @return 0, or -1 with error set
 */
int memory_check_room(const struct memory *memory, uint64_t length, struct error *error);

/**
 * Report why a store into an object failed.
 *
 * @param offset  of the failed store, in bytes
 * @param number  errno
 * @return -1, with error set
 */
int memory_store_failed(const struct memory *memory, uint64_t offset, int number,
                        struct error *error);

/**
 * Count the attaches of a segment, including our own.
 *
 * @return 0, or -1 if the object is not a segment, or the segment is gone
 */
int memory_attaches(const struct memory *memory, uint64_t *attaches);

/**
 * Whether an object has been removed: it no longer has a name, or, for a segment, no other process
 * has it attached.
 */
bool memory_is_removed(const struct memory *memory);

void memory_close(struct memory *memory);

#endif
