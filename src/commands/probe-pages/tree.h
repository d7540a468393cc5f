/*
 * The regular files in a directory and below, in the order of their names.
 *
 * Other users may create names there: symbolic links, devices and FIFOs are neither followed nor
 * opened, and nothing that is mounted below the directory is entered (system/beneath.h), so a file
 * server that does not answer cannot block the walk.
 */
#ifndef SHMTOOL_COMMANDS_PROBE_PAGES_TREE_H
#define SHMTOOL_COMMANDS_PROBE_PAGES_TREE_H

#include <stddef.h>

struct tree_visitor {
	/** Receives a file, open for reading; it must close the descriptor. */
	void (*file)(void *closure, int fd, const char *path);
	/** Receives the errno value of a file or directory that can't be opened or read. */
	void (*failure)(void *closure, const char *path, int number);
	void *closure;
	int links;     /* of struct beneath; -1 */
	size_t mounts; /* number of names that were left out because something is mounted on them */
};

/**
 * Visit the files. A file or directory that is removed meanwhile is left out.
 *
 * @param directory  from descriptor_open_directory(); closed
 * @param path       of the directory, the first part of all paths
 */
void tree_walk(int directory, const char *path, struct tree_visitor *visitor);

#endif
