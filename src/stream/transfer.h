/*
 * Copying bytes from one descriptor to another, or into memory.
 */
#ifndef SHMTOOL_STREAM_TRANSFER_H
#define SHMTOOL_STREAM_TRANSFER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum transfer_end {
	TRANSFER_DONE,
	TRANSFER_READ_FAILED,  /* errno is that of read(2) */
	TRANSFER_WRITE_FAILED, /* errno is that of write(2) */
	TRANSFER_INTERRUPTED,  /* a signal held back or caught by stream/interrupt.h arrived */
};

/** Callbacks that follow a transfer and may end it. Each may be NULL. */
struct transfer_watch {
	/** Called after every step; bytes is the number of bytes it moved. */
	void (*moved)(void *closure, uint64_t bytes);
	/**
	 * Called before every write to a file: any result but 0, with errno, makes the write fail.
	 */
	int (*check)(void *closure);
	void *closure;
};

/** Report moved bytes to the watch, if there is one. */
void transfer_report(const struct transfer_watch *watch, uint64_t bytes);

/**
 * Copy until the end of a file or pipe.
 *
 * @param from   descriptor to read
 * @param to     descriptor to write
 * @param watch  or NULL
 * @param bytes  receives the number of bytes written
 */
enum transfer_end transfer_copy(int from, int to, const struct transfer_watch *watch,
                                uint64_t *bytes);

/**
 * Copy into a part of a file, within the kernel where possible: sendfile(2) from a file, splice(2)
 * from a pipe, else read(2) and pwrite(2).
 *
 * @param from    descriptor to read from its position
 * @param to      descriptor to write; its position may change
 * @param offset  in to, in bytes
 * @param limit   bytes at most
 * @param watch   or NULL
 * @param bytes   receives the number of bytes written: less than limit if from has ended
 */
enum transfer_end transfer_into_file(int from, int to, uint64_t offset, uint64_t limit,
                                     const struct transfer_watch *watch, uint64_t *bytes);

/**
 * Read into memory until it is full or the file ends. Memory that is not available (no free huge
 * page, a truncated file) makes read(2) fail with EFAULT and raises no signal.
 *
 * @param from     descriptor to read
 * @param address  of the memory
 * @param size     of the memory in bytes
 * @param watch    or NULL
 * @param bytes    receives the number of bytes read
 */
enum transfer_end transfer_read(int from, void *address, size_t size,
                                const struct transfer_watch *watch, uint64_t *bytes);

/** Wait until a non-blocking descriptor (O_NONBLOCK) can be written. */
void transfer_wait_writable(int fd);

/**
 * Write all bytes, even to a non-blocking descriptor (O_NONBLOCK).
 *
 * @param written  receives the number of bytes written, even after a failure
 */
enum transfer_end transfer_write(int fd, const void *data, size_t size, size_t *written);

/**
 * Write all bytes to a blocking descriptor, even if a signal has arrived.
 *
 * @param written  receives the number of bytes written, even after a failure
 * @return 0, or -1 with errno of write(2)
 */
int transfer_write_all(int fd, const void *data, size_t size, size_t *written);

#endif
