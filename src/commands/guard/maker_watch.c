#include "commands/guard/maker_watch.h"

#include "base/descriptor.h"
#include "commands/guard/descendants.h"
#include "events/fanotify_events.h"
#include "events/file_map.h"
#include "objects/posix.h"
#include "system/linux.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The maximum number of files to remember; beyond that, watching stops. */
enum { FILES_MAX = 1 << 20 };

/* The creator of a file: values of the map. */
static char descendant;
static char stranger;

struct posix_makers {
	int events;     /* -1 after an event was lost */
	uint64_t empty; /* when the queue was last empty, by process_clock() */
	struct file_map files;
	/* Cache of the last descendant found, since one process often creates several objects. */
	pid_t last_pid;
	int last_process; /* its pidfd, -1 for none */
};

struct posix_makers *posix_makers_watch(void)
{
	struct posix_makers *makers = calloc(1, sizeof(*makers));
	const int directory = posix_open_directory();
	int saved;

	if (makers == NULL || directory < 0)
		goto failed;
	makers->last_process = -1;
	makers->events = fanotify_events_open(directory, FAN_CREATE | FAN_ONDIR, FAN_REPORT_PIDFD);
	if (makers->events < 0)
		goto failed;
	close(directory);
	makers->empty = process_clock();
	return makers;
failed:
	saved = errno;
	descriptor_close(directory);
	free(makers);
	errno = saved;
	return NULL;
}

void posix_makers_free(struct posix_makers *makers)
{
	if (makers == NULL)
		return;
	descriptor_close(makers->events);
	descriptor_close(makers->last_process);
	file_map_free(&makers->files);
	free(makers);
}

int posix_makers_fd(const struct posix_makers *makers)
{
	return makers->events;
}

/* Whether a process is not reaped yet; until then its pid is not reused. */
static bool is_there(int process)
{
	return process >= 0 && syscall(SYS_pidfd_send_signal, process, 0, NULL, 0) == 0;
}

/* Whether a process that is gone was a descendant: the kernel reported its fork. */
static bool was_forked(const struct posix_makers *makers, pid_t pid, struct fork_watch *forks)
{
	if (forks == NULL || pid <= 0)
		return false;
	fork_watch_read(forks);
	return fork_watch_had(forks, pid, makers->empty, process_clock());
}

/* Takes ownership of the descriptor. */
static bool maker_descends(struct posix_makers *makers, pid_t pid, int process,
                           const struct descendants *descendants, struct fork_watch *forks)
{
	bool descends;

	if (pid == makers->last_pid && is_there(makers->last_process)) {
		descriptor_close(process);
		return true;
	}
	/* The order matters: if the creator still exists now, it was the process inspected. */
	descends = pid > 0 && descendants_have(descendants, pid) && is_there(process);
	if (descends) {
		descriptor_close(makers->last_process);
		makers->last_pid = pid;
		makers->last_process = process;
	} else if (process >= 0) {
		close(process);
	}
	return descends || was_forked(makers, pid, forks);
}

/* A reading of the reports. */
struct reading {
	struct posix_makers *makers;
	const struct descendants *descendants;
	struct fork_watch *forks;
	uint64_t now; /* by process_clock(), after the last report */
	bool missed;  /* a report was lost */
};

/* Remember the creator of a new file. */
static void take_report(void *closure, struct fanotify_report *report)
{
	struct reading *reading = closure;
	struct posix_makers *makers = reading->makers;
	const bool descended = maker_descends(makers, report->pid, report->process,
	                                      reading->descendants, reading->forks);
	void **maker = NULL;

	report->process = -1;
	reading->now = process_clock();
	if (reading->missed)
		return;
	if (!(report->mask & FAN_Q_OVERFLOW) && report->file.length > 0 &&
	    makers->files.count < FILES_MAX)
		maker = file_map_add(&makers->files, &report->file);
	if (maker == NULL)
		reading->missed = true;
	else if (*maker == NULL)
		*maker = descended ? &descendant : &stranger;
}

/* After a lost event, an object may have an unseen creator. */
static void stop_watching(struct posix_makers *makers)
{
	close(makers->events);
	makers->events = -1;
}

void posix_makers_read(struct posix_makers *makers, const struct descendants *descendants,
                       struct fork_watch *forks)
{
	struct reading reading = { makers, descendants, forks, process_clock(), false };

	if (makers->events >= 0 &&
	    (fanotify_events_read(makers->events, take_report, &reading) < 0 || reading.missed))
		stop_watching(makers);
	makers->empty = reading.now;
}

bool posix_makers_descended(const struct posix_makers *makers, const char *file)
{
	const int directory = makers->files.count > 0 ? posix_open_directory() : -1;
	void **maker = NULL;
	struct file_key key;

	if (directory >= 0 && file_key_find(&key, directory, file) == 0)
		maker = file_map_find(&makers->files, &key);
	descriptor_close(directory);
	return maker != NULL && *maker == &descendant;
}
