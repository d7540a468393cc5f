/*
 * Graphics buffers in shared memory, as drivers report them in /proc/PID/fdinfo:
 * Documentation/gpu/drm-usage-stats.rst of the kernel.
 */
#ifndef SHMTOOL_SYSTEM_DRM_MEMORY_H
#define SHMTOOL_SYSTEM_DRM_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/** Room for the names in struct drm_client, in bytes. */
enum { DRM_NAME_SIZE = 32 };

/** A client of a device: an open file, possibly with several descriptors. */
struct drm_client {
	char driver[DRM_NAME_SIZE]; /* "i915" */
	char device[DRM_NAME_SIZE]; /* its address on the bus; empty if there is none */
	uint64_t id;                /* unique for the device */
	uint64_t bytes;             /* in shared memory, resident */
};

/**
 * Parse the text of a file in /proc/PID/fdinfo.
 *
 * Buffers in the region "memory" are files of tmpfs, as are those that i915 keeps in "system". The
 * other regions are memory of the device, or pages that belong to no file (TTM).
 *
 * @param text    modified
 * @param client  receives the client
 * @return false if the text is not about a client of a device
 */
bool drm_client_parse(char *text, struct drm_client *client);

struct drm_memory {
	uint64_t clients;
	uint64_t bytes; /* buffers that clients share count for each of them */
};

/** Add up the buffers of all processes. Does nothing if the kernel has no such devices. */
void drm_memory_find(struct drm_memory *memory);

#endif
