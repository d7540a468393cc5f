/*
 * The mappings of any process: /proc/PID/maps, proc_pid_maps(5).
 *
 * Since Linux 6.11 the ioctl PROCMAP_QUERY on that file returns binary data instead of text
 * (Documentation/filesystems/proc.rst) and skips mappings that were not requested. If the kernel
 * does not have the ioctl, or a filter blocks it, the text is parsed, with the same result. The
 * resident size of a mapping is available only in /proc/PID/smaps, as text.
 */
#ifndef SHMTOOL_SYSTEM_PROCESS_MAPS_H
#define SHMTOOL_SYSTEM_PROCESS_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct process_mapping {
	uint64_t start;  /* address */
	uint64_t end;    /* address after the last byte */
	uint64_t offset; /* of its first byte in the file, in bytes */
	dev_t device;    /* of the file system; on btrfs, it may differ from st_dev of fstat(2) */
	ino_t inode;
	bool readable;
	bool writable;
	bool shared;
};

/** The mappings to report. */
struct process_maps_request {
	bool shared_only; /* skip private mappings, where that saves time */
	bool with_memory; /* also those without a file: the stack, the vdso(7) */
	bool resident;    /* process_maps_memory() will be called */
};

/** An iterator over the mappings of a process. */
struct process_maps {
	int fd;              /* for PROCMAP_QUERY; -1 if the text is read */
	uint64_t flags;      /* for PROCMAP_QUERY */
	uint64_t address;    /* where the next query starts */
	FILE *text;          /* NULL for PROCMAP_QUERY */
	char *line;          /* current line of the text */
	size_t line_size;    /* bytes allocated */
	char *field;         /* smaps: a line of statistics of the current mapping */
	size_t field_size;   /* bytes allocated */
	bool any_line;       /* a line has been read */
	bool line_is_unread; /* smaps: line already holds the next mapping */
	const char *name;    /* name of the current mapping, within line */
};

/**
 * Begin to iterate.
 *
 * @param proc       descriptor of /proc
 * @param directory  of the process or thread in it: "4242", "4242/task/4243"
 * @param request    the mappings to report
 * @param maps       receives the iterator; release with process_maps_close()
 * @return 0, or -1 with errno: ESRCH if the process has no memory (a kernel thread, a zombie, a
 *         process that has exited), EACCES or EPERM if it can't be inspected
 */
int process_maps_open(int proc, const char *directory, const struct process_maps_request *request,
                      struct process_maps *maps);

/**
 * Begin to iterate over the text of a file.
 *
 * @param text     of maps, or of smaps if request->resident; closed by process_maps_close()
 * @param request  the mappings to report
 * @param maps     receives the iterator
 */
void process_maps_begin(FILE *text, const struct process_maps_request *request,
                        struct process_maps *maps);

/**
 * Go to the next mapping, in address order.
 *
 * @param mapping  receives the mapping
 * @return 1, 0 at the end, or -1 with errno as process_maps_open()
 */
int process_maps_next(struct process_maps *maps, struct process_mapping *mapping);

/**
 * Read the kernel's name for the file of the current mapping: its path as the process sees it,
 * followed by " (deleted)" if the file has been unlinked. Memory is named "[stack]", or not at all.
 *
 * @param name  receives the name; empty if it is longer than size - 1 bytes, or if the mapping is
 *              gone
 * @param size  in bytes
 * @return 0, or -1 with errno as process_maps_open()
 */
int process_maps_name(struct process_maps *maps, const struct process_mapping *mapping, char *name,
                      size_t size);

/**
 * Check by its name, "/SYSV46010004 (deleted)", whether the current mapping is one of a System V
 * segment. Segments share their file system with memfds and anonymous shared memory, which may have
 * the same inode numbers.
 *
 * @return 1 or 0, or -1 with errno if that can't be determined
 */
int process_maps_is_segment(struct process_maps *maps, const struct process_mapping *mapping);

/** Memory of a mapping that is in the page tables of its process, in bytes. */
struct process_maps_memory {
	uint64_t resident;     /* Rss, and huge pages of a pool */
	uint64_t proportional; /* Pss, which leaves out huge pages of a pool */
	uint64_t huge;         /* of resident, in huge pages of a pool */
};

/**
 * Read the memory of the current mapping. Needs request->resident; may be called once for each
 * mapping.
 */
struct process_maps_memory process_maps_memory(struct process_maps *maps);

/** Check whether a file has the name of a segment: newseg() in the kernel's ipc/shm.c. */
bool process_maps_names_segment(const char *name);

void process_maps_close(struct process_maps *maps);

#endif
