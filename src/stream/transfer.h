/*
 * Bytes from one descriptor into another, or into memory.
 */
#ifndef SHMTOOL_STREAM_TRANSFER_H
#define SHMTOOL_STREAM_TRANSFER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum transfer_end {
	TRANSFER_DONE,
	TRANSFER_READ_FAILED,  /* errno is of read(2) */
	TRANSFER_WRITE_FAILED, /* errno is of write(2) */
	TRANSFER_INTERRUPTED,  /* a signal that stream/interrupt.h holds back or catches has come */
};

/** Somebody who wants to know how far it got, and may end it. All functions may be NULL. */
struct transfer_watch {
	/** Called after every step; bytes is what the step has moved. */
	void (*moved)(void *closure, uint64_t bytes);
	/** Called before every write to a file: anything but 0, with errno, is its failure. */
	int (*check)(void *closure);
	void *closure;
};

/** Tell the watch, if there is one, that bytes were moved. */
void transfer_report(const struct transfer_watch *watch, uint64_t bytes);

/**
 * Copy to the end of a file or pipe.
 *
 * @param from   is read
 * @param to     is written
 * @param watch  or NULL
 * @param bytes  receives how many were written
 */
enum transfer_end transfer_copy(int from, int to, const struct transfer_watch *watch,
                                uint64_t *bytes);

/**
 * Copy into a part of a file, within the kernel where it can: sendfile(2) from a file, splice(2)
 * from a pipe, else read(2) and pwrite(2).
 *
 * @param from    is read from where it stands
 * @param to      is written; its position may change
 * @param offset  in to, in bytes
 * @param limit   bytes at most
 * @param watch   or NULL
 * @param bytes   receives how many were written: fewer than limit if from has ended
 */
enum transfer_end transfer_into_file(int from, int to, uint64_t offset, uint64_t limit,
                                     const struct transfer_watch *watch, uint64_t *bytes);

/**
 * Read into memory until it is full or the file ends. Memory that can't be had (full huge pages,
 * a truncated file) is an error of read(2), EFAULT, and no signal.
 *
 * @param from     is read
 * @param address  of the memory
 * @param size     of the memory in bytes
 * @param watch    or NULL
 * @param bytes    receives how many were read
 */
enum transfer_end transfer_read(int from, void *address, size_t size,
                                const struct transfer_watch *watch, uint64_t *bytes);

/** Wait until a descriptor that does not wait by itself, O_NONBLOCK, can be written. */
void transfer_wait_writable(int fd);

/**
 * Write all of some bytes, also to a descriptor that does not wait, O_NONBLOCK.
 *
 * @param written  receives how many were written, also after a failure
 */
enum transfer_end transfer_write(int fd, const void *data, size_t size, size_t *written);

#endif
