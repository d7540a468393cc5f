#include "usage/waiters.h"

#include "base/memory.h"
#include "system/process_list.h"
#include "system/user_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct look {
	struct waiters *waiters;
	const struct process_stat *process; /* the process that is being scanned */
	struct stat namespace;              /* our IPC namespace */
	bool has_namespaces;                /* the kernel supports IPC namespaces */
	pid_t *refused;
	size_t refused_count;
	int failure; /* errno of a shortage; 0: none */
};

/* Ids of another IPC namespace refer to other objects. */
static bool is_elsewhere(const struct look *scan)
{
	struct stat st;

	return scan->has_namespaces && process_ipc_namespace(scan->process->pid, &st) == 0 &&
	       (st.st_dev != scan->namespace.st_dev || st.st_ino != scan->namespace.st_ino);
}

static void take_wait(const struct process_wait *wait, void *state)
{
	struct look *scan = state;
	struct waiters *waiters = scan->waiters;
	struct process_identity identity;
	struct waiter *waiter;

	for (size_t i = waiters->count; i > 0; i--) {
		waiter = &waiters->waiters[i - 1];
		if (waiter->pid != scan->process->pid)
			break;
		if (waiter->call == wait->call && waiter->id == wait->id) {
			waiter->threads++;
			return;
		}
	}
	if (is_elsewhere(scan))
		return;
	waiters->waiters = vector_grow(waiters->waiters, waiters->count, sizeof(*waiter));
	waiter = &waiters->waiters[waiters->count++];
	*waiter = (struct waiter){
		.call = wait->call,
		.id = wait->id,
		.pid = scan->process->pid,
		.uid = process_read_identity(scan->process->pid, &identity) == 0
		           ? user_map_user(identity.effective_uid)
		           : (uid_t)-1,
		.threads = 1,
	};
	memcpy(waiter->command, scan->process->command, sizeof(waiter->command));
}

static void look_at_process(struct look *scan)
{
	const pid_t pid = scan->process->pid;

	if (process_wait_look(pid, take_wait, scan) == 0 || errno == ESRCH)
		return;
	if (errno_is_passing(errno))
		scan->failure = errno;
	else
		scan->refused[scan->refused_count++] = pid;
}

int waiters_scan(struct waiters *waiters, struct error *error)
{
	struct look scan = { .waiters = waiters };
	struct process_list list = { .count = 0 };

	*waiters = (struct waiters){ .count = 0 };
	if (!process_proc_is_mounted()) {
		waiters->blind.no_proc = true;
		return 0;
	}
	if (process_list_all(&list) < 0)
		return error_set_errno(error, errno, "/proc can't be read");
	scan.has_namespaces = process_own_ipc_namespace(&scan.namespace) == 0;
	scan.refused = needed_array(list.count, sizeof(*scan.refused));
	for (size_t i = 0; i < list.count && scan.failure == 0; i++) {
		scan.process = &list.processes[i];
		look_at_process(&scan);
	}
	if (scan.failure == 0)
		users_blind_fill(&waiters->blind, scan.refused, scan.refused_count);
	free(scan.refused);
	process_list_free(&list);
	return scan.failure == 0
	           ? 0
	           : error_set_errno(error, scan.failure, "not all processes could be inspected");
}

int waiters_refresh(struct waiters_cache *cache, struct error *error)
{
	enum { FRESH = 200 };
	const uint64_t now = process_clock();

	if (cache->when != 0 && now - cache->when < FRESH)
		return 0;
	waiters_free(&cache->waiters);
	cache->when = 0;
	if (waiters_scan(&cache->waiters, error) < 0)
		return -1;
	cache->when = now;
	return 0;
}

void waiters_free(struct waiters *waiters)
{
	free(waiters->waiters);
	*waiters = (struct waiters){ .count = 0 };
}

bool waiter_is_of(const struct waiter *waiter, const struct shm_object *object)
{
	const enum object_kind kind = waiter->call == CALL_SEMOP ? KIND_SEM : KIND_MSG;

	return kind == object->kind && waiter->id == object->id;
}

const struct waiter *waiters_find(const struct waiters *waiters, const struct shm_object *object)
{
	for (size_t i = 0; i < waiters->count; i++) {
		if (waiter_is_of(&waiters->waiters[i], object))
			return &waiters->waiters[i];
	}
	return NULL;
}
