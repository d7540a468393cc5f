/*
 * The file-backed mappings of any process: /proc/PID/maps, proc_pid_maps(5).
 *
 * Since Linux 6.11 the ioctl PROCMAP_QUERY on that file answers with numbers instead of text
 * (Documentation/filesystems/proc.rst) and passes over what nobody asked for. Where the kernel does
 * not have it, or does not let it pass, the text is parsed; both say the same. How much of a mapping
 * is in memory stands in /proc/PID/smaps only, as text.
 */
#ifndef SHMTOOL_SYSTEM_PROCESS_MAPS_H
#define SHMTOOL_SYSTEM_PROCESS_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct process_mapping {
	uint64_t start;  /* address */
	uint64_t end;    /* address behind it */
	uint64_t offset; /* of its first byte in the file, in bytes */
	dev_t device;    /* of the file system, which need not be fstat(2)'s st_dev: btrfs */
	ino_t inode;
	bool readable;
	bool writable;
	bool shared;
};

/** The mappings to look for. */
struct process_maps_request {
	bool shared_only; /* pass over private mappings, where that saves time */
	bool resident;    /* process_maps_resident() will be asked */
};

/** The mappings of a process, being read one after the other. */
struct process_maps {
	int fd;              /* of PROCMAP_QUERY; -1 if the text is read */
	uint64_t flags;      /* of PROCMAP_QUERY */
	uint64_t address;    /* where to go on */
	FILE *text;          /* NULL for PROCMAP_QUERY */
	char *line;          /* of the text */
	size_t line_size;    /* bytes allocated */
	char *field;         /* of smaps: a line about the last mapping */
	size_t field_size;   /* bytes allocated */
	bool any_line;       /* was read */
	bool line_is_unread; /* smaps: the next mapping's line has been read already */
	const char *name;    /* on the last mapping's line of the text */
};

/**
 * Begin.
 *
 * @param proc       descriptor of /proc
 * @param directory  of the process or thread in it: "4242", "4242/task/4243"
 * @param request    what to look for
 * @param maps       receives the state, to be ended with process_maps_close()
 * @return 0, or -1 with errno: ESRCH if there is no memory to look at (a kernel thread, a zombie,
 *         a process that ended), EACCES or EPERM if this process may not be looked into
 */
int process_maps_open(int proc, const char *directory, const struct process_maps_request *request,
                      struct process_maps *maps);

/**
 * Go to the next file-backed mapping, in the order of the addresses.
 *
 * @param mapping  receives it
 * @return 1, 0 at the end, or -1 with errno as process_maps_open()
 */
int process_maps_next(struct process_maps *maps, struct process_mapping *mapping);

/**
 * Find the name that the kernel has for the file of the mapping that process_maps_next() gave last:
 * its path as the process sees it, with " (deleted)" behind it if the file has no name any more.
 *
 * @param name  receives it; empty if it is longer than size - 1 bytes, or if the mapping is gone
 * @param size  in bytes
 * @return 0, or -1 with errno as process_maps_open()
 */
int process_maps_name(struct process_maps *maps, const struct process_mapping *mapping, char *name,
                      size_t size);

/**
 * Tell whether the kernel calls the mapping that process_maps_next() gave last a System V segment:
 * by its name, "/SYSV46010004 (deleted)". Segments share their file system with memfds and shared
 * memory without a name, whose inodes may have the same number.
 *
 * @return 1 or 0, or -1 with errno if that can't be found out
 */
int process_maps_is_segment(struct process_maps *maps, const struct process_mapping *mapping);

/**
 * The bytes of the mapping that process_maps_next() gave last that are in memory and mapped by the
 * process: Rss and the huge pages. Only if resident was requested; once for each mapping.
 */
uint64_t process_maps_resident(struct process_maps *maps);

/** Tell whether a file's name is one of a segment: newseg() in the kernel's ipc/shm.c. */
bool process_maps_names_segment(const char *name);

void process_maps_close(struct process_maps *maps);

#endif
