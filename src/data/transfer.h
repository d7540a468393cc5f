/*
 * Bytes from one descriptor into another, or into memory.
 */
#ifndef SHMTOOL_DATA_TRANSFER_H
#define SHMTOOL_DATA_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

enum transfer_end {
	TRANSFER_DONE,
	TRANSFER_READ_FAILED,  /* errno is of read(2) */
	TRANSFER_WRITE_FAILED, /* errno is of write(2) */
	TRANSFER_INTERRUPTED,  /* a signal that data/interrupt.h holds back has come */
};

/**
 * Copy to the end of a file or pipe.
 *
 * @param from   is read
 * @param to     is written
 * @param bytes  receives how many were written
 */
enum transfer_end transfer_copy(int from, int to, uint64_t *bytes);

/**
 * Read into memory until it is full or the file ends. Memory that can't be had (full huge pages)
 * is an error of read(2), EFAULT, and no signal.
 *
 * @param from     is read
 * @param address  of the memory
 * @param size     of the memory in bytes
 * @param bytes    receives how many were read
 */
enum transfer_end transfer_read(int from, void *address, size_t size, uint64_t *bytes);

#endif
