/*
 * Objects that are made on behalf of a caller that waits in front of its call: the caller receives
 * the id or the descriptor as the result of the call. Thus it is certain that the call made the
 * object, although the kernel does not record the process that made a set, a queue or a file.
 *
 * This is done only if the object is the same as the caller's own would be: the caller has our user,
 * groups and capabilities, and its view of the objects is ours (makers_path.h). The caller's
 * file mode creation mask, umask(2), applies. Whatever fails is left to the caller: its own call then
 * fails with the right error, or makes an object whose maker is not certain.
 */
#ifndef SHMTOOL_EVENTS_MAKERS_BEHALF_H
#define SHMTOOL_EVENTS_MAKERS_BEHALF_H

#include "events/makers_filter.h"
#include "events/makers_keeper.h"

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** A notified call that is about to make an object. */
struct behalf_call {
	const struct seccomp_notif *notice;
	enum making_call number;
	const uint64_t *arguments;
};

/** Threads whose file /proc/TID/status is kept open. */
enum { BEHALF_RECENT = 8 };

/** Room for the credentials of a process, in bytes. */
enum { BEHALF_LINES_SIZE = 4096 };

/** Credentials that make a difference to the objects of a process. */
struct maker_credentials {
	char lines[BEHALF_LINES_SIZE]; /* of /proc/PID/status, each with a newline before it */
	mode_t mask;                   /* umask(2) */
};

/**
 * Parse the text of /proc/PID/status, proc_pid_status(5).
 *
 * @param credentials  receives them; undefined on failure
 * @return false if the text lacks some of them, or has more than fits
 */
bool maker_credentials_parse(const char *status, struct maker_credentials *credentials);

/** Our credentials, as /proc/PID/status shows them, and how to read those of others. */
struct behalf_credentials {
	struct maker_credentials ours; /* the lines must be equal; empty: unknown */
	/* Without privileges, and with no_new_privs, descendants can have no other user or group. */
	bool are_final;
	struct {
		pid_t thread;
		int status; /* descriptor; -1: none */
	} recent[BEHALF_RECENT];
	size_t next_recent; /* the place to use next */
};

/** Read our own credentials; release with behalf_end(). */
void behalf_begin(struct behalf_credentials *own);

void behalf_end(struct behalf_credentials *own);

/**
 * Make the System V set or queue of a call. The caller is not answered yet.
 *
 * @return its id, or -1: the call must be left to the caller
 */
int behalf_make_id(struct behalf_credentials *own, const struct behalf_call *call);

/**
 * Make the new file of a call, or the new POSIX queue.
 *
 * @param directory  descriptor of the directory of the file
 * @param name       of the file or queue, without a slash
 * @return a descriptor, or -1: the call must be left to the caller
 */
int behalf_make_file(struct behalf_credentials *own, const struct behalf_call *call, int directory,
                     const char *name);

/**
 * Answer a call with a descriptor.
 *
 * @param shared  the same call in the memory that the keeper shares
 * @return 0, or -1 with errno: the file must be removed
 */
int behalf_answer_file(int listener, const struct behalf_call *call, struct handled_call *shared,
                       int fd);

#endif
