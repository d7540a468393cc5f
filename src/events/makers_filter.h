/*
 * The seccomp filter of makers.h: the calls that can make an object, or another file among objects,
 * and perhaps those that use System V objects, on every ABI of the machine.
 *
 * io_uring(7) is not filtered: what a program opens through it has no known maker.
 */
#ifndef SHMTOOL_EVENTS_MAKERS_FILTER_H
#define SHMTOOL_EVENTS_MAKERS_FILTER_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * The calls, on any ABI, the most frequent first: the order in which the filter looks for them. Those
 * without a descriptor of a directory exist only on older ABIs. ipc(2) is the call that it stands for.
 */
enum making_call {
	MAKING_OPENAT,
	MAKING_OPEN,
	MAKING_SHMGET,
	MAKING_SEMGET,
	MAKING_MSGGET,
	MAKING_IPC,
	MAKING_MQ_OPEN,
	MAKING_CREAT,
	MAKING_OPENAT2,
	MAKING_LINKAT,
	MAKING_LINK,
	MAKING_MKNODAT,
	MAKING_MKNOD,
	MAKING_MKDIRAT,
	MAKING_MKDIR,
	MAKING_SYMLINKAT,
	MAKING_SYMLINK,
	/* Calls that make nothing, but use or change System V objects. */
	MAKING_FIRST_USE,
	MAKING_SHMAT = MAKING_FIRST_USE,
	MAKING_SHMDT,
	MAKING_SHMCTL,
	MAKING_SEMCTL,
	MAKING_MSGCTL,
	MAKING_EXECVE,
	MAKING_EXECVEAT,
	MAKING_EXIT_GROUP,
	MAKING_CALLS
};

/** The calls to report besides those that make objects. */
struct making_filter {
	bool links; /* link(2) and linkat(2), else only those that can name an unnamed file */
	bool uses;  /* those from MAKING_FIRST_USE on */
};

/** The name of a call: "shmget". */
const char *making_call_name(enum making_call call);

/**
 * Install the filter in the calling thread, seccomp(2), and in all processes that it starts. Sets
 * no_new_privs if the caller lacks CAP_SYS_ADMIN.
 *
 * @param reported  the calls to report
 * @return the listener, or -1 with errno: EBUSY if there is another one already; ENOSYS or EINVAL
 *         if the kernel has none
 */
int making_filter_install(const struct making_filter *reported);

/**
 * Recognise the call of a notification.
 *
 * @param data       of the notification
 * @param arguments  receives the arguments of the call; those of ipc(2) in the order of the call
 *                   that it stands for
 * @return MAKING_CALLS if it is none of them
 */
enum making_call making_call_of(const struct seccomp_data *data, uint64_t arguments[6]);

/** Check whether a call is made through the ABI of this program, so that its structs are ours. */
bool making_call_is_native(const struct seccomp_data *data);

#endif
